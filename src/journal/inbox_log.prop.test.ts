import fc from "fast-check";
import { expect, test } from "vitest";
import { Counters, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import type { InboxFolder } from "./inbox_folder.ts";
import { InboxLog } from "./inbox_log.ts";
import { JournalPositions } from "./positions.ts";

/** A disk in memory whose power fails after so many bytes: from then on every write fails, and what was written stays. */
class Disk {
  readonly files = new Map<string, Buffer>();
  bytesLeft = Number.POSITIVE_INFINITY;
  written = 0;
  /** Files that were written over. */
  reused = 0;

  folder(): InboxFolder {
    const { files } = this;
    return {
      list: async () => [...files].map(([name, { length: bytes }]) => ({ name, bytes })),
      read: async (name) => Buffer.from(files.get(name) ?? []),
      create: async (name, spare = "") => {
        this.#fail(0);
        const before = files.get(spare) ?? Buffer.alloc(0);
        if (before.length > 0) this.reused++;
        files.delete(spare);
        files.set(name, before);
        let at = 0;
        return {
          append: async (pieces) => {
            const whole = Buffer.concat(pieces);
            const part = whole.subarray(0, this.bytesLeft);
            const held = files.get(name)!;
            files.set(name, Buffer.concat([held.subarray(0, at), part, held.subarray(at + part.length)]));
            at += part.length;
            this.written += part.length;
            this.#fail(whole.length);
          },
          truncate: async (bytes) => {
            this.#fail(0);
            files.set(name, files.get(name)!.subarray(0, bytes));
          },
          close: async () => {},
        };
      },
      truncate: async (name, bytes) => void files.set(name, files.get(name)!.subarray(0, bytes)),
      copyAside: async () => expect.fail("nothing is damaged by losing power"),
      remove: async (name) => void files.delete(name),
    };
  }

  #fail(bytes: number): void {
    this.bytesLeft = Math.max(this.bytesLeft - bytes, 0);
    if (this.bytesLeft === 0) throw new Error("the power failed");
  }
}

interface Life {
  /** What was taken, by number. */
  readonly taken: Map<number, string>;
  /** How many appends resolved. */
  acknowledged: number;
  /** Positions of the last checkpoint that was written. */
  kept: ReadonlyMap<string, unknown>;
}

/** Appends records of these lengths, several at once, with a checkpoint after every so many groups, until all is done or power fails. */
async function live(disk: Disk, { groups, checkpointEvery }: Story): Promise<Life> {
  const positions = new JournalPositions();
  const life: Life = { taken: new Map(), acknowledged: 0, kept: new Map() };
  const { inboxLog, inbox } = await open(disk, positions, life.taken);
  await inboxLog.begin();
  let number = 0;
  for (const [index, lengths] of groups.entries()) {
    const results = await Promise.allSettled(lengths.map(async (length) => inbox.append(bodyOf(number, length), number++)));
    life.acknowledged += results.filter(({ status }) => status === "fulfilled").length;
    if (results.some(({ status }) => status === "rejected")) break;
    if (index % checkpointEvery !== checkpointEvery - 1) continue;
    life.kept = positions.copy();
    await inboxLog.release(inboxLog.taken);
  }
  return life;
}

async function open(disk: Disk, positions: JournalPositions, taken: Map<number, string>) {
  const inboxLog = await InboxLog.open({
    dir: "inbox",
    positions,
    steps: new Steps(new VirtualClock()),
    log: { ...silentLog, error: (sentence) => (sentence.includes("power") ? undefined : expect.fail(sentence)) },
    counters: new Counters(),
    bytesMax: BYTES_MAX,
    room: async () => {},
    openFolder: () => disk.folder(),
  });
  const inbox = inboxLog.inbox("a", (record, arrivedMs) => void taken.set(inboxLog.taken, `${arrivedMs} ${record.toString("latin1")}`));
  return { inboxLog, inbox };
}

function bodyOf(number: number, length: number): Buffer {
  return Buffer.alloc(length, `${number} `, "latin1");
}

interface Story {
  readonly groups: readonly (readonly number[])[];
  readonly checkpointEvery: number;
}

async function checkCrash(story: Story, bytes: number): Promise<void> {
  const disk = new Disk();
  disk.bytesLeft = bytes;
  const life = await live(disk, story);
  disk.bytesLeft = Number.POSITIVE_INFINITY;
  const taken = new Map<number, string>();
  const { inboxLog, inbox } = await open(disk, new JournalPositions(life.kept), taken);
  const keptAt = inboxLog.taken;
  await inboxLog.begin();
  // Nothing acknowledged is lost, all that is given out is as it came, in order, and nothing that the checkpoint holds comes again.
  expect(inboxLog.taken).toBeGreaterThanOrEqual(life.acknowledged);
  expect([...taken.keys()]).toEqual(Array.from({ length: inboxLog.taken - keptAt }, (_, at) => keptAt + at));
  const lengths = story.groups.flat();
  for (const [number, text] of taken) expect(text).toBe(`${number} ${bodyOf(number, lengths[number]!).toString("latin1")}`);
  // And it goes on.
  const next = inboxLog.taken;
  await inbox.append(bodyOf(next, 10), next);
  const third = new Map<number, string>();
  const again = await open(disk, new JournalPositions(life.kept), third);
  await again.inboxLog.begin();
  expect(third.size).toBe(next + 1 - keptAt);
}

test("power that fails at any byte loses nothing acknowledged, and gives out again what the checkpoint lacks, in order", async () => {
  const story: Story = {
    groups: [[3], [40, 0, 7], [61_000], [5, 5], [60_000, 1], [9], [30, 30, 30], [2], [60_500], [4, 4], [8]],
    checkpointEvery: 2,
  };
  const whole = new Disk();
  await live(whole, story);
  expect(whole.reused).toBeGreaterThan(0);
  // Inside of a large body one byte is like the other.
  expect(whole.written).toBeGreaterThan(120_000);
  for (let bytes = 0; bytes <= whole.written; bytes += bytes % 20_000 > 600 ? 1009 : 1) await checkCrash(story, bytes);
}, 20_000);

test("so it is with any records, groups and checkpoints", async () => {
  const story = fc.record({
    groups: fc.array(fc.array(fc.oneof(fc.nat(50), fc.nat(18_000)), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 }),
    checkpointEvery: fc.integer({ min: 1, max: 4 }),
  });
  await fc.assert(fc.asyncProperty(story, fc.nat(250_000), checkCrash));
});

/** Room for the longest story, in files of 60,000 bytes. */
const BYTES_MAX = 480_000;
