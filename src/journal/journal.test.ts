import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Counters, type Log, silentLog } from "../kit/index.ts";
import { type JournalFolder, openJournalFolder } from "./folder.ts";
import { type Journal, openJournal } from "./journal.ts";

let dir: string;
let said: string[];
let log: Log;
let counters: Counters;
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), "hotaka-journal-")), "journal");
  said = [];
  log = {
    ...silentLog,
    info: (sentence) => said.push(sentence),
    warn: (sentence) => said.push(sentence),
    error: (sentence) => said.push(sentence),
  };
  counters = new Counters();
});
afterEach(() => rmSync(join(dir, ".."), { recursive: true }));

function open(openFolder?: (path: string) => Promise<JournalFolder>): Promise<Journal> {
  return openJournal({ dir, log, counters, ...(openFolder === undefined ? {} : { openFolder }) });
}

function counted(name: string): number | undefined {
  return counters.read().find((reading) => reading.name === name)?.value;
}

/** Reads `upTo` in one source and counts as far in one statement. */
async function goTo(journal: Journal, upTo: number): Promise<void> {
  journal.positions.set("log", { offset: upTo });
  await journal.checkpoint(() => new Map([["count", Buffer.from(String(upTo))]]));
}

/** How far position and state of a journal stand; they must never differ. */
function standsAt(journal: Journal): unknown {
  const state = journal.states().get("count");
  return { position: journal.positions.get("log"), state: state === undefined ? undefined : Buffer.from(state).toString() };
}

const AT = (upTo: number): unknown => ({ position: { offset: upTo }, state: String(upTo) });
const AFRESH = { position: undefined, state: undefined };

test("a new journal is empty, and says nothing", async () => {
  expect(standsAt(await open())).toEqual(AFRESH);
  expect(said).toEqual([]);
});

test("positions and states are found as the last checkpoint had them", async () => {
  const journal = await open();
  await goTo(journal, 1);
  await goTo(journal, 2);
  journal.positions.set("log", { offset: 3 });
  expect(standsAt(await open())).toEqual(AT(2));
  expect(counted("journal_checkpoints_written")).toBe(2);
});

test("a position that was given up is not found", async () => {
  const journal = await open();
  await goTo(journal, 1);
  journal.positions.delete("log");
  await journal.checkpoint(() => new Map());
  expect(standsAt(await open())).toEqual(AFRESH);
});

test("states that were found are let go once a checkpoint is written", async () => {
  await goTo(await open(), 1);
  const journal = await open();
  expect(journal.states().size).toBe(1);
  await goTo(journal, 2);
  expect(journal.states().size).toBe(0);
});

test("positions and states are of one instant, however long writing takes", async () => {
  const journal = await open();
  const writing = goTo(journal, 1);
  const next = journal.checkpoint(() => new Map([["count", Buffer.from(JSON.stringify(journal.positions.get("log")))]]));
  journal.positions.set("log", { offset: 2 });
  await Promise.all([writing, next]);
  expect(standsAt(await open())).toEqual({ position: { offset: 2 }, state: '{"offset":2}' });
});

test("two checkpoints are kept and older ones are removed", async () => {
  const journal = await open();
  for (let upTo = 1; upTo <= 5; upTo++) await goTo(journal, upTo);
  expect(readdirSync(dir)).toEqual(["epoch-000000000000004.checkpoint", "epoch-000000000000005.checkpoint"]);
});

describe("a checkpoint that would hold what all that are kept hold already", () => {
  /** Writes none, or one, of these states. Gives how many were written. */
  async function writes(journal: Journal, states: Readonly<Record<string, Uint8Array>>): Promise<number> {
    const before = counted("journal_checkpoints_written") ?? 0;
    await journal.checkpoint(() => new Map(Object.entries(states)));
    return (counted("journal_checkpoints_written") ?? 0) - before;
  }

  /** A journal in which nothing has happened for a while. */
  async function quiet(states: Readonly<Record<string, Uint8Array>>): Promise<Journal> {
    const journal = await open();
    journal.positions.set("log", { offset: 1 });
    while ((await writes(journal, states)) > 0);
    return journal;
  }

  const SAVED = { count: Buffer.from("12") };

  test("is not written, and both of them hold it", async () => {
    const journal = await quiet(SAVED);
    expect(counted("journal_checkpoints_written")).toBe(2);
    expect(await writes(journal, { count: Buffer.from("12") })).toBe(0);
    const names = readdirSync(dir);
    expect(names).toHaveLength(2);
    writeFileSync(join(dir, names[1]!), "garbage");
    expect(standsAt(await open())).toEqual({ position: { offset: 1 }, state: "12" });
  });

  test.each<[string, (journal: Journal) => void, Readonly<Record<string, Uint8Array>>]>([
    ["a position", (journal) => journal.positions.set("log", { offset: 2 }), SAVED],
    ["a position that went", (journal) => journal.positions.delete("log"), SAVED],
    ["a state, by one byte", () => {}, { count: Buffer.from("13") }],
    ["a state that came", () => {}, { ...SAVED, other: Buffer.alloc(0) }],
    ["a state that went", () => {}, {}],
    ["the name of a state, with the same bytes in a row", () => {}, { count1: Buffer.from("2") }],
    ["the last byte of a large state", () => {}, { count: Buffer.concat([Buffer.alloc(3 << 20), Buffer.from("3")]) }],
  ])("is written where it differs by %s", async (_, change, states) => {
    const journal = await quiet("count" in states && states["count"].length > 99 ? { count: Buffer.alloc((3 << 20) + 1) } : SAVED);
    change(journal);
    expect(await writes(journal, states)).toBe(1);
    const again = await open();
    expect(again.positions.get("log")).toEqual(journal.positions.get("log"));
    expect(new Map([...again.states()].map(([name, bytes]) => [name, crc32(bytes)]))).toEqual(
      new Map(Object.entries(states).map(([name, bytes]) => [name, crc32(bytes)])),
    );
  });

  test("is written where the bytes of a state are another's by then", async () => {
    const count = Buffer.from("12");
    const journal = await quiet({ count });
    count.write("13");
    expect(await writes(journal, { count })).toBe(1);
    expect(standsAt(await open())).toMatchObject({ state: "13" });
  });

  test("is written again once one in between could not be", async () => {
    let isFull = false;
    const journal = await open(async (path) => {
      const folder = await openJournalFolder(path);
      return { ...folder, sync: () => (isFull ? Promise.reject(new Error("EIO")) : folder.sync()) };
    });
    while ((await writes(journal, SAVED)) > 0);
    isFull = true;
    await expect(writes(journal, { count: Buffer.from("13") })).rejects.toThrow("EIO");
    isFull = false;
    expect(await writes(journal, SAVED)).toBe(1);
    expect(standsAt(await open())).toMatchObject({ state: "12" });
  });
});

describe("a damaged checkpoint", () => {
  test("gives way to the one before, and is kept aside", async () => {
    const journal = await open();
    for (let upTo = 1; upTo <= 3; upTo++) await goTo(journal, upTo);
    truncateSync(join(dir, "epoch-000000000000003.checkpoint"), 20);
    const again = await open();
    expect(standsAt(again)).toEqual(AT(2));
    expect(said).toEqual([
      `HOTAKA_JOURNAL_CORRUPT: ${dir}/epoch-000000000000003.checkpoint cannot be used: its checksum does not match. It is kept as epoch-000000000000003.checkpoint.damaged.`,
      "The checkpoint before it (epoch 2) is used instead; logs are read again from there.",
    ]);
    expect(counted("journal_checkpoints_damaged")).toBe(1);
    await goTo(again, 4);
    expect(readdirSync(dir)).toEqual([
      "epoch-000000000000002.checkpoint",
      "epoch-000000000000003.checkpoint.damaged",
      "epoch-000000000000004.checkpoint",
    ]);
  });

  test("is said to have cost everything when there is no good one before it", async () => {
    const journal = await open();
    await goTo(journal, 1);
    await goTo(journal, 2);
    for (const name of readdirSync(dir)) writeFileSync(join(dir, name), "garbage");
    const again = await open();
    expect(standsAt(again)).toEqual(AFRESH);
    expect(said.at(-1)).toBe(`No checkpoint in ${dir} can be used: Hotaka starts afresh, without its positions and windows.`);
    await goTo(again, 3);
    expect(standsAt(await open())).toEqual(AT(3));
  });

  test("is one under the name of another epoch, too", async () => {
    const journal = await open();
    await goTo(journal, 1);
    await goTo(journal, 2);
    const [older, newer] = readdirSync(dir).map((name) => join(dir, name));
    writeFileSync(newer!, readFileSync(older!));
    expect(standsAt(await open())).toEqual(AT(1));
    expect(said[0]).toContain("it holds epoch 1");
  });
});

test("a write that ended at any byte leaves the checkpoint before it", async () => {
  await goTo(await open(), 1);
  const bytes = readFileSync(join(dir, readdirSync(dir)[0]!)).length;
  for (let length = 0; length <= bytes + 1; length++) {
    const journal = await open((path) => openTorn(path, length));
    const upTo = length + 2;
    const isWhole = await goTo(journal, upTo).then(
      () => true,
      () => false,
    );
    expect(standsAt(await open())).toEqual(isWhole ? AT(upTo) : AT(1));
    if (isWhole) await goTo(await open(), 1);
  }
  expect(said.filter((sentence) => sentence.includes("CORRUPT"))).toEqual([]);
});

describe("a disk that is full", () => {
  test("fails the checkpoint in so many words, and the next one succeeds when there is room", async () => {
    let isFull = false;
    const journal = await open(async (path) => {
      const folder = await openJournalFolder(path);
      return {
        ...folder,
        write: (name, pieces) => (isFull ? Promise.reject(new Error("ENOSPC: no space left")) : folder.write(name, pieces)),
      };
    });
    await goTo(journal, 1);
    isFull = true;
    await expect(goTo(journal, 2)).rejects.toMatchObject({
      code: "HOTAKA_JOURNAL_WRITE",
      message: expect.stringMatching(
        /^\S+journal: the checkpoint could not be written: ENOSPC: no space left\. The one before still stands/,
      ),
    });
    expect(standsAt(await open())).toEqual(AT(1));
    isFull = false;
    await goTo(journal, 3);
    expect(standsAt(await open())).toEqual(AT(3));
    expect(counted("journal_checkpoints_failed")).toBe(1);
    expect(said).toEqual([`The journal in ${dir} is written again.`]);
  });
});

test("a statement that cannot be saved fails this checkpoint and no other", async () => {
  const journal = await open();
  await goTo(journal, 1);
  const broken = journal.checkpoint(() => {
    throw new Error("broken");
  });
  await expect(broken).rejects.toThrow("broken");
  await goTo(journal, 2);
  expect(standsAt(await open())).toEqual(AT(2));
});

test("a folder that cannot be one is refused in a sentence that names it", async () => {
  writeFileSync(dir, "a file");
  await expect(open()).rejects.toMatchObject({ code: "HOTAKA_DATA_DIR", message: expect.stringContaining(`${dir} cannot be used`) });
});

/** A folder whose next write ends after `length` bytes, as when the power fails. */
async function openTorn(path: string, length: number): Promise<JournalFolder> {
  const folder = await openJournalFolder(path);
  return {
    ...folder,
    async write(name, pieces) {
      const whole = Buffer.concat([...pieces]);
      await folder.write(name, [whole.subarray(0, length)]);
      if (length < whole.length) throw new Error("the power failed");
    },
  };
}
