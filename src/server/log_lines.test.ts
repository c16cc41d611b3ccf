import { afterEach, expect, test, vi } from "vitest";
import { type LevelledLog, VirtualClock } from "../kit/index.ts";
import { RememberedLog } from "./log_lines.ts";

afterEach(() => void vi.unstubAllEnvs());

function open(linesMax: number): { log: RememberedLog; clock: VirtualClock; written: string[] } {
  const written: string[] = [];
  const write = (level: string) => (sentence: string) => void written.push(`${level} ${sentence}`);
  const under: LevelledLog = { level: "info", debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  const clock = new VirtualClock(Date.parse("2026-11-20T10:00:00Z"));
  return { log: new RememberedLog(under, { clock, linesMax }), clock, written };
}

test("lines are remembered with their time and level, and written on", () => {
  vi.stubEnv("TZ", "Asia/Kolkata");
  const { log, written } = open(10);
  log.info("one");
  log.error("two\nlines");
  expect(log.read()).toEqual([
    { time: "2026-11-20 15:30:00 +0530", level: "info", line: "one" },
    { time: "2026-11-20 15:30:00 +0530", level: "error", line: "two\uFFFDlines" },
  ]);
  expect(written).toEqual(["info one", "error two\nlines"]);
});

test("what is below the level is not remembered", () => {
  const { log } = open(10);
  log.debug("one");
  log.level = "debug";
  log.debug("two");
  expect(log.read().map(({ line }) => line)).toEqual(["two"]);
});

test("the oldest lines go first", () => {
  const { log } = open(3);
  for (let line = 1; line <= 20; line++) log.info(String(line));
  expect(log.read().map(({ line }) => line)).toEqual(["18", "19", "20"]);
});
