import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { VirtualClock } from "../../kit/index.ts";
import { Program } from "./program.ts";

/** A run of a script of Node, with what it put out and said. */
function run(script: string) {
  const clock = new VirtualClock(0);
  const seen = { out: "", err: "", ended: "" };
  const program = new Program({
    run: [process.execPath, "-e", script],
    folder: "/",
    environment: { WORD: "from the settings" },
    clock,
    out: async (piece) => void (seen.out += piece.toString()),
    said: (piece) => void (seen.err += piece.toString()),
    ended: (how) => void (seen.ended = how),
  });
  return { clock, program, seen };
}

test("gives what it puts out, all of it before it is told how it ended", async () => {
  const { program, seen } = run(`process.stdin.on("data", (text) => process.stdout.write(text)); console.error(process.env.WORD)`);
  await program.write(Buffer.alloc(300_000, "x"));
  await program.close(60_000);
  expect(seen).toEqual({ out: "x".repeat(300_000), err: "from the settings\n", ended: "it ended with status 0" });
});

test("that does not mind the end of its input is ended less and less kindly", async () => {
  const { clock, program, seen } = run(
    `process.on("SIGTERM", () => console.log("never")); process.stdin.resume(); setInterval(() => {}, 1e6); console.log("up")`,
  );
  while (seen.out === "") await setImmediate();
  const closing = program.close(1000);
  clock.advanceTo(1000);
  while (!seen.out.includes("never")) await setImmediate();
  clock.advanceTo(2000);
  await closing;
  expect(seen.ended).toBe("it ended with SIGKILL");
});

test("may be written to when it has ended", async () => {
  const { program, seen } = run("process.exit(4)");
  while (seen.ended === "") await setImmediate();
  await program.write(Buffer.alloc(1_000_000));
  expect(seen.ended).toBe("it ended with status 4");
});
