import fc from "fast-check";
import { type Batch, type Column, type Dictionary, type Value } from "../../src/event/index.ts";
import type { Delivery } from "../../src/sql/statement.ts";
import { type LentBatch, textsInBytes } from "./texts_in_bytes.ts";

// Random queries and events for the property tests of the engines.

export const FIELDS = { host: "string", code: "integer", size: "integer", rt: "float", tls: "boolean" } as const;

/** How string fields are laid out: texts that are there, texts that stand in bytes, or codes. */
export type Layout = "text" | "bytes" | "dictionary";
export const LAYOUTS: readonly Layout[] = ["text", "bytes", "dictionary"];

export interface Step {
  readonly target: string;
  readonly afterMs: number;
  readonly records: readonly Readonly<Record<string, Value>>[];
  readonly layout: Layout;
  readonly restart: boolean;
}

export function step(targets: readonly string[] = ["access"]): fc.Arbitrary<Step> {
  const record = fc.record({
    host: fc.constantFrom("a", "b", "c", "dd", null),
    code: fc.constantFrom(200, 200, 404, 500, null),
    size: fc.oneof(
      { arbitrary: fc.integer({ min: 0, max: 40 }), weight: 8 },
      fc.constantFrom(null, 9_007_199_254_740_991, 9_223_372_036_854_775_807n, -5),
    ),
    rt: fc.oneof(
      fc.integer({ min: 0, max: 64 }).map((eighths) => eighths / 8),
      fc.constant(null),
    ),
    tls: fc.constantFrom(true, false, null),
  });
  return fc.record({
    target: fc.constantFrom(...targets),
    afterMs: fc.constantFrom(0, 0, 1, 400, 1000, 3000, 20_000),
    records: fc.array(record, { maxLength: 4 }),
    layout: fc.constantFrom(...LAYOUTS),
    restart: fc.boolean(),
  });
}

/** A query, several queries that differ in what they select of the same groups, and a join of two targets. */
export const { query, related } = queries();
export const join = joins();

function queries(): { query: fc.Arbitrary<string>; related: fc.Arbitrary<string[]> } {
  const number = fc.constantFrom("size", "code", "rt", "size + 1", "size * 3 - code", "rt * 2", "size % 7", "coalesce(size, 0L)", "-size");
  const condition = fc.constantFrom(
    "code >= 400",
    "tls",
    "not tls",
    "size > rt",
    "host = 'a'",
    "host != 'b' and size < 30",
    "code in (200, null)",
    "size is null",
    "tls or size > 10",
    "not (tls and code = 200)",
    "size between 5 and 20",
    "code not in [200:404)",
    "host like '%d' or rt is not null",
    "case when tls then size > 20 else size <= 20 end",
    "host || 'x' = 'ax'",
    "coalesce(host, 'a') = 'a'",
    "cast(size, string) like '1%'",
  );
  const aggregate = fc.oneof(
    fc.constantFrom("count(*)", "count(size)", "count(distinct host)", "sum(distinct size)", "min(host)"),
    fc.constantFrom("percentile(size, 90)", "percentile(rt, 50, tls)", "approx_count_distinct(host)", "approx_count_distinct(size, tls)"),
    fc.constantFrom("top_k(host, 2)", "top_k(size, 1, tls)"),
    fc.tuple(fc.constantFrom("sum", "avg", "min", "max", "count"), number).map(([name, argument]) => `${name}(${argument})`),
    fc
      .tuple(fc.constantFrom("sum", "avg", "count"), number, condition)
      .map(([name, argument, filter]) => `${name}(${argument}, ${filter})`),
    condition.map((filter) => `count(*, ${filter})`),
  );
  const window = fc.constantFrom(
    "",
    ".win:time(3 sec)",
    ".win:time_batch(2 sec)",
    ".win:time_batch(3 sec, 0L)",
    ".win:time_batch(2 sec, 'FORCE_UPDATE, START_EAGER')",
    ".win:length(3)",
    ".win:length_batch(4)",
    ".win:ext_timed(code, 100 msec)",
    ".win:ext_timed_batch(code, 150 msec, 0L)",
  );
  const filter = fc.option(condition, { nil: undefined }).map((text) => (text === undefined ? "" : `(${text})`));
  const where = fc.option(condition, { nil: undefined }).map((text) => (text === undefined ? "" : ` WHERE ${text}`));
  const keys = fc.constantFrom<readonly string[]>([], ["host"], ["code"], ["host", "tls"], ["size % 3", "host", "code"], ["host || 'k'"]);
  const having = fc.option(fc.tuple(aggregate, fc.constantFrom("> 1", "= 2", "is null", "<= 3")), { nil: undefined });
  const base = fc.record({ keys, window, filter, where });
  const selected = fc.record({ aggregates: fc.array(aggregate, { minLength: 1, maxLength: 4 }), having });
  const grouped = (over: Base, { aggregates, having: test }: Selected): string => {
    const items = [...over.keys.map((key, at) => `${key} AS k${at}`), ...aggregates.map((text, at) => `${text} AS a${at}`)];
    const groupBy = over.keys.length === 0 ? "" : ` GROUP BY ${over.keys.join(", ")}`;
    const havingClause = test === undefined || /^(?:min.host|top_k)/.test(test[0]) ? "" : ` HAVING ${test.join(" ")}`;
    return `SELECT ${items.join(", ")} FROM access${over.filter}${over.window}${over.where}${groupBy}${havingClause}`;
  };
  const plain = fc
    .record({ items: fc.array(fc.oneof(number, condition), { minLength: 1, maxLength: 4 }), window, filter, where })
    .map(
      (parts) =>
        `SELECT ${parts.items.map((text, at) => `${text} AS c${at}`).join(", ")} FROM access${parts.filter}${parts.window}${parts.where}`,
    );
  const several = fc
    .tuple(base, fc.array(selected, { minLength: 2, maxLength: 4 }))
    .map(([over, all]) => all.map((one) => grouped(over, one)));
  return {
    query: fc.oneof({ arbitrary: fc.tuple(base, selected).map(([over, one]) => grouped(over, one)), weight: 4 }, plain),
    related: several,
  };
}

function joins(): fc.Arbitrary<string> {
  const window = fc.constantFrom("win:time(3 sec)", "win:time(500 msec)", "win:length(1)", "win:length(3)", "win:keepall()");
  const filter = fc.constantFrom("", "(code >= 400)", "(host != 'b')", "(tls)");
  const condition = fc.constantFrom(
    "a.host = b.host",
    "a.size = b.size",
    "a.tls = b.tls",
    "a.code < b.code",
    "a.rt = b.rt",
    "b.host = a.host",
  );
  const item = fc.constantFrom("a.host", "b.host", "a.size", "b.size + a.code", "a.rt", "b.tls", "coalesce(a.size, b.size)");
  return fc
    .record({
      windows: fc.tuple(window, window),
      filters: fc.tuple(filter, filter),
      conditions: fc.array(condition, { minLength: 1, maxLength: 3 }),
      items: fc.array(item, { minLength: 1, maxLength: 4 }),
      on: fc.boolean(),
    })
    .map(({ windows, filters, conditions, items, on }) => {
      const select = items.map((text, at) => `${text} AS c${at}`).join(", ");
      const [left, right] = [`access${filters[0]}.${windows[0]} AS a`, `login${filters[1]}.${windows[1]} AS b`];
      return on
        ? `SELECT ${select} FROM ${left} INNER JOIN ${right} ON a.host = b.host WHERE ${conditions.join(" AND ")}`
        : `SELECT ${select} FROM ${left}, ${right} WHERE ${conditions.join(" AND ")}`;
    });
}

interface Base {
  readonly keys: readonly string[];
  readonly window: string;
  readonly filter: string;
  readonly where: string;
}

interface Selected {
  readonly aggregates: readonly string[];
  readonly having: readonly [string, string] | undefined;
}

export function laidOut(batch: Batch, layout: Layout, dictionary: Dictionary): LentBatch {
  if (layout === "bytes") return textsInBytes(batch);
  return { batch: layout === "text" ? batch : inCodes(batch, dictionary), end: () => {} };
}

function inCodes(batch: Batch, dictionary: Dictionary): Batch {
  const columns = batch.columns.map((column): Column | undefined => {
    if (column?.kind !== "text") return column;
    const codes = Int32Array.from({ length: batch.size }, (_, row) => {
      const text = column.text(row);
      return text === null ? -1 : dictionary.codeOf(text);
    });
    return { kind: "dictionary", codes, dictionary };
  });
  return { ...batch, columns };
}

/** The rows of each instant as text, sorted: the order of groups is nobody's promise. */
export function byInstant(deliveries: readonly Delivery[]): Record<string, string[]> {
  const instants: Record<string, string[]> = {};
  for (const { timeMs, endMs, rows } of deliveries) {
    const texts = rows.map((row) =>
      JSON.stringify(Object.entries(row), (_key, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)),
    );
    (instants[`${timeMs} ${endMs}`] ??= []).push(...texts);
  }
  for (const texts of Object.values(instants)) texts.sort();
  return instants;
}
