import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RecordingIntake } from "../../test/suites/source_fakes.ts";
import { openFormat } from "./format_setting.ts";
import { readLog, type ReadProgress } from "./read_log.ts";

const none = openFormat({ name: "none", config: {} });
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-read-log-"));
  path = join(folder, "log");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a log is read to its end, the last line without a newline too", async () => {
  writeFileSync(path, `a\nb\n${"x".repeat(2000)}\nc`);
  const intake = new RecordingIntake("log", none.fields);
  const summary = await readLog({ path, format: none, intake, nowMs: 5, lineBytesMax: 1024 });
  expect(intake.events).toEqual(["a", "b", "c"].map((message) => ({ at: 5, message })));
  expect(summary).toEqual({ lines: 4, events: 3, refusals: new Map(), skipped: 1, bytes: 2006, isComplete: true });
});

test("refused lines are told with their reason and place", async () => {
  const combined = openFormat({ name: "combined", config: {} });
  writeFileSync(path, `garbage\n1.2.3.4 - - [06/May/2024:12:00:00 +0000] "GET / HTTP/1.1" 200 5\nmore garbage`);
  const { events, refusals } = await readLog({ path, format: combined, intake: new RecordingIntake("a", combined.fields), nowMs: 0 });
  expect(events).toBe(1);
  expect(Object.fromEntries(refusals)).toEqual({ host: { count: 1, firstOffset: 0 }, user: { count: 1, firstOffset: 72 } });
});

test("a long log is read in turns, which report how far they have come, and is stopped between two", async () => {
  writeFileSync(path, `${"y".repeat(99)}\n`.repeat(120_000));
  const progress: ReadProgress[] = [];
  const intake = new RecordingIntake("log", none.fields);
  await readLog({ path, format: none, intake, nowMs: 0, onProgress: (now) => progress.push(now) });
  expect(progress.length).toBeGreaterThan(2);
  expect(progress.at(-1)).toEqual({ bytes: 12_000_000, bytesTotal: 12_000_000, events: 120_000 });

  const stopping = new AbortController();
  const onProgress = (): void => stopping.abort();
  const stopped = await readLog({ path, format: none, intake, nowMs: 0, signal: stopping.signal, onProgress });
  expect(stopped.isComplete).toBe(false);
  expect(stopped.events).toBeLessThan(100_000);
});

test("a pipe is read while it is written", async () => {
  execFileSync("sh", ["-c", 'mkfifo "$0"', path]);
  // Another process, because reading a pipe stands still until somebody writes.
  spawn("sh", ["-c", '{ printf "a\\nb"; printf "c\\nd"; } > "$0"', path]);
  const intake = new RecordingIntake("log", none.fields);
  const onProgress = (now: ReadProgress): void => expect(now.bytesTotal).toBeUndefined();
  const { bytes } = await readLog({ path, format: none, intake, nowMs: 0, onProgress });
  expect(intake.events.map((event) => event["message"])).toEqual(["a", "bc", "d"]);
  expect(bytes).toBe(6);
});

test("a log that is not there is said to be so", async () => {
  await expect(readLog({ path, format: none, intake: new RecordingIntake("log", none.fields), nowMs: 0 })).rejects.toMatchObject({
    code: "HOTAKA_SOURCE_OPEN",
  });
});
