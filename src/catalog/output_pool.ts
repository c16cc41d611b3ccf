import type { Row, Value } from "../event/index.ts";
import { Counter } from "../kit/index.ts";

/** How many undelivered rows of one query are kept for `fetch`, and about how many bytes of memory they may take. 0 rows keeps none. */
export interface PoolBounds {
  readonly pool_rows_max: number;
  readonly pool_bytes_max: number;
}

/** Enough for a client that comes by every minute; small beside the state of the queries. */
export const DEFAULT_POOL_BOUNDS: PoolBounds = { pool_rows_max: 10_000, pool_bytes_max: 16 * 1024 * 1024 };

/** A row that waits to be fetched. */
export interface PooledRow {
  /** End of the window, or the time of the event: epoch ms. */
  readonly timeMs: number;
  readonly row: Row;
}

/** The rows of one query that nobody has fetched yet. When it is full the oldest go first: who fetches wants to know what is. */
export class OutputPool {
  readonly #bounds: PoolBounds;
  readonly #dropped: Counter;
  #entries: PooledRow[] = [];
  #sizes: number[] = [];
  /** What is before this place is gone. The arrays are packed once half of them is. */
  #first = 0;
  #bytes = 0;
  #version = 0;

  constructor(bounds: PoolBounds, dropped: Counter = new Counter()) {
    this.#bounds = bounds;
    this.#dropped = dropped;
  }

  get rows(): number {
    return this.#entries.length - this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get dropped(): number {
    return this.#dropped.value;
  }

  /** Moves whenever what is in it changes. */
  get version(): number {
    return this.#version;
  }

  add(timeMs: number, rows: readonly Row[]): void {
    if (this.#bounds.pool_rows_max === 0 || rows.length === 0) return;
    this.#version++;
    for (const row of rows) {
      const bytes = bytesOf(row);
      this.#entries.push({ timeMs, row });
      this.#sizes.push(bytes);
      this.#bytes += bytes;
      while (this.rows > this.#bounds.pool_rows_max || this.#bytes > this.#bounds.pool_bytes_max) this.#dropFirst();
    }
    if (this.#first > this.#entries.length / 2) this.#pack();
  }

  /** The rows in the order they came, which stay. */
  see(): PooledRow[] {
    return this.#entries.slice(this.#first);
  }

  /** The rows in the order they came, which are then no longer here. */
  fetch(): PooledRow[] {
    const rows = this.see();
    if (rows.length > 0) this.clear();
    return rows;
  }

  clear(): void {
    this.#version++;
    this.#entries = [];
    this.#sizes = [];
    this.#first = 0;
    this.#bytes = 0;
  }

  #dropFirst(): void {
    this.#bytes -= this.#sizes[this.#first]!;
    this.#first++;
    this.#dropped.add();
    // A single row larger than the whole pool leaves it empty.
    if (this.#first > PACK_MIN && this.#first > this.#entries.length / 2) this.#pack();
  }

  #pack(): void {
    this.#entries = this.#entries.slice(this.#first);
    this.#sizes = this.#sizes.slice(this.#first);
    this.#first = 0;
  }
}

/** About how much memory a value takes: what V8 spends on an object, a property and two bytes a character. */
function bytesOf(value: Value): number {
  if (typeof value === "string") return 24 + 2 * value.length;
  if (typeof value === "bigint") return 24;
  if (value === null || typeof value !== "object") return 8;
  if (value instanceof Date) return 48;
  let bytes = 48;
  for (const item of Object.values(value)) bytes += 8 + bytesOf(item);
  return bytes;
}

const PACK_MIN = 1024;
