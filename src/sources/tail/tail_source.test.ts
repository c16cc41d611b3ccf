import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import type { Source } from "../../component/index.ts";
import { z } from "zod";
import { tail } from "./tail.ts";
import { openTail, type TailConfig } from "./tail_source.ts";

let folder: string;
let context: FakeSourceContext;
let source: Source | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-tail-"));
  context = new FakeSourceContext({ folder, name: "sources[0] (tail)" });
  source = undefined;
});
afterEach(async () => {
  await source?.close();
  rmSync(folder, { recursive: true });
});

function config(path: readonly string[]): TailConfig {
  return {
    path,
    format: { name: "none", config: {} },
    target: "log",
    from: "start",
    line_bytes_max: 4096,
    poll_interval: 250,
    poll_interval_max: 1000,
    rotated_wait: 5000,
    exclude: [],
    rescan_interval: 5000,
    files_max: 100,
    encoding: "utf-8",
  };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}

/** Moves the clock in steps, each with room for what it set off. */
async function pass(ms: number): Promise<void> {
  for (let past = 0; past < ms; past += 50) {
    context.clock.advanceTo(context.clock.nowMs() + 50);
    await turns(3);
  }
}

function messages(): unknown[] {
  return context.events("log").map(({ message }) => message);
}

test("lines are events at the next poll, and after a quiet time when a quarter of that is over, or poll_interval_max", async () => {
  writeFileSync(join(folder, "log"), "");
  let looks = 0;
  context.room = async () => void looks++;
  source = openTail({ ...config(["log"]), poll_interval_max: 2000 }, context);
  await pass(500);
  appendFileSync(join(folder, "log"), "a\n");
  await pass(250);
  expect(messages()).toEqual(["a"]);
  await pass(3500);
  appendFileSync(join(folder, "log"), "b\n");
  await pass(1000);
  expect(messages()).toEqual(["a", "b"]);
  await pass(60_000);
  looks = 0;
  await pass(20_000);
  expect(looks).toBe(10);
  appendFileSync(join(folder, "log"), "c\n");
  await pass(2000);
  expect(messages()).toEqual(["a", "b", "c"]);
});

test("a log that is written to is looked at as often as ever, whatever the others do", async () => {
  for (const name of ["busy", "quiet"]) writeFileSync(join(folder, name), "");
  source = openTail(config(["busy", "quiet"]), context);
  for (let line = 1; line <= 100; line++) {
    appendFileSync(join(folder, "busy"), "x\n");
    await pass(250);
    expect(messages()).toHaveLength(line);
  }
});

test("a long log does not keep a short one waiting", async () => {
  writeFileSync(join(folder, "long"), `${"y".repeat(99)}\n`.repeat(1_000_000));
  writeFileSync(join(folder, "short"), "short\n");
  source = openTail(config(["long", "short"]), context);
  await turns(3);
  expect(messages()).toContain("short");
  expect(messages().length).toBeLessThan(900_000);
});

test("a turn that has begun ends at the next region when the steps stop, and no other begins", async () => {
  writeFileSync(join(folder, "long"), `${"y".repeat(99)}\n`.repeat(100_000));
  const intake = context.intake("log", {});
  intake.schema.add("message", "string");
  const { steps } = context;
  const accept = intake.accept.bind(intake);
  intake.accept = (batch) => {
    accept(batch);
    void steps.stop();
  };
  source = openTail(config(["long"]), context);
  await turns(20);
  // A region of 4 KB.
  expect(context.events("log").length).toBeGreaterThan(0);
  expect(context.events("log").length).toBeLessThan(50);
});

test("several logs are told of together, the troubled ones first", async () => {
  writeFileSync(join(folder, "a"), "");
  writeFileSync(join(folder, "b"), "");
  source = openTail(config(["a", "b"]), context);
  await turns(3);
  expect(source.status()).toEqual({ sentence: "following 2 logs", ok: true });
  await source.close();
  source = openTail(config(["a", "b", "none"]), context);
  await turns(3);
  expect(source.status()).toEqual({ sentence: `1 of 3 logs: waiting for ${join(folder, "none")}: there is no such file yet`, ok: false });
});

test("one log that cannot be read refuses the source, and the others are let go", () => {
  writeFileSync(join(folder, "a"), "");
  mkdirSync(join(folder, "b"));
  expect(() => openTail(config(["a", "b"]), context)).toThrow("it is a directory");
});

test("a defect behind the source ends it, with its sentence, and its position is where the last region ended", async () => {
  writeFileSync(join(folder, "log"), "a\n");
  const intake = context.intake("log", {});
  intake.schema.add("message", "string");
  intake.accept = () => {
    throw new Error("broken");
  };
  source = openTail(config(["log"]), context);
  await expect(source.finished).rejects.toThrow("broken");
  expect(source.status()).toEqual({ sentence: "stopped by a defect: broken", ok: false });
  expect(JSON.stringify(context.positions.get(`tail:log:${join(folder, "log")}`))).toContain('"offset":0');
});

test("a record of several lines is an event when the next one begins, or when nothing has followed it for a while", async () => {
  writeFileSync(join(folder, "log"), "1 a\n more\n2 b\n");
  const { format } = tail
    .config(z)
    .parse({ path: "log", target: "log", format: { multiline: { first_line: "^[0-9]", flush_after: "3s" } } });
  source = openTail({ ...config(["log"]), format }, context);
  await pass(1000);
  expect(messages()).toEqual(["1 a\n more"]);
  expect(JSON.stringify(context.positions.get(`tail:log:${join(folder, "log")}`))).toContain('"offset":10,');
  appendFileSync(join(folder, "log"), " more\n");
  await pass(2000);
  expect(messages()).toHaveLength(1);
  await pass(2000);
  expect(messages()).toEqual(["1 a\n more", "2 b\n more"]);
  appendFileSync(join(folder, "log"), "3 c\n4 d\n");
  await pass(1000);
  expect(messages().slice(2)).toEqual(["3 c"]);
});

test("logs that fit a pattern are followed as they come, are let go as they go, and are read once", async () => {
  writeFileSync(join(folder, "a.log"), "a1\n");
  writeFileSync(join(folder, "a.log.1"), "a0\n");
  writeFileSync(join(folder, "x.log.gz"), "gz\n");
  writeFileSync(join(folder, "out.log"), "out\n");
  source = openTail({ ...config(["*.log*"]), exclude: ["out.*"], rescan_interval: 1000, files_max: 2 }, context);
  await pass(500);
  expect(messages()).toEqual(["a1"]);
  writeFileSync(join(folder, "b.log"), "b1\n");
  await pass(1500);
  expect(messages()).toEqual(["a1", "b1"]);
  renameSync(join(folder, "a.log"), join(folder, "a.log.2"));
  appendFileSync(join(folder, "a.log.2"), "a2\n");
  writeFileSync(join(folder, "c.log"), "c1\n");
  await pass(1500);
  expect(sorted(messages())).toEqual(["a1", "a2", "b1", "c1"]);
  writeFileSync(join(folder, "d.log"), "d1\n");
  await pass(1500);
  expect([context.counted("source_logs_beyond_max"), messages().length]).toEqual([1, 4]);
  rmSync(join(folder, "b.log"));
  await pass(8000);
  expect(sorted(messages())).toEqual(["a1", "a2", "b1", "c1", "d1"]);
});

test("a log that came while the daemon was away is read whole, though those that were there first are read from their end", async () => {
  writeFileSync(join(folder, "a.log"), "old\n");
  const settings: TailConfig = { ...config(["*.log"]), from: "end" };
  source = openTail(settings, context);
  await pass(500);
  await source.close();
  writeFileSync(join(folder, "b.log"), "b1\n");
  appendFileSync(join(folder, "a.log"), "a1\n");
  source = openTail(settings, context);
  await pass(500);
  expect(sorted(messages())).toEqual(["a1", "b1"]);
});

test("a log that is a link is followed through rotation where it points to", async () => {
  mkdirSync(join(folder, "pod"));
  writeFileSync(join(folder, "pod/0.log"), "one\n");
  symlinkSync(join(folder, "pod/0.log"), join(folder, "web.log"));
  const linked = join(folder, "web.log");
  source = openTail(config([linked]), context);
  await pass(500);
  await source.close();
  appendFileSync(join(folder, "pod/0.log"), "two\n");
  renameSync(join(folder, "pod/0.log"), join(folder, "pod/0.log.20261121-120000"));
  writeFileSync(join(folder, "pod/0.log"), "three\n");
  source = openTail(config([linked]), context);
  await pass(500);
  expect(messages()).toEqual(["one", "two", "three"]);
});

test("where Fluentd was is where a log goes on, also when it was rotated since", async () => {
  const path = join(folder, "log");
  writeFileSync(path, "read by Fluentd\nnot read\n");
  const inode = statSync(path).ino.toString(16).padStart(16, "0");
  writeFileSync(join(folder, "log.pos"), `${path}\t${(16).toString(16).padStart(16, "0")}\t${inode}\n`);
  renameSync(path, `${path}.1`);
  writeFileSync(path, "new\n");
  source = openTail({ ...config(["log"]), from: "end", fluentd_pos_file: "log.pos" }, context);
  await pass(500);
  expect(messages()).toEqual(["not read", "new"]);
});

test("a log in another encoding is read as text", async () => {
  writeFileSync(join(folder, "log"), Buffer.from([0x93, 0xfa, 0x96, 0x7b, 0x0a]));
  source = openTail({ ...config(["log"]), encoding: "shift_jis" }, context);
  await pass(500);
  expect(messages()).toEqual(["日本"]);
});

function sorted(texts: readonly unknown[]): string[] {
  return texts.map(String).toSorted((left, right) => (left < right ? -1 : 1));
}

test("many logs that are quiet are left alone until the next poll", async () => {
  for (let log = 0; log < 200; log++) writeFileSync(join(folder, `${log}.log`), "");
  let looks = 0;
  context.room = async () => void looks++;
  source = openTail({ ...config(["*.log"]), files_max: 1000 }, context);
  await turns(50);
  const before = looks;
  await pass(1000);
  expect(looks - before).toBeLessThanOrEqual(4);
  appendFileSync(join(folder, "150.log"), "x\n");
  await pass(250);
  expect(messages()).toEqual(["x"]);
});

test("a log of JSON whose fields nobody said gives all of them", async () => {
  const format = { name: "json", config: { types: {}, time_key: "time", time_format: "auto", time_zone: "UTC" } };
  writeFileSync(join(folder, "log"), '{"time":1700000000,"path":"/a","code":500}\n{"path":"/b","ok":true}\n');
  source = openTail({ ...config(["log"]), format }, context);
  await pass(500);
  expect(context.events("log")).toEqual([
    { at: 1_700_000_000_000, time: 1_700_000_000_000, path: "/a", code: 500 },
    { at: expect.any(Number), path: "/b", ok: true },
  ]);
});
