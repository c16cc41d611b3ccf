import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { describeAction } from "../../../test/suites/action_suite.ts";
import type { Action } from "../../component/index.ts";
import { Counters, silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { AppendedFile } from "./appended_file.ts";
import { file } from "./file.ts";
import { FileAction } from "./file_action.ts";
import { RotatedFiles } from "./rotated_files.ts";

const NOW_MS = Date.parse("2026-11-21T10:00:00Z");

let folder: string;
let clock: VirtualClock;
let counters: Counters;
let opened: Action[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-file-"));
  clock = new VirtualClock(NOW_MS);
  counters = new Counters();
  opened = [];
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const action of opened) await action.close();
  rmSync(folder, { recursive: true });
});

function rowOf(key: string, row: Record<string, string | number | null> = { host: "203.0.113.7" }) {
  return { key, query: "block.flood", timeMs: NOW_MS, row };
}

async function open(settings: Record<string, unknown> = {}): Promise<Action> {
  const own = { name: "actions[0] (file)", route: "file ** 1", family: "file **", folder, dryRun: false };
  const config = file.config(z).parse({ path: "out/rows.log", ...settings });
  const action = await FileAction.open(config, { ...own, clock, steps: new Steps(clock), log: silentLog, counters });
  opened.push(action);
  return action;
}

const path = (name = ""): string => join(folder, "out", name);
const lines = (name = "rows.log"): string[] => readFileSync(path(name), "utf8").split("\n").slice(0, -1);
const keys = (name?: string): unknown[] => lines(name).map((line) => /"key":"([^"]*)"/.exec(line)?.[1]);
const LINE_BYTES = 102;

describeAction("file", async () => ({
  definition: file,
  settings: { path: join(folder, "suite.log") },
  row: rowOf("q 1"),
  complete: (context) => context,
  effects: () => (readdirSync(folder).includes("suite.log") ? readFileSync(join(folder, "suite.log"), "utf8").trim().split("\n") : []),
}));

test("rows are lines of JSON with time, query and key", async () => {
  const action = await open();
  expect(await action.perform(rowOf("q 1"))).toBe("appended a row of block.flood to out/rows.log");
  await action.perform(rowOf("q 2", { host: "x\ny", n: 1 }));
  expect(lines()).toEqual([
    '{"time":"2026-11-21T10:00:00.000Z","query":"block.flood","key":"q 1","row":{"host":"203.0.113.7"}}',
    '{"time":"2026-11-21T10:00:00.000Z","query":"block.flood","key":"q 2","row":{"host":"x\\ny","n":1}}',
  ]);
});

test("a row that comes again after a restart is known, and a line that was cut off is left alone", async () => {
  const before = await open();
  await before.perform(rowOf("q 1"));
  await before.close();
  appendFileSync(path("rows.log"), '{"time":"2026-11-21T10:0');
  const after = await open();
  await after.perform(rowOf("q 1"));
  await after.perform(rowOf("q 2"));
  expect(keys()).toEqual(["q 1", undefined, "q 2"]);
});

test("a file that would be too large is rotated and compressed, and the oldest ones are removed and counted", async () => {
  const action = await open({ rotate_bytes: "1KB", files_max: 2 });
  const line = Math.floor(1024 / LINE_BYTES);
  for (let row = 0; row < line * 4; row++) {
    await action.perform(rowOf(`q ${String(row).padStart(4, "0")}`));
    if (row % line === line - 1) clock.advanceTo(clock.nowMs() + 1000);
  }
  await action.close();
  expect(readdirSync(path())).toEqual(["rows.log", "rows.log-20261121T100002Z.gz", "rows.log-20261121T100003Z.gz"]);
  expect(
    gunzipSync(readFileSync(path("rows.log-20261121T100003Z.gz")))
      .toString()
      .split("\n"),
  ).toHaveLength(line + 1);
  expect(counters.read().find(({ name }) => name === "file_rotated_removed")?.value).toBe(1);
});

test("a file is rotated at the turn of a day, also when nobody was there to see it", async () => {
  const first = await open({ rotate_every: "1 day", compress: false });
  await first.perform(rowOf("q 1"));
  clock.advanceTo(Date.parse("2026-11-22T00:00:00Z") - 1);
  await first.perform(rowOf("q 2"));
  clock.advanceTo(Date.parse("2026-11-22T00:00:00Z"));
  await first.perform(rowOf("q 3"));
  await first.close();
  utimesSync(path("rows.log"), 0, clock.nowMs() / 1000);
  clock.advanceTo(Date.parse("2026-11-25T08:00:00Z"));
  await (await open({ rotate_every: "1 day", compress: false })).perform(rowOf("q 4"));
  expect(keys("rows.log-20261122T000000Z")).toEqual(["q 1", "q 2"]);
  expect(keys("rows.log-20261125T080000Z")).toEqual(["q 3"]);
  expect(keys()).toEqual(["q 4"]);
});

test("a batch is written with one sync, its rows in order, and rows of it that are there already are not written again", async () => {
  const action = await open({ sync: "row" });
  const append = vi.spyOn(AppendedFile.prototype, "append");
  const rows = ["q 1", "q 2", "q 3"].map((key) => rowOf(key));
  expect(await action.performAll?.(rows)).toEqual(Array(3).fill("appended a row of block.flood to out/rows.log"));
  await action.close();
  // As after a crash before the batch was known to be done.
  const again = await open();
  await again.performAll?.([...rows, rowOf("q 4")]);
  expect(append.mock.calls.map(([text, isSynced]) => [text.split("\n").length - 1, isSynced])).toEqual([
    [3, true],
    [1, true],
  ]);
  expect(keys()).toEqual(["q 1", "q 2", "q 3", "q 4"]);
});

test("a batch that is larger than a file goes into as many as it takes, and goes on where a full disk stopped it", async () => {
  const action = await open({ rotate_bytes: "1KB", compress: false });
  expect(action.batches).toEqual({ rowsMax: 1000, bytesMax: 1024, lingerMs: 0 });
  const rows = Array.from({ length: 25 }, (_, index) => rowOf(`q ${String(index).padStart(4, "0")}`));
  vi.spyOn(RotatedFiles.prototype, "add").mockRejectedValueOnce(new Error("ENOSPC: no space left on device"));
  await expect(action.performAll?.(rows)).rejects.toThrow("ENOSPC");
  await action.performAll?.(rows);
  const files = readdirSync(path()).toSorted((left, right) =>
    left === "rows.log" ? 1 : right === "rows.log" ? -1 : left < right ? -1 : 1,
  );
  expect(files).toHaveLength(3);
  expect(files.flatMap((name) => keys(name))).toEqual(rows.map(({ key }) => key));
  expect(files.map((name) => lines(name).length)).toEqual([10, 10, 5]);
});

test("two rotations of one second have names of their own, in order", async () => {
  const action = await open({ rotate_bytes: "1KB", compress: false });
  for (let row = 0; row < 3; row++) await action.perform(rowOf(`q ${row}`, { host: "x".repeat(1000) }));
  expect(readdirSync(path())).toEqual(["rows.log", "rows.log-20261121T100000Z", "rows.log-20261121T100000Z.0002"]);
});

test("what an end left uncompressed is compressed at the next start", async () => {
  mkdirSync(path());
  writeFileSync(path("rows.log-20261120T100000Z"), "left\n");
  writeFileSync(path("rows.log-20261120T100000Z.gz.partial"), "half");
  await open();
  expect(readdirSync(path())).toEqual(["rows.log", "rows.log-20261120T100000Z.gz"]);
  expect(gunzipSync(readFileSync(path("rows.log-20261120T100000Z.gz"))).toString()).toBe("left\n");
});

test("another program may rotate the file too", async () => {
  const action = await open({ sync: "never" });
  await action.perform(rowOf("q 1"));
  renameSync(path("rows.log"), path("rows.log.1"));
  await action.perform(rowOf("q 2"));
  writeFileSync(path("rows.log"), "");
  await action.perform(rowOf("q 3"));
  expect([keys("rows.log.1"), keys()]).toEqual([["q 1"], ["q 3"]]);
});

test("a file that cannot be written is told of by its name, and the row is tried again", async () => {
  const action = await open();
  await action.perform(rowOf("q 1"));
  rmSync(path(), { recursive: true });
  writeFileSync(path(), "");
  await expect(action.perform(rowOf("q 2"))).rejects.toMatchObject({
    code: "HOTAKA_ACTION_FAILED",
    message: expect.stringContaining("rows.log could not be written: "),
  });
  rmSync(path());
  await action.perform(rowOf("q 2"));
  expect(keys()).toEqual(["q 2"]);
});
