import { type Row, rowToJson } from "../../event/index.ts";
import type { Counter, Counters } from "../../kit/index.ts";

/** Rows that one query gave at one instant. */
export interface PublishedRows {
  readonly query: string;
  readonly group: string | undefined;
  readonly timeMs: number;
  readonly rows: readonly Row[];
}

/** A row with its number. Numbers grow by one from row to row over all queries, and go on from a higher one after a restart. */
export interface NumberedRow {
  readonly number: number;
  readonly query: string;
  readonly group: string | undefined;
  /** The row as a message: `{"number":7,"query":"q","group":null,"time_ms":0,"row":{}}`. */
  readonly json: string;
}

export interface RowLogBounds {
  /** Rows kept for each query. */
  readonly rows_max: number;
  /** Length of all rows that are kept, as JSON. */
  readonly chars_max: number;
}

/** Enough for a client that was away for a moment; who wants every row fetches them. */
const DEFAULT_ROW_LOG_BOUNDS: RowLogBounds = { rows_max: 1000, chars_max: 32 * 1024 * 1024 };

/** Which rows somebody wants to be told of. */
export type RowFilter = { readonly query: string } | { readonly group: string | undefined };

/** The latest rows of every query, for who listens: those that come, and first those that came since the last one they know. */
export class RowLog {
  readonly #bounds: RowLogBounds;
  readonly #dropped: Counter;
  readonly #kept = new Map<string, { rows: NumberedRow[]; lostUpTo: number }>();
  /** The queries of the rows that are kept, in order of their numbers. */
  #order: { readonly query: string; readonly number: number }[] = [];
  readonly #listeners = new Set<{ readonly filter: RowFilter; readonly take: (row: NumberedRow) => void }>();
  readonly #firstNumber: number;
  #number: number;
  #chars = 0;

  /** `startedMs` is the wall clock at the start: the numbers begin beyond all that were given before. */
  constructor({ startedMs, counters, bounds = DEFAULT_ROW_LOG_BOUNDS }: { startedMs: number; counters: Counters; bounds?: RowLogBounds }) {
    this.#bounds = bounds;
    this.#dropped = counters.counter(
      "stream_rows_dropped",
      "Rows that can no longer be had by who resumes a stream, because newer ones took their place.",
    );
    this.#firstNumber = startedMs * NUMBERS_PER_MS;
    this.#number = this.#firstNumber;
  }

  /** The number of the latest row. */
  get number(): number {
    return this.#number;
  }

  publish({ query, group, timeMs, rows }: PublishedRows): void {
    for (const row of rows) {
      const number = ++this.#number;
      const head = `{"number":${number},"query":${JSON.stringify(query)},"group":${JSON.stringify(group ?? null)},"time_ms":${timeMs}`;
      const numbered: NumberedRow = { number, query, group, json: `${head},"row":${rowToJson(row)}}` };
      this.#keep(numbered);
      for (const { filter, take } of this.#listeners) if (fits(filter, numbered)) take(numbered);
    }
  }

  /**
   * Tells `take` of every row from here on, and first of those after the number `after`. Returns whether rows after it are lost, because
   * they are no longer kept or came before a restart, and how to be told no more.
   */
  follow(
    filter: RowFilter,
    after: number | undefined,
    take: (row: NumberedRow) => void,
  ): { readonly hasGap: boolean; readonly stop: () => void } {
    const listener = { filter, take };
    const missed = after === undefined ? [] : this.#since(filter, after);
    const hasGap = after !== undefined && this.#hasLost(filter, after);
    for (const row of missed) take(row);
    this.#listeners.add(listener);
    return { hasGap, stop: () => void this.#listeners.delete(listener) };
  }

  #since(filter: RowFilter, after: number): NumberedRow[] {
    const rows = this.#of(filter).flatMap((kept) => kept.rows.filter((row) => row.number > after && fits(filter, row)));
    return rows.toSorted((left, right) => left.number - right.number);
  }

  #hasLost(filter: RowFilter, after: number): boolean {
    return after < this.#firstNumber || after > this.#number || this.#of(filter).some(({ lostUpTo }) => lostUpTo > after);
  }

  #of(filter: RowFilter): { rows: NumberedRow[]; lostUpTo: number }[] {
    if ("group" in filter) return [...this.#kept.values()];
    const kept = this.#kept.get(filter.query);
    return kept === undefined ? [] : [kept];
  }

  #keep(row: NumberedRow): void {
    let kept = this.#kept.get(row.query);
    if (kept === undefined) this.#kept.set(row.query, (kept = { rows: [], lostUpTo: 0 }));
    kept.rows.push(row);
    this.#order.push({ query: row.query, number: row.number });
    this.#chars += row.json.length;
    if (kept.rows.length > this.#bounds.rows_max) this.#drop(row.query);
    let first = 0;
    while (this.#chars > this.#bounds.chars_max && first < this.#order.length) {
      const { query, number } = this.#order[first++]!;
      // What its query dropped by itself still stands in the order.
      if (this.#kept.get(query)?.rows[0]?.number === number) this.#drop(query);
    }
    if (first > 0) this.#order = this.#order.slice(first);
    if (this.#order.length > ORDER_PACK_MIN && this.#order.length > 2 * this.#size()) this.#pack();
  }

  #drop(query: string): void {
    const kept = this.#kept.get(query);
    const row = kept?.rows.shift();
    if (kept === undefined || row === undefined) return;
    kept.lostUpTo = row.number;
    this.#chars -= row.json.length;
    this.#dropped.add();
  }

  #size(): number {
    let size = 0;
    for (const { rows } of this.#kept.values()) size += rows.length;
    return size;
  }

  #pack(): void {
    const firsts = new Map([...this.#kept].map(([query, { rows }]) => [query, rows[0]?.number ?? Number.POSITIVE_INFINITY]));
    this.#order = this.#order.filter(({ query, number }) => number >= (firsts.get(query) ?? Number.POSITIVE_INFINITY));
  }
}

function fits(filter: RowFilter, row: NumberedRow): boolean {
  return "query" in filter ? filter.query === row.query : filter.group === row.group;
}

/** More than a daemon gives in the long run, and few enough that numbers stay below 2^53 until the year 2248. */
const NUMBERS_PER_MS = 1024;
const ORDER_PACK_MIN = 4096;
