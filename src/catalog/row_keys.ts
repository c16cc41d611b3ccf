import { createHash } from "node:crypto";
import { type Row, rowToJson } from "../event/index.ts";

/**
 * Names the rows of one query, so that a row that is made again after a crash is known as the same one: query, time, a hash of the
 * content, and its number among equal rows of the same instant. The order of unequal rows does not matter, for groups may be met in
 * another order after a restore.
 */
export class RowKeys {
  readonly #query: string;
  #timeMs = Number.NEGATIVE_INFINITY;
  #seen = new Map<string, number>();
  #beyond = 0;

  constructor(query: string) {
    this.#query = query;
  }

  /** The keys of `rows`, which the query gave at `timeMs`. Every row must be named, in order of time: equal ones are counted. */
  keysOf(timeMs: number, rows: readonly Row[]): string[] {
    if (timeMs !== this.#timeMs) {
      this.#timeMs = timeMs;
      this.#seen = new Map();
      this.#beyond = 0;
    }
    return rows.map((row) => `${this.#query}@${timeMs}:${this.#numbered(hashOf(row))}`);
  }

  save(): SavedRowKeys {
    return { timeMs: this.#timeMs, seen: new Map(this.#seen), beyond: this.#beyond };
  }

  restore(saved: SavedRowKeys): void {
    this.#timeMs = saved.timeMs;
    this.#seen = new Map(saved.seen);
    this.#beyond = saved.beyond;
  }

  #numbered(hash: string): string {
    const number = this.#seen.get(hash) ?? 0;
    if (number > 0 || this.#seen.size < INSTANT_ROWS_MAX) {
      this.#seen.set(hash, number + 1);
      return `${hash}.${number}`;
    }
    // Beyond the bound rows of the instant are numbered through: still the same on a second reading unless their order changes.
    return `${hash}+${this.#beyond++}`;
  }
}

export interface SavedRowKeys {
  readonly timeMs: number;
  readonly seen: ReadonlyMap<string, number>;
  readonly beyond: number;
}

/** 128 bits: two unequal rows of one instant with one key would lose an action. */
function hashOf(row: Row): string {
  return createHash("sha256").update(rowToJson(row)).digest("base64url").slice(0, 22);
}

/** Unequal rows of one query at one instant whose equal ones are counted apart. */
const INSTANT_ROWS_MAX = 100_000;
