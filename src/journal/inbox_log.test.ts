import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Counters, type Log, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import { inboxFolder, type InboxFolder } from "./inbox_folder.ts";
import { InboxLog } from "./inbox_log.ts";
import { openJournal } from "./journal.ts";
import { JournalPositions } from "./positions.ts";

let dir: string;
let said: string[];
let counters: Counters;
let steps: Steps;
let positions: JournalPositions;
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), "hotaka-inbox-")), "inbox");
  said = [];
  counters = new Counters();
  steps = new Steps(new VirtualClock());
  positions = new JournalPositions();
});
afterEach(() => rmSync(join(dir, ".."), { recursive: true }));

interface OpenOptions {
  readonly bytesMax?: number;
  readonly openFolder?: (path: string) => InboxFolder;
  readonly keys?: readonly string[];
  readonly room?: () => Promise<void>;
}

/** An inbox log with one inbox `a` (or those of `keys`) whose records are noted down as they are taken. */
async function open({ bytesMax = 1 << 30, openFolder, keys = ["a"], room = async () => {} }: OpenOptions = {}) {
  const log: Log = { ...silentLog, info: (line) => said.push(line), warn: (line) => said.push(line), error: (line) => said.push(line) };
  const taken: string[] = [];
  const inboxLog = await InboxLog.open({
    dir,
    positions,
    steps,
    log,
    counters,
    bytesMax,
    room,
    ...(openFolder === undefined ? {} : { openFolder }),
  });
  const inboxes = keys.map((key) => inboxLog.inbox(key, (record, atMs) => void taken.push(`${key} ${record.toString()} at ${atMs}`)));
  return { inboxLog, inbox: inboxes[0]!, inboxes, taken };
}

function counted(name: string): number | undefined {
  return counters.read().find((reading) => reading.name === name)?.value;
}

test("records are taken in order, with their times, before an append resolves", async () => {
  const { inboxLog, inbox, taken } = await open();
  await inboxLog.begin();
  const seen: string[][] = [];
  await Promise.all(["x", "y", "z"].map(async (text, at) => inbox.append(Buffer.from(text), at).then(() => seen.push([...taken]))));
  expect(taken).toEqual(["a x at 0", "a y at 1", "a z at 2"]);
  expect(seen.map((soFar) => soFar.length)).toEqual([3, 3, 3]);
  expect(counted("inbox_commits")).toBe(1);
  expect(inboxLog.taken).toBe(3);
});

test("records that are written together can be handed on together", async () => {
  const { inboxLog } = await open({ keys: [] });
  const [gathered, handedOn]: [string[], string[][]] = [[], []];
  const take = (record: Buffer): void => void gathered.push(record.toString());
  const inbox = inboxLog.inbox("a", take, () => handedOn.push(gathered.splice(0)));
  await inboxLog.begin();
  await Promise.all(["x", "y", "z"].map(async (text) => inbox.append(Buffer.from(text), 0)));
  expect(handedOn).toEqual([["x", "y", "z"]]);
});

test("nothing is taken before all that was kept has been given out again", async () => {
  const before = await open();
  await before.inboxLog.begin();
  await before.inbox.append(Buffer.from("old"), 1);
  await before.inboxLog.close();
  positions = new JournalPositions();
  const { inboxLog, inbox, taken } = await open();
  const appended = inbox.append(Buffer.from("new"), 2);
  await setImmediate();
  expect(taken).toEqual([]);
  await inboxLog.begin();
  await appended;
  expect(taken).toEqual(["a old at 1", "a new at 2"]);
  expect(said).toEqual(["1 records that were received before are taken up again."]);
});

test("what the last checkpoint holds is not given out again", async () => {
  const { inboxLog, inbox } = await open();
  await inboxLog.begin();
  await inbox.append(Buffer.from("held"), 1);
  const kept = positions.copy();
  await inbox.append(Buffer.from("behind"), 2);
  await inboxLog.close();
  positions = new JournalPositions(kept);
  const again = await open();
  await again.inboxLog.begin();
  expect(again.taken).toEqual(["a behind at 2"]);
  expect(again.inboxLog.taken).toBe(2);
});

test("records of several sources keep their order, and those of a source that is gone are given up aloud", async () => {
  const { inboxLog, inboxes } = await open({ keys: ["a", "b", "gone"] });
  await inboxLog.begin();
  for (const [at, inbox] of [...inboxes, ...inboxes].entries()) await inbox.append(Buffer.from("x"), at);
  await inboxLog.close();
  positions = new JournalPositions();
  const again = await open({ keys: ["b", "a"] });
  await again.inboxLog.begin();
  expect(again.taken).toEqual(["a x at 0", "b x at 1", "a x at 3", "b x at 4"]);
  expect(said.at(-1)).toBe("2 of them are given up: the source that received them is no longer in the settings.");
  expect(counted("inbox_records_orphaned")).toBe(2);
});

test("two inboxes of one name are refused", async () => {
  const { inboxLog } = await open({ keys: ["forward 127.0.0.1:24224"] });
  expect(() => inboxLog.inbox("forward 127.0.0.1:24224", () => {})).toThrow('two sources receive as "forward 127.0.0.1:24224"');
});

test("files are spare or removed once neither of the two last checkpoints needs them, and what is spare is written over", async () => {
  const { inboxLog, inbox } = await open({ bytesMax: 8 * 1000 });
  await inboxLog.begin();
  const stands: number[] = [];
  for (let at = 0; at < 6; at++) {
    await inbox.append(Buffer.alloc(1000, "x"), at);
    stands.push(inboxLog.taken);
  }
  expect(readdirSync(dir)).toHaveLength(6);
  await inboxLog.release(stands[2]!);
  expect(readdirSync(dir)).toHaveLength(6);
  await inboxLog.release(stands[4]!);
  expect(readdirSync(dir)).toHaveLength(4);
  await inboxLog.release(stands[5]!);
  await inboxLog.release(stands[5]!);
  expect(readdirSync(dir)).toEqual(["inbox-000000000000000.log", "inbox-000000000000005.log"]);
  await inbox.append(Buffer.from("over"), 6);
  expect(readdirSync(dir)).toEqual(["inbox-000000000000005.log", "inbox-000000000000006.log"]);
  expect(statSync(join(dir, "inbox-000000000000006.log")).size).toBeGreaterThan(1000);
  positions = new JournalPositions(new Map([["inbox", { taken: 6 }]]));
  const again = await open();
  await again.inboxLog.begin();
  expect(again.taken).toEqual(["a over at 6"]);
  expect(said).toContainEqual(expect.stringContaining("bytes behind the last whole record were cut off"));
});

test("the end moves when a record is appended, what is taken when it is on the disk and has been taken", async () => {
  const { inboxLog, inbox } = await open();
  await inboxLog.begin();
  const appended = inbox.append(Buffer.from("x"), 1);
  expect([inboxLog.taken, inboxLog.end]).toEqual([0, 1]);
  await appended;
  expect([inboxLog.taken, inboxLog.end]).toEqual([1, 1]);
});

describe("a log that has reached its bound", () => {
  test("refuses aloud and by count, keeps what it has, and takes again when a checkpoint has freed some", async () => {
    const { inboxLog, inbox, taken } = await open({ bytesMax: 8000 });
    await inboxLog.begin();
    for (let at = 0; at < 7; at++) await inbox.append(Buffer.alloc(1000, "x"), at);
    await expect(inbox.append(Buffer.alloc(1000, "y"), 7)).rejects.toMatchObject({ code: "HOTAKA_INBOX_FULL" });
    await expect(inbox.append(Buffer.alloc(1000, "y"), 7)).rejects.toMatchObject({ code: "HOTAKA_INBOX_FULL" });
    expect(counted("inbox_records_refused")).toBe(2);
    expect(said).toEqual([`${dir} holds 7.81 KB, as much as inbox.bytes_max allows: nothing more is taken until a checkpoint frees some.`]);
    expect(inboxLog.problem).toBe(said[0]);
    let hasRoom = false;
    const room = inbox.room().then(() => (hasRoom = true));
    await setImmediate();
    expect(hasRoom).toBe(false);
    await inboxLog.release(7);
    await inboxLog.release(7);
    await room;
    expect(inboxLog.problem).toBe(undefined);
    await inbox.append(Buffer.from("z"), 8);
    expect(taken).toHaveLength(8);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  test("has room again though nothing more comes, and then both checkpoints that are kept hold what was freed", async () => {
    const folder = join(dir, "../journal");
    const journal = await openJournal({ dir: folder, log: silentLog, counters });
    positions = journal.positions;
    const { inboxLog, inbox } = await open({ bytesMax: 4096 });
    await inboxLog.begin();
    const checkpoint = async (): Promise<void> => {
      await journal.checkpoint(() => new Map());
      await inboxLog.release(inboxLog.taken);
    };
    await checkpoint();
    while (inboxLog.problem === undefined) await inbox.append(Buffer.alloc(500), 0).catch(() => {});
    const { taken } = inboxLog;
    while (inboxLog.problem !== undefined) await checkpoint();
    writeFileSync(join(folder, readdirSync(folder).at(-1)!), "garbage");
    positions = (await openJournal({ dir: folder, log: silentLog, counters })).positions;
    expect((await open({ bytesMax: 4096 })).inboxLog.taken).toBe(taken);
  });

  test("says before it is asked to keep a record whether it would, and counts the no as a refusal that may be waited out", async () => {
    const { inboxLog, inbox } = await open({ bytesMax: 8000 });
    await inboxLog.begin();
    for (let at = 0; at < 7; at++) await inbox.append(Buffer.alloc(1000, "x"), at);
    expect(inbox.admits(500)).toBe(true);
    expect(inbox.admits(1000)).toBe(false);
    expect(counted("inbox_records_refused")).toBe(1);
    const room = inbox.room();
    await inboxLog.release(7);
    await inboxLog.release(7);
    await room;
    expect(inbox.admits(1000)).toBe(true);
  });

  test("refuses for good what is larger than a quarter of it", async () => {
    const { inboxLog, inbox } = await open({ bytesMax: 8000 });
    await inboxLog.begin();
    await expect(inbox.append(Buffer.alloc(2000), 0)).rejects.toMatchObject({
      code: "HOTAKA_INBOX_RECORD",
      message: "1.97 KB came at once; at most a quarter of inbox.bytes_max (1.95 KB) is taken at once.",
    });
    await inbox.room();
  });
});

test("a disk that is full refuses what comes, in so many words, and is written again when there is room", async () => {
  let isFull = false;
  const openFolder = (path: string): InboxFolder => {
    const folder = inboxFolder(path);
    return {
      ...folder,
      async create(name, spare) {
        const file = await folder.create(name, spare);
        const append: typeof file.append = async (pieces) => {
          await file.append(isFull ? pieces.slice(0, 1) : pieces);
          if (isFull) throw new Error("ENOSPC: no space left");
        };
        return { ...file, append, truncate: (bytes) => file.truncate(bytes), close: () => file.close() };
      },
    };
  };
  const { inboxLog, inbox, taken } = await open({ openFolder });
  await inboxLog.begin();
  await inbox.append(Buffer.from("one"), 1);
  isFull = true;
  await expect(inbox.append(Buffer.from("two"), 2)).rejects.toMatchObject({
    code: "HOTAKA_JOURNAL_WRITE",
    message: `${dir} could not be written: ENOSPC: no space left. What was being received was refused; make room on the disk if it is full.`,
  });
  await expect(inbox.append(Buffer.from("two"), 3)).rejects.toMatchObject({ code: "HOTAKA_JOURNAL_WRITE" });
  expect(said).toHaveLength(1);
  expect(inboxLog.problem).toBe(said[0]);
  isFull = false;
  await inbox.append(Buffer.from("three"), 4);
  expect(said[1]).toBe(`${dir} is written again.`);
  await inboxLog.close();
  positions = new JournalPositions();
  const again = await open();
  await again.inboxLog.begin();
  expect(again.taken).toEqual(taken);
  expect(taken).toEqual(["a one at 1", "a three at 4"]);
});

test("a file that is damaged in its middle costs its own records behind the damage, aloud, and is kept", async () => {
  const { inboxLog, inbox } = await open({ bytesMax: 8 * 150 });
  await inboxLog.begin();
  // Two records fill a file.
  for (let at = 0; at < 6; at++) await inbox.append(Buffer.alloc(60, String(at)), at);
  await inboxLog.close();
  positions = new JournalPositions();
  const damaged = join(dir, readdirSync(dir)[1]!);
  const bytes = readFileSync(damaged);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(damaged, bytes);
  const again = await open({ bytesMax: 8 * 150 });
  await again.inboxLog.begin();
  expect(again.taken.map((line) => line.slice(-1))).toEqual(["0", "1", "2", "4", "5"]);
  expect(said[0]).toBe(
    `HOTAKA_INBOX_CORRUPT: ${damaged} is damaged, and 1 records that were received in it are lost. It is kept as inbox-000000000000002.log.damaged. Is the disk failing?`,
  );
  expect(counted("inbox_records_lost")).toBe(1);
  expect(existsSync(`${damaged}.damaged`)).toBe(true);
  await again.inbox.append(Buffer.from("on"), 9);
  expect(again.taken.at(-1)).toBe("a on at 9");
});

test("a record that meets a defect is said and counted, and those behind it are taken", async () => {
  const { inboxLog } = await open({ keys: [] });
  const taken: string[] = [];
  const inbox = inboxLog.inbox("a", (record) => {
    if (record.toString() === "bad") throw new Error("broken");
    taken.push(record.toString());
  });
  await inboxLog.begin();
  await Promise.all(["x", "bad", "y"].map(async (text) => inbox.append(Buffer.from(text), 0)));
  expect(taken).toEqual(["x", "y"]);
  expect(said).toEqual(["inbox: a record of a could not be taken: broken"]);
  expect(counted("inbox_records_failed")).toBe(1);
});

test("what comes while those who take have no room waits, and is not acknowledged", async () => {
  let makeRoom = (): void => {};
  const room = new Promise<void>((resolve) => {
    makeRoom = resolve;
  });
  const { inboxLog, inbox, taken } = await open({ room: () => room });
  await inboxLog.begin();
  const appended = inbox.append(Buffer.from("x"), 0);
  for (let turn = 0; turn < 5; turn++) await setImmediate();
  expect(taken).toEqual([]);
  makeRoom();
  await appended;
  expect(taken).toEqual(["a x at 0"]);
});

describe("once the daemon stops", () => {
  test("what waits is refused, and what is being written is finished", async () => {
    const { inboxLog, inbox, taken } = await open();
    const early = inbox.append(Buffer.from("early"), 0);
    early.catch(() => {});
    await steps.stop();
    await expect(early).rejects.toMatchObject({ code: "HOTAKA_STOPPING" });
    await expect(inbox.append(Buffer.from("late"), 0)).rejects.toMatchObject({ code: "HOTAKA_STOPPING" });
    await inboxLog.begin();
    await inbox.room();
    await inboxLog.close();
    expect(taken).toEqual([]);
    expect(existsSync(dir)).toBe(false);
  });
});

test("a folder that cannot be one is refused in a sentence that names it", async () => {
  writeFileSync(dir, "a file");
  await expect(open()).rejects.toMatchObject({ code: "HOTAKA_DATA_DIR", message: expect.stringContaining(`${dir} cannot be used`) });
});
