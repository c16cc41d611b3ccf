import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { compileMatch, Counters, type Database, HotakaError, openDatabase, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import { type BatchBounds, openOutbox, type Outbox, OUTBOX_MIGRATIONS, type OutboxRow } from "./index.ts";

const START_MS = 1_763_632_800_000;
const BOUNDS: BatchBounds = { rowsMax: 4, bytesMax: 1 << 20, lingerMs: 0 };

/** Who is sent batches: it knows one that comes again by an id that is made of the keys of its rows, and refuses those with a row it cannot bear. */
class Receiver {
  /** The keys of each batch that was taken, by its id. */
  readonly taken: Map<string, readonly string[]>;
  readonly offered: (readonly string[])[] = [];
  /** What is answered instead of "done": it may have been taken or not. */
  answer: "done" | "down" | "taken, and the answer lost" = "done";

  constructor(taken: Iterable<readonly [string, readonly string[]]> = []) {
    this.taken = new Map(taken);
  }

  get rows(): string[] {
    return [...this.taken.values()].flat();
  }

  take(rows: readonly OutboxRow[]): void {
    const keys = rows.map(({ key }) => key);
    this.offered.push(keys);
    if (this.answer === "down") throw new HotakaError("HOTAKA_ACTION_FAILED", "the service is down.");
    if (keys.some((key) => key.startsWith("poison"))) throw new HotakaError("HOTAKA_ACTION_REFUSED", "status 400: not that.");
    this.taken.set(createHash("sha256").update(keys.join("\n")).digest("hex"), keys);
    if (this.answer !== "done") throw new HotakaError("HOTAKA_ACTION_FAILED", "no answer.");
  }
}

/** An outbox in a folder, with one action that sends batches to a receiver. */
class Daemon {
  readonly clock = new VirtualClock(START_MS);
  readonly steps = new Steps(this.clock);
  readonly dir: string;
  readonly receiver: Receiver;
  database!: Database;
  outbox!: Outbox;

  constructor(dir: string, receiver: Receiver) {
    this.dir = dir;
    this.receiver = receiver;
  }

  async start({ batches = BOUNDS, triesMax = 12, moment = () => {} }: Partial<Running> = {}): Promise<this> {
    const { clock, steps, dir, receiver } = this;
    this.database = await openDatabase({ path: join(dir, "outbox.db"), migrations: OUTBOX_MIGRATIONS });
    watchWrites(this.database, moment);
    this.outbox = openOutbox({
      database: this.database,
      clock,
      steps,
      log: silentLog,
      counters: new Counters(),
      dir,
      bounds: { triesMax },
      random: () => 1,
    });
    const performAll = async (rows: readonly OutboxRow[]): Promise<readonly string[]> => {
      moment();
      await setImmediate();
      try {
        receiver.take(rows);
      } finally {
        moment();
      }
      return rows.map(() => "done");
    };
    const perform = (): Promise<string> => Promise.reject(new Error("a batch was wanted"));
    this.outbox.route({ action: "x", match: compileMatch("**"), performer: { perform, performAll, batches } });
    return this;
  }

  put(...keys: string[]): void {
    this.outbox.put(keys.map((key) => ({ key, query: "q", timeMs: START_MS, row: { key } })));
  }

  async pass(afterMs: number): Promise<void> {
    this.clock.advanceTo(this.clock.nowMs() + afterMs);
    await this.outbox.idle();
    await setImmediate();
  }

  async stop(): Promise<void> {
    await this.steps.stop();
    await this.outbox.close();
    this.database.close();
  }

  letters(): { key: string; tries: number; reason: string }[] {
    const path = join(this.dir, "dead_letters.ndjson");
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line) as { key: string; tries: number; reason: string });
  }
}

interface Running {
  readonly batches: BatchBounds;
  readonly triesMax: number;
  /** Called before and behind whatever changes the disk or the receiver: a crash may come there. */
  readonly moment: () => void;
}

function watchWrites(database: Database, moment: () => void): void {
  const transaction = database.transaction.bind(database);
  let depth = 0;
  vi.spyOn(database, "transaction").mockImplementation((work) => {
    depth++;
    try {
      return transaction(work);
    } finally {
      if (--depth === 0) moment();
    }
  });
  const run = database.run.bind(database);
  vi.spyOn(database, "run").mockImplementation((sql, ...values) => {
    const changed = run(sql, ...values);
    if (depth === 0) moment();
    return changed;
  });
}

let dir: string;
let daemon: Daemon;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "hotaka-batches-"));
  daemon = new Daemon(dir, new Receiver());
});
afterEach(async () => {
  await daemon.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe("an action that takes batches", () => {
  test("has what waits in as few as its bounds allow, in order", async () => {
    await daemon.start();
    daemon.put("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
    await daemon.pass(0);
    expect(daemon.receiver.offered.map((keys) => keys.join(""))).toEqual(["abcd", "efgh", "ij"]);
    expect(daemon.outbox.waiting).toBe(0);
  });

  test("has no batch of more bytes than it says, but for a row that alone is larger", async () => {
    const large = "l".repeat(500);
    await daemon.start({ batches: { ...BOUNDS, bytesMax: 60 } });
    daemon.put("a", "b", "c", large, "d");
    await daemon.pass(0);
    expect(daemon.receiver.offered).toEqual([["a", "b", "c"], [large], ["d"]]);
  });

  test("that lingers waits for more until its time is over or its batch is full", async () => {
    await daemon.start({ batches: { ...BOUNDS, lingerMs: 5000 } });
    daemon.put("a");
    await daemon.pass(4999);
    daemon.put("b");
    await daemon.pass(0);
    expect(daemon.receiver.offered).toEqual([]);
    await daemon.pass(1);
    expect(daemon.receiver.offered).toEqual([["a", "b"]]);
    daemon.put("c", "d", "e", "f", "g");
    await daemon.pass(0);
    expect(daemon.receiver.offered.slice(1)).toEqual([["c", "d", "e", "f"]]);
    await daemon.pass(5000);
    expect(daemon.receiver.offered.slice(2)).toEqual([["g"]]);
  });

  test("has the same batch again when it failed, whatever has come since, over a restart too", async () => {
    daemon.receiver.answer = "taken, and the answer lost";
    await daemon.start();
    daemon.put("a", "b");
    await daemon.pass(0);
    daemon.put("c");
    await daemon.pass(1000);
    await daemon.stop();
    const { receiver } = daemon;
    daemon = await new Daemon(dir, receiver).start();
    receiver.answer = "done";
    await daemon.pass(3000);
    expect(receiver.offered).toEqual([["a", "b"], ["a", "b"], ["a", "b"], ["c"]]);
    expect(receiver.rows).toEqual(["a", "b", "c"]);
  });

  test("has a row that is refused given up alone, with the reason, and all others are taken in order", async () => {
    await daemon.start({ batches: { ...BOUNDS, rowsMax: 8 } });
    daemon.put("a", "b", "poison 1", "c", "d", "e", "f", "g", "h", "poison 2");
    await daemon.pass(0);
    expect(daemon.receiver.rows).toEqual(["a", "b", "c", "d", "e", "f", "g", "h"]);
    expect(daemon.letters()).toMatchObject([
      { key: "poison 1", tries: 1, reason: "status 400: not that." },
      { key: "poison 2", tries: 1, reason: "status 400: not that." },
    ]);
    expect(daemon.outbox.waiting).toBe(0);
  });

  test("loses rows one by one to a service that is down beyond the tries, and not a batch", async () => {
    daemon.receiver.answer = "down";
    await daemon.start({ triesMax: 2 });
    daemon.put("a", "b", "c", "d", "e");
    await daemon.pass(0);
    for (let tries = 0; tries < 3; tries++) await daemon.pass(2000);
    expect(daemon.receiver.offered.map((keys) => keys.join(""))).toEqual(["abcd", "abcd", "ab", "a", "b", "cd"]);
    const given = { tries: 2, reason: "the service is down." };
    expect(daemon.letters()).toMatchObject([
      { key: "a", ...given },
      { key: "b", ...given },
    ]);
    daemon.receiver.answer = "done";
    await daemon.pass(2000);
    expect(daemon.receiver.rows).toEqual(["c", "d", "e"]);
  });
});

test("a crash at any moment loses no row and doubles none for a receiver that knows batches by their keys", async () => {
  const crashes: { readonly dir: string; readonly taken: readonly (readonly [string, readonly string[]])[] }[] = [];
  const moment = (): void => {
    const copy = join(dir, `crash_${crashes.length}`);
    for (const file of ["outbox.db", "outbox.db-wal", "dead_letters.ndjson"])
      if (existsSync(join(dir, file))) cpSync(join(dir, file), join(copy, file));
    crashes.push({ dir: copy, taken: [...daemon.receiver.taken] });
  };
  const keys = ["a", "b", "c", "poison", "d", "e", "f", "g", "h", "i", "j"];
  const run = async (of: Daemon): Promise<void> => {
    of.receiver.answer = "taken, and the answer lost";
    of.put(...keys.slice(0, 3));
    await of.pass(0);
    of.put(...keys.slice(3));
    await of.pass(1000);
    of.receiver.answer = "done";
    for (const afterMs of [2000, 4000, 8000]) await of.pass(afterMs);
  };
  await daemon.start({ moment });
  await run(daemon);
  expect(crashes.length).toBeGreaterThan(30);
  const wanted = keys.filter((key) => key !== "poison");
  for (const crash of crashes) {
    const again = await new Daemon(crash.dir, new Receiver(crash.taken)).start();
    await run(again);
    await again.stop();
    // A crash between the letter and the row's end writes the letter twice.
    expect([crash.dir, again.receiver.rows, [...new Set(again.letters().map(({ key }) => key))]]).toEqual([crash.dir, wanted, ["poison"]]);
  }
});
