import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { compileMatch, Counters, type Database, HotakaError, openDatabase, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import { openOutbox, type Outbox, OUTBOX_MIGRATIONS, type OutboxBounds, type OutboxOptions, type OutboxRow } from "./index.ts";

const START_MS = 1_763_632_800_000;
const DAY_MS = 86_400_000;

let dir: string;
let database: Database;
let clock: VirtualClock;
let steps: Steps;
let counters: Counters;
let outbox: Outbox;
let done: string[];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "hotaka-outbox-"));
  clock = new VirtualClock(START_MS);
  counters = new Counters();
  done = [];
  await start();
});
afterEach(async () => {
  await stop();
  rmSync(dir, { recursive: true, force: true });
});

async function start(bounds: Partial<OutboxBounds> = {}, performed?: OutboxOptions["performed"]): Promise<void> {
  steps = new Steps(clock);
  database = await openDatabase({ path: join(dir, "outbox.db"), migrations: OUTBOX_MIGRATIONS });
  const told = performed === undefined ? {} : { performed };
  outbox = openOutbox({ database, clock, steps, log: silentLog, counters, dir: join(dir, "letters"), bounds, random: () => 1, ...told });
}

async function stop(): Promise<void> {
  await steps.stop();
  await outbox.close();
  database.close();
}

async function restart(bounds: Partial<OutboxBounds> = {}, performed?: OutboxOptions["performed"]): Promise<void> {
  await stop();
  await start(bounds, performed);
}

/** Routes an action that notes what it performs, after `before` has had a chance to fail. */
function route(action: string, match = "**", before: (row: OutboxRow) => Promise<void> | void = () => undefined) {
  const perform = async (row: OutboxRow): Promise<string> => {
    await before(row);
    done.push(`${action} ${row.key}`);
    return "done";
  };
  return outbox.route({ action, match: compileMatch(match), performer: { perform } });
}

function rowsOf(...keys: string[]): OutboxRow[] {
  return keys.map((key) => ({ key, query: `block.${key}`, timeMs: START_MS, row: { host: "203.0.113.7", wide: 2n ** 60n, key } }));
}

function failure(sentence = "the service is down."): HotakaError {
  return new HotakaError("HOTAKA_ACTION_FAILED", sentence);
}

/** Moves the clock and lets what that woke come to its end. */
async function pass(afterMs: number): Promise<void> {
  clock.advanceTo(clock.nowMs() + afterMs);
  await outbox.idle();
  await setImmediate();
}

const Letter = z.record(z.string(), z.unknown());

function letters(): z.infer<typeof Letter>[] {
  const path = join(dir, "letters", "dead_letters.ndjson");
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line) => Letter.parse(JSON.parse(line)));
}

const counted = (name: string): number | undefined => counters.read().find((reading) => reading.name === name)?.value;

describe("an outbox", () => {
  test("brings each row to every action whose match fits, in the order they were put", async () => {
    route("log");
    route("block", "block.a");
    outbox.put(rowsOf("a", "b"));
    outbox.put(rowsOf("c"));
    await outbox.idle();
    expect(done.filter((each) => each.startsWith("log"))).toEqual(["log a", "log b", "log c"]);
    expect(done.filter((each) => each.startsWith("block"))).toEqual(["block a"]);
    expect(outbox.waiting).toBe(0);
  });

  test("hands an action the row as it was put", async () => {
    const seen: OutboxRow[] = [];
    route("log", "**", (row) => void seen.push(row));
    const [row] = rowsOf("a");
    outbox.put([row!]);
    await outbox.idle();
    expect(seen).toEqual([row]);
  });

  test("performs a row once, however often it is put, over a restart too", async () => {
    route("log");
    outbox.put(rowsOf("a", "a"));
    await outbox.idle();
    await restart();
    route("log");
    outbox.put(rowsOf("a", "b"));
    await outbox.idle();
    expect(done).toEqual(["log a", "log b"]);
    expect([counted("outbox_rows_put"), counted("outbox_rows_repeated")]).toEqual([2, 2]);
  });

  test("has a row on the disk when put returns: it is performed after a restart if not before", async () => {
    route("log", "**", () => Promise.reject(failure()));
    outbox.put(rowsOf("a", "b"));
    await restart();
    expect(outbox.waiting).toBe(2);
    route("log");
    await pass(1000);
    expect(done).toEqual(["log a", "log b"]);
  });

  test("keeps rows for the action they were put for, until it is routed again", async () => {
    route("log", "**", () => Promise.reject(failure()));
    outbox.put(rowsOf("a"));
    await restart();
    route("mail");
    await pass(2000);
    expect([done, outbox.waiting]).toEqual([[], 1]);
  });

  test("does not put rows for an action that was taken out", async () => {
    const { close } = route("log");
    await close();
    outbox.put(rowsOf("a"));
    expect(outbox.waiting).toBe(0);
  });
});

describe("an action that performs several rows at a time", () => {
  test("has as many as it says, and of those that fail each is tried again while the others are done", async () => {
    let [working, most, failing] = [0, 0, true];
    const perform = async ({ key }: OutboxRow): Promise<string> => {
      most = Math.max(most, ++working);
      await setImmediate();
      working--;
      if (failing && (key === "b" || key === "e")) throw failure();
      done.push(key);
      return "done";
    };
    outbox.route({ action: "x", match: compileMatch("**"), performer: { perform, atOnce: 3 } });
    outbox.put(rowsOf("a", "b", "c", "d", "e"));
    await pass(0);
    expect([most, done, outbox.waiting]).toEqual([3, ["a", "c"], 3]);
    failing = false;
    await pass(1000);
    expect([done.toSorted(), outbox.waiting]).toEqual([["a", "b", "c", "d", "e"], 0]);
  });
});

describe("a row whose action fails", () => {
  test("is tried again after waits that double, and those behind it wait in their order", async () => {
    let failures = 3;
    let tries = 0;
    route("sns", "**", () => {
      tries++;
      if (failures-- > 0) throw failure();
    });
    outbox.put(rowsOf("a", "b"));
    const triesAfter: number[] = [];
    for (const afterMs of [0, 999, 1, 1999, 1, 3999, 1]) {
      await pass(afterMs);
      triesAfter.push(tries);
    }
    expect(triesAfter).toEqual([1, 1, 2, 2, 3, 3, 5]);
    expect(done).toEqual(["sns a", "sns b"]);
  });

  test("does not keep the rows of other actions waiting", async () => {
    route("sns", "**", () => Promise.reject(failure()));
    route("log");
    outbox.put(rowsOf("a", "b"));
    await outbox.idle();
    expect(done).toEqual(["log a", "log b"]);
  });

  test("is kept in the dead-letter file when its tries are used up, and the next row has its turn", async () => {
    await restart({ triesMax: 2 });
    route("sns", "**", ({ key }) => (key === "a" ? Promise.reject(failure("no such topic\u001B[2J.")) : undefined));
    outbox.put(rowsOf("a", "b"));
    await pass(0);
    await pass(1000);
    expect(done).toEqual(["sns b"]);
    expect(letters()).toEqual([
      {
        at: "2025-11-20T10:00:01.000Z",
        action: "sns",
        query: "block.a",
        time: START_MS,
        key: "a",
        tries: 2,
        reason: "no such topic\uFFFD[2J.",
        row: { host: "203.0.113.7", wide: Number(2n ** 60n), key: "a" },
      },
    ]);
    expect([outbox.waiting, counted("outbox_dead_letters")]).toEqual([0, 1]);
    outbox.put(rowsOf("a"));
    await pass(0);
    expect(letters()).toHaveLength(1);
  });

  test("by a defect of ours is given up at once", async () => {
    route("sns", "**", () => Promise.reject(new TypeError("x is not a function")));
    outbox.put(rowsOf("a"));
    await pass(0);
    expect(letters()).toMatchObject([{ tries: 1, reason: "x is not a function" }]);
  });

  test("remembers its tries over a restart", async () => {
    const fail = (): Promise<void> => Promise.reject(failure());
    await restart({ triesMax: 2 });
    route("sns", "**", fail);
    outbox.put(rowsOf("a"));
    await pass(0);
    await restart({ triesMax: 2 });
    route("sns", "**", fail);
    await pass(1000);
    expect(letters()).toMatchObject([{ tries: 2 }]);
  });
});

describe("bounds", () => {
  test("what is put beyond rows_max becomes a dead letter once, and what waits goes on", async () => {
    await restart({ rowsMax: 2 });
    let isDown = true;
    route("sns", "**", () => (isDown ? Promise.reject(failure()) : undefined));
    outbox.put(rowsOf("a", "b", "c"));
    outbox.put(rowsOf("c", "d"));
    expect(letters().map(({ key }) => key)).toEqual(["c", "d"]);
    expect(letters()[0]?.["reason"]).toBe("2 rows were waiting already, as many as rows_max allows.");
    expect([outbox.waiting, counted("outbox_rows_overflowed")]).toEqual([2, 2]);
    await pass(0);
    isDown = false;
    await pass(1000);
    expect(done).toEqual(["sns a", "sns b"]);
  });

  test("a source can wait for room before it comes to that", async () => {
    await restart({ rowsMax: 4 });
    let isDown = true;
    route("sns", "**", () => (isDown ? Promise.reject(failure()) : undefined));
    outbox.put(rowsOf("a", "b"));
    expect(outbox.hasRoom).toBe(false);
    let hasGone = false;
    const gone = outbox.room().then(() => (hasGone = true));
    await pass(0);
    expect(hasGone).toBe(false);
    isDown = false;
    await pass(1000);
    await gone;
    expect(outbox.hasRoom).toBe(true);
  });

  test("nobody waits for room in a daemon that stops", async () => {
    await restart({ rowsMax: 1 });
    route("sns", "**", () => Promise.reject(failure()));
    outbox.put(rowsOf("a"));
    const room = outbox.room();
    await steps.stop();
    await room;
    expect(outbox.hasRoom).toBe(false);
  });

  test("keys of rows that are done are forgotten after their time, and rows of an action that is gone are given up", async () => {
    await restart({ doneKeepMs: DAY_MS, orphanKeepMs: DAY_MS });
    const { close } = route("gone", "block.a", () => Promise.reject(failure()));
    route("log", "block.b");
    outbox.put(rowsOf("a", "b"));
    await pass(0);
    await close();
    for (const afterMs of [60_000, DAY_MS, 60_000]) await pass(afterMs);
    expect(letters()).toMatchObject([{ action: "gone", key: "a", reason: "the settings no longer name this action." }]);
    expect(outbox.waiting).toBe(0);
    outbox.put(rowsOf("b"));
    await pass(0);
    expect(done).toEqual(["log b", "log b"]);
  });

  test("the number of remembered keys is bounded, the oldest going first", async () => {
    await restart({ doneRowsMax: 2 });
    route("log");
    outbox.put(rowsOf("a", "b", "c"));
    await pass(0);
    await pass(60_000);
    outbox.put(rowsOf("c", "b", "a"));
    await pass(0);
    expect(done).toEqual(["log a", "log b", "log c", "log a"]);
  });

  test("a full dead-letter file gives way to a new one, and one old one is kept", async () => {
    await restart({ deadLetterBytesMax: 1 });
    route("sns", "**", () => Promise.reject(new TypeError("broken")));
    for (const key of ["a", "b", "c"]) {
      outbox.put(rowsOf(key));
      await pass(0);
    }
    expect(readdirSync(join(dir, "letters")).toSorted()).toEqual(["dead_letters.1.ndjson", "dead_letters.ndjson"]);
    expect(letters()).toMatchObject([{ key: "c" }]);
    expect(counted("outbox_dead_letter_files_dropped")).toBe(1);
  });
});

describe("stopping", () => {
  test("finishes the row in hand, begins no other, and performs the rest at the next start", async () => {
    let letGo = (): void => undefined;
    route(
      "exec",
      "**",
      () =>
        new Promise<void>((resolve) => {
          letGo = resolve;
        }),
    );
    outbox.put(rowsOf("a", "b"));
    await setImmediate();
    const stopped = steps.stop();
    letGo();
    await stopped;
    expect(done).toEqual(["exec a"]);
    await restart();
    route("exec");
    await outbox.idle();
    expect(done).toEqual(["exec a", "exec b"]);
  });

  test("is no failure of an action that gives up because of it", async () => {
    await restart({ triesMax: 1 });
    route("exec", "**", async () => {
      await once(steps.signal, "abort");
      throw new HotakaError("HOTAKA_STOPPING", "stopping.");
    });
    outbox.put(rowsOf("a"));
    await setImmediate();
    await restart({ triesMax: 1 });
    route("exec");
    await outbox.idle();
    expect([done, letters()]).toEqual([["exec a"], []]);
  });
});

describe("an action that performs many at once", () => {
  function routeMany(performAll: (rows: readonly OutboxRow[]) => Promise<readonly string[]>) {
    const perform = async (row: OutboxRow): Promise<string> => {
      if (row.key === "poison") throw new TypeError("a defect");
      done.push(`alone ${row.key}`);
      return "done";
    };
    return outbox.route({ action: "block", match: compileMatch("**"), performer: { perform, performAll } });
  }
  const take = async (rows: readonly OutboxRow[]): Promise<string[]> => {
    done.push(rows.map(({ key }) => key).join("+"));
    return rows.map(() => "done");
  };

  test("has a wave in few calls, in order, and each row once", async () => {
    routeMany(take);
    outbox.put(rowsOf(...Array.from({ length: 450 }, (_, index) => `k${index}`)));
    await outbox.idle();
    expect(done.map((keys) => keys.split("+").length)).toEqual([200, 200, 50]);
    expect(done.join("+").split("+")).toEqual(Array.from({ length: 450 }, (_, index) => `k${index}`));
    expect(outbox.waiting).toBe(0);
  });

  test("is told of once where there is the same to say of rows of one query, and of each otherwise", async () => {
    const told: string[] = [];
    await restart({}, (action, rows, sentence) => void told.push(`${action}: ${sentence} ${rows.map(({ key }) => key).join("+")}`));
    routeMany(async (rows) => rows.map(({ key }) => (key === "c" ? "blocked c" : "appended")));
    outbox.put(rowsOf("a", "b", "c", "d").map((row) => ({ ...row, query: row.key === "d" ? "other" : "q" })));
    await outbox.idle();
    expect(told).toEqual(["block: appended a+b", "block: blocked c c", "block: appended d"]);
  });

  test("has all of them again when it failed", async () => {
    let isDown = true;
    routeMany(async (rows) => {
      if (isDown) throw failure();
      return take(rows);
    });
    outbox.put(rowsOf("a", "b"));
    await outbox.idle();
    expect([done, outbox.waiting]).toEqual([[], 2]);
    isDown = false;
    await pass(1000);
    expect([done, outbox.waiting]).toEqual([["a+b"], 0]);
  });

  test("that has a defect is given the rows one by one, so that one is given up and not all", async () => {
    routeMany(async () => {
      throw new TypeError("a defect");
    });
    outbox.put(rowsOf("a", "poison", "b"));
    await outbox.idle();
    expect(done).toEqual(["alone a", "alone b"]);
    expect(outbox.waiting).toBe(0);
  });
});
