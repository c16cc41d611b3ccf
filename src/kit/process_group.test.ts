import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { signalGroup } from "./process_group.ts";

test("what a program has started is ended with it, and a group that is gone is no fault", async () => {
  const child = spawn("sh", ["-c", "sleep 60 & echo started; wait"], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  signalGroup(child.pid, "SIGKILL");
  // The pipe closes only when the sleeper has ended too.
  await once(child, "close");
  signalGroup(child.pid, "SIGKILL");
  signalGroup(undefined, "SIGKILL");
  expect(child.signalCode).toBe("SIGKILL");
});
