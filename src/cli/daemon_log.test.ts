import { expect, test } from "vitest";
import { recordedScreen } from "../../test/cli/recorded_terminal.ts";
import { VirtualClock } from "../kit/index.ts";
import { HumanLog } from "./daemon_log.ts";

test("a line has its time, and its level where that is not the usual one", () => {
  const screen = recordedScreen({ isTerminal: true });
  const log = new HumanLog(screen, new VirtualClock(new Date(2026, 10, 20, 10, 0, 5).getTime()));
  log.info("it runs.");
  log.warn("it limps.");
  log.debug("it breathes.");
  log.level = "error";
  log.warn("it limps.");
  log.error("it fell.");
  expect(screen.text).toBe("10:00:05  it runs.\n10:00:05  warn  it limps.\n10:00:05  error  it fell.\n");
});

test("what comes from outside can neither drive the terminal nor forge a line's level", () => {
  const screen = recordedScreen({ isTerminal: true });
  new HumanLog(screen, new VirtualClock(new Date(2026, 10, 20, 10, 0, 5).getTime())).info("evil\u001B[2J\rhost");
  expect(screen.text).toBe("10:00:05  evil\uFFFD[2J\uFFFDhost\n");
});
