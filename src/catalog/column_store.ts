import {
  type BooleanColumn,
  type CodeHolder,
  type Column,
  type Dictionary,
  type DictionaryColumn,
  type FloatColumn,
  type IntegerColumn,
  TextArray,
  type TextColumn,
  type Value,
  type ValueColumn,
} from "../event/index.ts";

/**
 * Values of one column that outlive their batch: each in a slot. What comes out is a column again, made over at every `gather`.
 * A store takes only columns of the kind, and of the dictionary, that it was opened for.
 */
export interface ColumnStore {
  /** True if `column` is of the shape this store was opened for. */
  fits(column: Column | undefined): boolean;
  /** Copies `rows[i]` of `column` into `slots[i]`, for the first `count`. */
  put(column: Column, rows: Int32Array, slots: Int32Array, count: number): void;
  /** The values of the first `count` of `slots`, in that order. */
  gather(slots: Int32Array, count: number): Column;
  /** Forgets what the first `count` of `slots` hold, so that nothing is kept alive by a free slot. */
  clear(slots: Int32Array, count: number): void;
  grow(capacity: number): void;
  close(): void;
}

/** A store for columns of the shape of `column`, with room for `capacity` rows. */
export function openColumnStore(column: Column, capacity: number): ColumnStore {
  switch (column.kind) {
    case "dictionary":
      return new DictionaryStore(column.dictionary, capacity);
    case "text":
      return new TextStore(capacity);
    case "integer":
      return new IntegerStore(capacity);
    case "float":
      return new FloatStore(capacity);
    case "boolean":
      return new BooleanStore(capacity);
    case "value":
      return new ValueStore(capacity);
  }
}

/** Holds codes, not strings, and tells the dictionary which: a code that is held must not be given to another string. */
class DictionaryStore implements ColumnStore, CodeHolder {
  readonly #dictionary: Dictionary;
  readonly #release: () => void;
  #codes: Int32Array;
  #out = new Int32Array(0);

  constructor(dictionary: Dictionary, capacity: number) {
    this.#dictionary = dictionary;
    this.#codes = new Int32Array(capacity).fill(-1);
    this.#release = dictionary.hold(this);
  }

  fits(column: Column | undefined): boolean {
    return column?.kind === "dictionary" && column.dictionary === this.#dictionary;
  }

  put(column: DictionaryColumn, rows: Int32Array, slots: Int32Array, count: number): void {
    for (let at = 0; at < count; at++) this.#codes[slots[at]!] = column.codes[rows[at]!]!;
  }

  gather(slots: Int32Array, count: number): Column {
    if (this.#out.length < count) this.#out = new Int32Array(slots.length);
    for (let at = 0; at < count; at++) this.#out[at] = this.#codes[slots[at]!]!;
    return { kind: "dictionary", codes: this.#out, dictionary: this.#dictionary };
  }

  clear(slots: Int32Array, count: number): void {
    for (let at = 0; at < count; at++) this.#codes[slots[at]!] = -1;
  }

  grow(capacity: number): void {
    const codes = new Int32Array(capacity).fill(-1);
    codes.set(this.#codes);
    this.#codes = codes;
  }

  close(): void {
    this.#release();
  }

  markCodes(marks: Uint8Array): void {
    for (const code of this.#codes) if (code >= 0) marks[code] = 1;
  }

  forgetCodes(): void {
    // Every code it holds it has marked.
  }
}

/** Strings, or nested values: references into the heap. */
class ReferenceStore<Kind extends "text" | "value", Item extends Value> {
  readonly #kind: Kind;
  protected items: (Item | null)[] = [];
  #out: (Item | null)[] = [];

  constructor(kind: Kind, capacity: number) {
    this.#kind = kind;
    this.grow(capacity);
  }

  fits(column: Column | undefined): boolean {
    return column?.kind === this.#kind;
  }

  gathered(slots: Int32Array, count: number): (Item | null)[] {
    this.#out.length = count;
    for (let at = 0; at < count; at++) this.#out[at] = this.items[slots[at]!] ?? null;
    return this.#out;
  }

  clear(slots: Int32Array, count: number): void {
    for (let at = 0; at < count; at++) this.items[slots[at]!] = null;
  }

  grow(capacity: number): void {
    while (this.items.length < capacity) this.items.push(null);
  }

  close(): void {
    this.items = [];
    this.#out = [];
  }
}

class TextStore extends ReferenceStore<"text", string> implements ColumnStore {
  constructor(capacity: number) {
    super("text", capacity);
  }

  put(column: TextColumn, rows: Int32Array, slots: Int32Array, count: number): void {
    for (let at = 0; at < count; at++) this.items[slots[at]!] = column.text(rows[at]!);
  }

  gather(slots: Int32Array, count: number): Column {
    return new TextArray(this.gathered(slots, count));
  }
}

class ValueStore extends ReferenceStore<"value", Value> implements ColumnStore {
  constructor(capacity: number) {
    super("value", capacity);
  }

  put(column: ValueColumn, rows: Int32Array, slots: Int32Array, count: number): void {
    for (let at = 0; at < count; at++) this.items[slots[at]!] = column.values[rows[at]!] ?? null;
  }

  gather(slots: Int32Array, count: number): Column {
    return { kind: "value", values: this.gathered(slots, count) };
  }
}

class IntegerStore implements ColumnStore {
  #values: Float64Array;
  readonly #wide = new Map<number, bigint>();
  #out = new Float64Array(0);

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
  }

  fits(column: Column | undefined): boolean {
    return column?.kind === "integer";
  }

  put(column: IntegerColumn, rows: Int32Array, slots: Int32Array, count: number): void {
    for (let at = 0; at < count; at++) {
      const row = rows[at]!;
      const slot = slots[at]!;
      this.#values[slot] = column.values[row]!;
      const wide = column.wide?.get(row);
      if (wide !== undefined) this.#wide.set(slot, wide);
    }
  }

  gather(slots: Int32Array, count: number): Column {
    if (this.#out.length < count) this.#out = new Float64Array(slots.length);
    for (let at = 0; at < count; at++) this.#out[at] = this.#values[slots[at]!]!;
    if (this.#wide.size === 0) return { kind: "integer", values: this.#out, wide: undefined };
    const wide = new Map<number, bigint>();
    for (let at = 0; at < count; at++) {
      const value = this.#wide.get(slots[at]!);
      if (value !== undefined) wide.set(at, value);
    }
    return { kind: "integer", values: this.#out, wide };
  }

  clear(slots: Int32Array, count: number): void {
    if (this.#wide.size === 0) return;
    for (let at = 0; at < count; at++) this.#wide.delete(slots[at]!);
  }

  grow(capacity: number): void {
    const values = new Float64Array(capacity);
    values.set(this.#values);
    this.#values = values;
  }

  close(): void {
    this.#wide.clear();
  }
}

class FloatStore implements ColumnStore {
  #values: Float64Array;
  #nulls: Uint8Array;
  #out = new Float64Array(0);
  #outNulls = new Uint8Array(0);

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
    this.#nulls = new Uint8Array(capacity);
  }

  fits(column: Column | undefined): boolean {
    return column?.kind === "float";
  }

  put(column: FloatColumn, rows: Int32Array, slots: Int32Array, count: number): void {
    for (let at = 0; at < count; at++) {
      this.#values[slots[at]!] = column.values[rows[at]!]!;
      this.#nulls[slots[at]!] = column.nulls?.[rows[at]!] ?? 0;
    }
  }

  gather(slots: Int32Array, count: number): Column {
    if (this.#out.length < count) {
      this.#out = new Float64Array(slots.length);
      this.#outNulls = new Uint8Array(slots.length);
    }
    let nulls = 0;
    for (let at = 0; at < count; at++) {
      this.#out[at] = this.#values[slots[at]!]!;
      nulls += this.#outNulls[at] = this.#nulls[slots[at]!]!;
    }
    return { kind: "float", values: this.#out, nulls: nulls === 0 ? undefined : this.#outNulls };
  }

  clear(): void {
    // Numbers keep nothing alive.
  }

  grow(capacity: number): void {
    const values = new Float64Array(capacity);
    values.set(this.#values);
    this.#values = values;
    const nulls = new Uint8Array(capacity);
    nulls.set(this.#nulls);
    this.#nulls = nulls;
  }

  close(): void {
    // Numbers keep nothing alive.
  }
}

class BooleanStore implements ColumnStore {
  #values: Uint8Array;
  #out = new Uint8Array(0);

  constructor(capacity: number) {
    this.#values = new Uint8Array(capacity);
  }

  fits(column: Column | undefined): boolean {
    return column?.kind === "boolean";
  }

  put(column: BooleanColumn, rows: Int32Array, slots: Int32Array, count: number): void {
    for (let at = 0; at < count; at++) this.#values[slots[at]!] = column.values[rows[at]!]!;
  }

  gather(slots: Int32Array, count: number): Column {
    if (this.#out.length < count) this.#out = new Uint8Array(slots.length);
    for (let at = 0; at < count; at++) this.#out[at] = this.#values[slots[at]!]!;
    return { kind: "boolean", values: this.#out };
  }

  clear(): void {
    // Truth values keep nothing alive.
  }

  grow(capacity: number): void {
    const values = new Uint8Array(capacity);
    values.set(this.#values);
    this.#values = values;
  }

  close(): void {
    // Truth values keep nothing alive.
  }
}
