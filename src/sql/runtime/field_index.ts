import { type Batch, type Column, Dictionary, type TextColumn, type Value, valueAt } from "../../event/index.ts";
import type { FieldCondition } from "../plan/field_condition.ts";
import { generated } from "../generate/evaluation.ts";
import type { StatementEvent } from "../vocabulary.ts";

/** Rows of a batch that are for one statement. */
export interface Selection {
  rows: Int32Array;
  count: number;
}

/**
 * Conditions of many statements over one field, asked together: which of them hold is worked out once for a value, and looked up
 * when the value comes again. Strings are known by their codes; numbers by the interval, between the bounds of all conditions, they are in.
 */
export class FieldIndex {
  readonly #slot: number;
  /** In order of addition; undefined for one that was taken out. */
  readonly #entries: (Entry | undefined)[] = [];
  /** The places among the entries of those that want one of some values, by value. */
  readonly #byValue = new Map<Value, number[]>();
  /** Of those that want texts that begin in some way: by that beginning; and how long the beginnings are. */
  readonly #byPrefix = new Map<Value, number[]>();
  readonly #prefixLengths = new Set<number>();
  /** The places of all the rest. */
  readonly #others: number[] = [];
  #live = 0;
  readonly #memos = new Map<Dictionary, Memo>();
  readonly #release: (() => void)[] = [];
  /** For a column of plain texts. */
  readonly #own = new Dictionary();
  #bounds = new Float64Array(0);
  #cells = new Memo();
  readonly #nulls = new Memo();
  readonly #lists = new Map<string, Int32Array>();
  readonly #values: Value[];
  readonly #scope: { readonly events: readonly StatementEvent[]; readonly aggregates: []; readonly key: []; readonly nowMs: 0 };

  constructor(slot: number) {
    this.#slot = slot;
    this.#values = Array.from({ length: slot + 1 }, () => null);
    this.#scope = { events: [{ values: this.#values, timeMs: 0 }], aggregates: [], key: [], nowMs: 0 };
  }

  /** Statements whose conditions stand here. */
  get size(): number {
    return this.#live;
  }

  add(selection: Selection, condition: FieldCondition): void {
    const evaluate = generated(condition.expression);
    const place = this.#entries.push({ selection, test: () => evaluate(this.#scope) === true }) - 1;
    this.#live++;
    const { oneOf, prefix } = condition;
    if (oneOf !== undefined) for (const value of new Set(oneOf)) listAt(this.#byValue, value).push(place);
    else if (prefix === "") this.#others.push(place);
    else {
      listAt(this.#byPrefix, prefix).push(place);
      this.#prefixLengths.add(prefix.length);
    }
    this.#split(condition.bounds);
  }

  /** Where most of the entries are gone, it is for the owner to make an index anew. */
  delete(selection: Selection): void {
    const place = this.#entries.findIndex((entry) => entry?.selection === selection);
    if (place === -1) return;
    this.#entries[place] = undefined;
    this.#live--;
  }

  /** Whether more of what it goes through is gone than is left. */
  get isSparse(): boolean {
    return this.#entries.length > 2 * this.#live + SPARE_ENTRIES;
  }

  close(): void {
    for (const release of this.#release) release();
  }

  /** Adds the rows of a batch to the selections of those whose conditions hold; those that get their first row are added to `selected`. */
  select(batch: Batch, selected: Selection[]): void {
    const column = batch.columns[this.#slot];
    if (column?.kind === "dictionary") this.#selectByCode(column.codes, column.dictionary, batch.size, selected);
    else if (column?.kind === "text") this.#selectByText(column, batch.size, selected);
    else if (column?.kind === "integer" || column?.kind === "float") this.#selectByNumber(column, batch.size, selected);
    else for (let row = 0; row < batch.size; row++) this.#take(this.#whereNull(), row, selected);
  }

  #selectByCode(codes: Int32Array, dictionary: Dictionary, size: number, selected: Selection[]): void {
    const memo = this.#memoOf(dictionary);
    const { length } = this.#entries;
    for (let row = 0; row < size; row++) {
      const code = codes[row]!;
      const places =
        code < 0 ? this.#whereNull() : memo.seen(code) === length ? memo.places(code) : this.#refreshed(memo, code, dictionary.text(code));
      if (places.length > 0) this.#take(places, row, selected);
    }
  }

  #selectByText(column: TextColumn, size: number, selected: Selection[]): void {
    if (this.#own.wantsSweep) this.#own.sweep();
    const memo = this.#memoOf(this.#own);
    const { length } = this.#entries;
    for (let row = 0; row < size; row++) {
      const text = column.text(row);
      if (text === null) this.#take(this.#whereNull(), row, selected);
      else {
        const code = this.#own.codeOf(text);
        const places = memo.seen(code) === length ? memo.places(code) : this.#refreshed(memo, code, text);
        if (places.length > 0) this.#take(places, row, selected);
      }
    }
  }

  #selectByNumber(column: Extract<Column, { kind: "integer" | "float" }>, size: number, selected: Selection[]): void {
    const { values } = column;
    const nulls = column.kind === "float" ? column.nulls : undefined;
    const hasWide = column.kind === "integer" && column.wide !== undefined && column.wide.size > 0;
    const cells = this.#cells;
    const { length } = this.#entries;
    for (let row = 0; row < size; row++) {
      let value = values[row]!;
      if (hasWide) {
        // A long beyond 2^53 lies where its rounded value lies, or at a bound that it is rounded to: both are asked about it itself.
        const exact = valueAt(column, row);
        if (typeof exact === "bigint") {
          this.#take(this.#holding(exact, 0), row, selected);
          continue;
        }
      }
      if (nulls?.[row] === 1 || (column.kind === "integer" && Number.isNaN(value))) {
        this.#take(this.#whereNull(), row, selected);
        continue;
      }
      // A float may be NaN, which compares with nothing.
      if (Number.isNaN(value)) {
        this.#take(this.#holding(value, 0), row, selected);
        continue;
      }
      if (value === 0) value = 0;
      const cell = this.#cellOf(value);
      const places = cells.seen(cell) === length ? cells.places(cell) : this.#refreshed(cells, cell, value);
      if (places.length > 0) this.#take(places, row, selected);
    }
  }

  /** The intervals between the bounds, and the bounds themselves, in order: 0 is below the first bound, 1 at it, 2 above it, and so on. */
  #cellOf(value: number): number {
    const bounds = this.#bounds;
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (bounds[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return bounds[low] === value ? 2 * low + 1 : 2 * low;
  }

  /** New bounds part intervals in two; what held in the whole holds in both. */
  #split(bounds: readonly number[]): void {
    const before = this.#bounds;
    const all = Float64Array.from(new Set([...before, ...bounds.map((bound) => (bound === 0 ? 0 : bound))])).toSorted();
    if (all.length === before.length) return;
    const cells = new Memo();
    for (let cell = 0; cell <= 2 * all.length; cell++) {
      const bound = all[cell >> 1];
      // A cell between bounds is known by any number in it; by the bound it ends at, if that is no bound yet, or by the cell that ends there.
      const inside = (cell & 1) === 1 ? this.#cellOf(bound!) : this.#cellBelow(bound);
      cells.set(cell, this.#cells.places(inside), this.#cells.seen(inside));
    }
    this.#bounds = all;
    this.#cells = cells;
  }

  /** The cell of the numbers right below `bound`; of the largest ones for none. */
  #cellBelow(bound: number | undefined): number {
    if (bound === undefined) return 2 * this.#bounds.length;
    const cell = this.#cellOf(bound);
    return (cell & 1) === 1 ? cell - 1 : cell;
  }

  #whereNull(): Int32Array {
    return this.#nulls.seen(0) === this.#entries.length ? this.#nulls.places(0) : this.#refreshed(this.#nulls, 0, null);
  }

  #refreshed(memo: Memo, key: number, value: Value): Int32Array {
    const added = this.#holding(value, memo.seen(key));
    const known = memo.places(key);
    const places = added.length === 0 ? known : known.length === 0 ? added : this.#interned([...known, ...added]);
    memo.set(key, places, this.#entries.length);
    return places;
  }

  /** The places, from `from` on, of the conditions that hold for a value. */
  #holding(value: Value, from: number): Int32Array {
    this.#values[this.#slot] = value;
    // Whether a value is one of some is asked by its number: at worst a statement is handed a row that it then refuses.
    const places = (this.#byValue.get(typeof value === "bigint" ? Number(value) : value) ?? []).filter((place) => place >= from);
    const ask = (place: number): void => {
      if (place >= from && this.#entries[place]?.test() === true) places.push(place);
    };
    if (typeof value === "string")
      for (const length of this.#prefixLengths) if (length <= value.length) this.#byPrefix.get(value.slice(0, length))?.forEach(ask);
    this.#others.forEach(ask);
    return this.#interned(places);
  }

  /** The same list for the same places: there are few, and many values. */
  #interned(places: readonly number[]): Int32Array {
    if (places.length === 0) return NO_PLACES;
    const identity = places.join();
    let list = this.#lists.get(identity);
    if (list === undefined) {
      if (this.#lists.size >= LISTS_MAX) this.#lists.clear();
      this.#lists.set(identity, (list = Int32Array.from(places)));
    }
    return list;
  }

  #take(places: Int32Array, row: number, selected: Selection[]): void {
    for (let at = 0; at < places.length; at++) {
      const selection = this.#entries[places[at]!]?.selection;
      if (selection === undefined) continue;
      if (selection.count === 0) selected.push(selection);
      if (selection.count === selection.rows.length) selection.rows = enlarged(selection.rows);
      selection.rows[selection.count++] = row;
    }
  }

  #memoOf(dictionary: Dictionary): Memo {
    let memo = this.#memos.get(dictionary);
    if (memo === undefined) {
      const known = new Memo();
      this.#release.push(dictionary.hold({ markCodes: () => undefined, forgetCodes: (marks) => known.forget(marks) }));
      this.#memos.set(dictionary, (memo = known));
    }
    return memo;
  }
}

interface Entry {
  readonly selection: Selection;
  readonly test: () => boolean;
}

/** The places of the conditions that hold, by code or cell, and how many of all conditions had been asked. */
class Memo {
  #places: Int32Array[] = [];
  #seen: Int32Array = new Int32Array(0);

  seen(key: number): number {
    return key < this.#seen.length ? this.#seen[key]! : 0;
  }

  places(key: number): Int32Array {
    return this.seen(key) === 0 ? NO_PLACES : this.#places[key]!;
  }

  set(key: number, places: Int32Array, seen: number): void {
    if (key >= this.#seen.length) {
      this.#seen = enlarged(this.#seen, key + 1);
      while (this.#places.length < this.#seen.length) this.#places.push(NO_PLACES);
    }
    this.#places[key] = places;
    this.#seen[key] = seen;
  }

  /** Codes that are not marked may stand for other strings from now on. */
  forget(marks: Uint8Array): void {
    for (let code = 0; code < this.#seen.length; code++) if (marks[code] !== 1) this.set(code, NO_PLACES, 0);
  }
}

function listAt(lists: Map<Value, number[]>, value: Value): number[] {
  let list = lists.get(value);
  if (list === undefined) lists.set(value, (list = []));
  return list;
}

function enlarged(array: Int32Array, length = 0): Int32Array {
  const larger = new Int32Array(Math.max(length, array.length * 2, ROWS_MIN));
  larger.set(array);
  return larger;
}

const NO_PLACES = new Int32Array(0);
const ROWS_MIN = 16;
const SPARE_ENTRIES = 64;
const LISTS_MAX = 4096;
