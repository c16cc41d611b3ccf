import { expect, test } from "vitest";
import { batchOf } from "../event/index.ts";
import { Counters, silentLog, VirtualClock } from "../kit/index.ts";
import { openStatement } from "../sql/index.ts";
import { Catalog, REPLAY_TARGET_TIME } from "./index.ts";

const QUERIES = [
  {
    name: "minutes",
    sql: "SELECT host, count(*) AS n FROM access.win:ext_timed_batch(time, 1 min, 0L) GROUP BY host HAVING count(*) >= 1",
  },
  { name: "batches", sql: "SELECT host, count(*) AS n FROM access(code = 404).win:time_batch(1 min) GROUP BY host HAVING count(*) >= 2" },
  { name: "sliding", sql: "SELECT host, count(*) AS n FROM access.win:time(1 min) GROUP BY host HAVING count(*) = 3" },
  { name: "each", sql: "SELECT host, code FROM access WHERE code >= 500" },
];

/** Out of order by up to 7 s, over three minutes, with a gap. */
const EVENTS = [
  ["a", 0, 404],
  ["b", 7000, 200],
  ["a", 3000, 404],
  ["a", 59_000, 500],
  ["b", 63_000, 404],
  ["b", 58_000, 404],
  ["b", 62_000, 503],
  ["a", 200_000, 404],
  ["a", 201_000, 404],
  ["a", 195_000, 200],
] as const;

test("queries over calendar minutes, batches and sliding windows give the rows that they ought to, with the time of their windows", () => {
  const { rows, accept, catalog } = opened(0);
  accept(EVENTS.map((_, at) => at));
  catalog.finish();
  expect(rows.map(({ line }) => line)).toEqual([
    "sliding@59000 a 3",
    "each@59000 a 500",
    "minutes@60000 a 3",
    "minutes@60000 b 1",
    "batches@60000 a 2",
    "sliding@63000 b 3",
    "each@63000 b 503",
    // A fourth one came at 63 s, and the first leaves now.
    "sliding@67000 b 3",
    "minutes@120000 b 3",
    "batches@120000 b 2",
    "sliding@201000 a 3",
    "minutes@240000 a 3",
    "batches@240000 a 2",
  ]);
});

test.each([0, 10_000])("a checkpoint between any two events and a new process give the same rows (lateness_max %i ms)", (latenessMs) => {
  const whole = opened(latenessMs);
  for (const at of EVENTS.keys()) whole.accept([at]);
  whole.catalog.finish();
  for (let cut = 0; cut <= EVENTS.length; cut++) {
    const before = opened(latenessMs);
    for (let at = 0; at < cut; at++) before.accept([at]);
    const after = opened(latenessMs, before.catalog.save());
    for (let at = cut; at < EVENTS.length; at++) after.accept([at]);
    after.catalog.finish();
    expect([...before.rows, ...after.rows]).toEqual(whole.rows);
  }
});

test("how a source cuts its batches makes no difference, though events come out of order", () => {
  for (const latenessMs of [0, 2000, 10_000]) {
    const one = opened(latenessMs);
    for (const at of EVENTS.keys()) one.accept([at]);
    one.catalog.finish();
    for (const size of [2, 3, 5, EVENTS.length]) {
      const other = opened(latenessMs);
      for (let at = 0; at < EVENTS.length; at += size) other.accept([...EVENTS.keys()].slice(at, at + size));
      other.catalog.finish();
      expect(other.rows.toSorted(byKey)).toEqual(one.rows.toSorted(byKey));
    }
  }
});

function opened(latenessMs: number, saved: ReadonlyMap<string, Uint8Array> = new Map()) {
  const rows: { line: string; key: string | undefined }[] = [];
  const catalog = new Catalog({
    open: openStatement,
    clock: new VirtualClock(),
    counters: new Counters(),
    log: silentLog,
    time: { ...REPLAY_TARGET_TIME, lateness_max_ms: latenessMs },
    output: (output) => {
      const keys = output.keys();
      for (const [at, row] of output.rows.entries()) {
        rows.push({
          line: `${output.query}@${output.timeMs - START_MS} ${JSON.stringify(Object.values(row))
            .replaceAll(/[[\]"]/g, "")
            .replace(",", " ")}`,
          key: keys[at],
        });
      }
    },
  });
  catalog.restore(saved);
  const access = catalog.intake("access", { host: "string", time: "integer", code: "integer" });
  catalog.declare(QUERIES);
  const accept = (events: readonly number[]) => {
    const records = events.map((at) => ({ host: EVENTS[at]![0], time: START_MS + EVENTS[at]![1], code: EVENTS[at]![2] }));
    access.accept(
      batchOf(
        access.schema,
        records,
        records.map(({ time }) => time),
      ),
    );
  };
  return { rows, catalog, accept };
}

function byKey(left: { readonly key: string | undefined }, right: { readonly key: string | undefined }): number {
  return String(left.key) < String(right.key) ? -1 : 1;
}

/** The beginning of a minute. */
const START_MS = Date.UTC(2026, 0, 1, 12);
