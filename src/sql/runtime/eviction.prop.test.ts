import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchOf, Dictionary, type Row, Schema } from "../../event/index.ts";
import { laidOut, type Layout, LAYOUTS } from "../../../test/suites/random_queries.ts";
import { openStatement } from "../open.ts";
import type { Statement } from "../statement.ts";
import { EvictionModel, type ModelEvent, type ModelWindow } from "../../../test/fakes/eviction_model.ts";

const FIELDS = { host: "string", tls: "boolean", size: "integer", code: "integer" } as const;
const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 300);

/** Groups that make room for others, against a model that keeps lists of events and nothing else. */
describe("a group that was not touched for the longest time makes room", () => {
  test.each(["generated", "interpreted"] as const)("as in the model, over any window, key, layout and restart (%s)", (engine) => {
    fc.assert(
      fc.property(
        window(engine),
        key(),
        fc.integer({ min: 1, max: 4 }),
        fc.array(step(), { minLength: 1, maxLength: 50 }),
        (over, by, max, steps) => {
          const text =
            `SELECT ${by.select}, count(*) AS c, sum(size) AS s, max(size) AS m, count(distinct code) AS d ` +
            `FROM access${over.text} GROUP BY ${by.groupBy}`;
          const found = run(text, engine, max, steps);
          const model = new EvictionModel(over, max);
          let nowMs = 0;
          for (const { afterMs, records } of steps) {
            nowMs += afterMs;
            model.advanceTo(nowMs);
            for (const record of records) model.take(by.of(record), record, nowMs);
          }
          model.advanceTo(nowMs + 60_000);
          expect(found.rows).toEqual(model.rows());
          expect(found.evicted).toBe(model.evicted);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("and no count is ever below what is there, whatever holds the events", () => {
    const texts = [
      "SELECT irstream host, size, count(*) AS c FROM access.win:length(3) GROUP BY host",
      "SELECT irstream host, code, count(*) AS c FROM access.win:length_batch(3) GROUP BY rollup(host, code)",
      "SELECT irstream host, count(*) AS c, window(size) AS w FROM access.win:time(1 sec) GROUP BY host",
      "SELECT irstream host, count(*) AS c, last(size) AS l FROM access.win:time_batch(1 sec) GROUP BY host HAVING count(*) > 0",
      "SELECT host, count(*) AS c FROM access.std:groupwin(code).win:length_batch(2) GROUP BY host",
      "SELECT host, count(*) AS c FROM access.std:groupwin(host).leaky:bucket(1, 1 sec) GROUP BY host",
      "SELECT host, count(*) AS c FROM access.ext:sort(3, size desc) GROUP BY host",
      "SELECT count(*) AS c FROM access.std:groupwin(host).win:time_batch(1 sec)",
      "SELECT host, prev(1, size) AS p, count(*) AS c FROM access.std:groupwin(host).win:length(2)",
      "SELECT count(*) AS c FROM access.std:firstunique(host)",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.integer({ min: 1, max: 3 }),
        fc.array(step(), { minLength: 1, maxLength: 40 }),
        (text, max, steps) => {
          const { counts } = run(text, "interpreted", max, steps);
          expect(counts.filter((count) => count < 0)).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    );
  });
});

interface Step {
  readonly afterMs: number;
  readonly records: readonly ModelEvent[];
  readonly layout: Layout;
  readonly restart: boolean;
}

function step(): fc.Arbitrary<Step> {
  const record = fc.record({
    host: fc.constantFrom("a", "b", "c", "d", "e", null),
    tls: fc.constantFrom(true, false, null),
    size: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 40 }) }, fc.constantFrom(null, 9_007_199_254_740_993n, -5)),
    code: fc.constantFrom(200, 404, 500),
  });
  return fc.record({
    afterMs: fc.constantFrom(0, 0, 1, 400, 1000, 3000, 20_000),
    records: fc.array(record, { maxLength: 5 }),
    layout: fc.constantFrom(...LAYOUTS),
    restart: fc.boolean(),
  });
}

function window(engine: "generated" | "interpreted"): fc.Arbitrary<ModelWindow> {
  const windows: ModelWindow[] = [
    { text: "", kind: "none" },
    { text: ".win:time(2 sec)", kind: "time", ageMs: 2000 },
    { text: ".win:length(3)", kind: "length", length: 3 },
    { text: ".win:length(7)", kind: "length", length: 7 },
  ];
  // What holds whole batches opens groups only when it lets them go.
  const batches: ModelWindow[] = [
    { text: ".win:time_batch(2 sec)", kind: "time_batch", periodMs: 2000 },
    { text: ".win:length_batch(4)", kind: "length_batch", length: 4 },
  ];
  return fc.constantFrom(...windows, ...(engine === "generated" ? batches : []));
}

interface Key {
  readonly select: string;
  readonly groupBy: string;
  readonly of: (event: ModelEvent) => string;
}

function key(): fc.Arbitrary<Key> {
  return fc.constantFrom<Key>(
    { select: "host AS k", groupBy: "host", of: ({ host }) => String(host) },
    { select: "host AS k, tls AS t", groupBy: "host, tls", of: ({ host, tls }) => `${host} ${tls}` },
    { select: "coalesce(host, 'x') || 'y' AS k", groupBy: "coalesce(host, 'x') || 'y'", of: ({ host }) => `${host ?? "x"}y` },
    { select: "size % 3 AS k", groupBy: "size % 3", of: ({ size }) => String(size === null ? null : BigInt(size) % 3n) },
  );
}

interface Found {
  readonly rows: Readonly<Record<string, readonly string[]>>;
  readonly counts: readonly number[];
  readonly evicted: number;
}

function run(text: string, engine: "generated" | "interpreted", max: number, steps: readonly Step[]): Found {
  const schema = new Schema("access", FIELDS);
  const dictionary = new Dictionary();
  const rows: Record<string, string[]> = {};
  const counts: number[] = [];
  const open = (): Statement =>
    openStatement({
      name: "q",
      text,
      schemas: new Map([["access", schema]]),
      startMs: 0,
      engine,
      budget: { groups_max: max, events_max: 1000, when_full: "evict" },
      sink: ({ timeMs, rows: given, removed }) => {
        counts.push(...[...given, ...removed].map(({ c }) => Number(c)));
        (rows[timeMs] ??= []).push(...given.map(textOf));
      },
    });
  let statement = open();
  let nowMs = 0;
  for (const { afterMs, records, layout, restart } of steps) {
    nowMs += afterMs;
    const times = records.map(() => nowMs);
    if (records.length === 0) statement.advanceTo(nowMs);
    else {
      const { batch, end } = laidOut(batchOf(schema, records, times), layout, dictionary);
      statement.accept(batch);
      end();
    }
    if (layout === "dictionary" && restart) dictionary.sweep();
    if (!restart) continue;
    const fresh = open();
    expect(fresh.restore(statement.save())).toBe(true);
    expect(fresh.usage()).toEqual(statement.usage());
    statement.close();
    statement = fresh;
  }
  statement.advanceTo(nowMs + 60_000);
  expect(statement.usage().refused).toBe(0);
  for (const texts of Object.values(rows)) texts.sort();
  return { rows, counts, evicted: statement.usage().evicted };
}

function textOf(row: Row): string {
  return Object.values(row)
    .map((value) => String(value as string | number | bigint | boolean | null))
    .join(" ");
}
