import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { FakeSourceContext, JsonPositions } from "../../../test/suites/source_fakes.ts";
import { replay } from "./replay.ts";
import { openReplay, type ReplayConfig } from "./replay_source.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "hotaka-replay-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const CONFIG: ReplayConfig = {
  path: "log",
  format: { name: "combined", config: {} },
  target: "access",
  time: "recorded",
  line_bytes_max: 4096,
};
const NOW_MS = Date.parse("2026-01-01T00:00:00Z");

function line(second: number): string {
  const time = `${String(Math.floor(second / 60)).padStart(2, "0")}:${String(second % 60).padStart(2, "0")}`;
  return `1.2.3.4 - - [06/May/2024:12:${time} +0000] "GET /${second} HTTP/1.1" 200 5 "-" "${"a".repeat(100)}"\n`;
}

function writeLog(lines: number): void {
  writeFileSync(join(folder, "log"), Array.from({ length: lines }, (_, second) => line(second % 3600)).join(""));
}

test("a replay brings every line at the time it carries, and then it is finished", async () => {
  writeLog(300);
  const context = new FakeSourceContext({ folder });
  const source = openReplay(CONFIG, context);
  await source.finished;
  expect(context.events("access").map(({ at }) => at)).toEqual(
    Array.from({ length: 300 }, (_, second) => Date.parse("2024-05-06T12:00:00Z") + second * 1000),
  );
  expect(source.status()).toEqual({ sentence: `read ${join(folder, "log")} to its end: 300 events`, ok: true });
});

test("times that end now keep their distances", async () => {
  writeLog(300);
  const context = new FakeSourceContext({ folder, nowMs: NOW_MS });
  await openReplay({ ...CONFIG, time: "ends_now" }, context).finished;
  expect(context.events("access").map(({ at }) => at)).toEqual(Array.from({ length: 300 }, (_, second) => NOW_MS - (299 - second) * 1000));
});

test("a log whose lines name their fields needs no types, and its times can end now too", async () => {
  const at = (second: number): string => new Date(Date.parse("2024-05-06T12:00:00Z") + second * 1000).toISOString();
  writeFileSync(
    join(folder, "log"),
    [0, 5].map((second) => `${JSON.stringify({ time: at(second), n: second, [`only_${second}`]: "x" })}\n`).join(""),
  );
  const written = { path: "log", format: { json: { time_key: "time", time_format: "iso8601" } }, target: "app", time: "ends_now" };
  const context = new FakeSourceContext({ folder, nowMs: NOW_MS });
  await openReplay(replay.config(z).parse(written), context).finished;
  expect(context.events("app")).toMatchObject([
    { at: NOW_MS - 5000, n: 0, only_0: "x" },
    { at: NOW_MS, n: 5, only_5: "x" },
  ]);
});

test("times that end now stay as they are where no line carries one", async () => {
  writeFileSync(join(folder, "log"), "garbage\n");
  const context = new FakeSourceContext({ folder, nowMs: NOW_MS });
  const source = openReplay({ ...CONFIG, time: "ends_now" }, context);
  await source.finished;
  expect(context.events("access")).toEqual([]);
  expect(context.counted("source_lines_refused")).toBe(1);
});

test("a line that is too long is counted", async () => {
  writeFileSync(join(folder, "log"), `${"x".repeat(5000)}\n${line(1)}`);
  const context = new FakeSourceContext({ folder });
  await openReplay(CONFIG, context).finished;
  expect(context.counted("source_lines_skipped")).toBe(1);
  expect(context.events("access")).toHaveLength(1);
});

describe("a replay that is cut off", () => {
  const LINES = 10_000;

  /** Reads a few regions and ends, as a crash would, with what was in the last checkpoint. */
  async function cutOff(positions: JsonPositions, nowMs: number, turns: number): Promise<FakeSourceContext> {
    const context = new FakeSourceContext({ folder, positions, nowMs });
    const source = openReplay({ ...CONFIG, time: "ends_now" }, context);
    for (let turn = 0; turn < turns; turn++) await setImmediate();
    await context.steps.stop();
    await source.close();
    return context;
  }

  test("goes on where it was, with the times moved as before, and begins anew when it was at its end", async () => {
    writeLog(LINES);
    const positions = new JsonPositions();
    const first = await cutOff(positions, NOW_MS, 4);
    expect(first.events("access").length).toBeGreaterThan(0);
    expect(first.events("access").length).toBeLessThan(LINES);
    const second = new FakeSourceContext({ folder, positions, nowMs: NOW_MS + 86_400_000 });
    await openReplay({ ...CONFIG, time: "ends_now" }, second).finished;
    const times = [...first.events("access"), ...second.events("access")].map(({ at }) => at);
    expect(times).toHaveLength(LINES);
    expect(Math.max(...times)).toBeLessThan(NOW_MS + 3_600_000);
    expect(positions.keys).toEqual([]);
  });

  test("begins anew when another log stands there now", async () => {
    writeLog(LINES);
    const positions = new JsonPositions();
    await cutOff(positions, NOW_MS, 4);
    writeFileSync(join(folder, "log"), "");
    appendFileSync(join(folder, "log"), line(7).repeat(LINES));
    const second = new FakeSourceContext({ folder, positions });
    await openReplay(CONFIG, second).finished;
    expect(second.events("access")).toHaveLength(LINES);
  });
});

test("a log that is not there is refused when it is opened", () => {
  expect(() => openReplay(CONFIG, new FakeSourceContext({ folder }))).toThrow("there is no such file");
});
