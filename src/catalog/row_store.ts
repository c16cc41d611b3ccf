import type { Batch, BooleanColumn, Schema } from "../event/index.ts";
import { type ColumnStore, openColumnStore } from "./column_store.ts";

/** Rows of batches of one shape (the same columns, of the same kinds and dictionaries), kept in slots that are used again. */
export class RowStore {
  /** Which demand the rows were read under: a query that asked later has fields that these rows lack. */
  readonly demandVersion: number;
  readonly #schema: Schema;
  readonly #stores: readonly (ColumnStore | undefined)[];
  /** Which of the rows lack a field, by slot; undefined where none did when this was opened. */
  readonly #absent: readonly (ColumnStore | undefined)[];
  readonly #lacking: readonly number[] | undefined;
  #capacity = SLOTS_MIN;
  #free: Int32Array = firstSlots(0, SLOTS_MIN, new Int32Array(SLOTS_MIN));
  #freeCount = SLOTS_MIN;

  constructor(shape: Batch, demandVersion: number) {
    this.demandVersion = demandVersion;
    this.#schema = shape.schema;
    this.#lacking = shape.lacking;
    this.#stores = shape.columns.map((column) => (column === undefined ? undefined : openColumnStore(column, SLOTS_MIN)));
    this.#absent = shape.columns.map((_, slot) => marksOf(shape, slot)).map((marks) => marks && openColumnStore(marks, SLOTS_MIN));
  }

  /** Rows held. */
  get size(): number {
    return this.#capacity - this.#freeCount;
  }

  /** True if rows of `batch`, read under `demandVersion`, can stand here. */
  fits(batch: Batch, demandVersion: number): boolean {
    if (batch.schema !== this.#schema || demandVersion !== this.demandVersion || batch.columns.length !== this.#stores.length) return false;
    if (batch.lacking?.join() !== this.#lacking?.join()) return false;
    if (!this.#absent.every((store, slot) => (store === undefined) === (batch.absent?.[slot] === undefined))) return false;
    return this.#stores.every((store, slot) => (store === undefined ? batch.columns[slot] === undefined : store.fits(batch.columns[slot])));
  }

  /** Copies the rows in the first `count` of `rows` and writes the slots they were given into `slots`. */
  put(batch: Batch, rows: Int32Array, slots: Int32Array, count: number): void {
    while (this.#freeCount < count) this.#grow();
    for (let at = 0; at < count; at++) slots[at] = this.#free[--this.#freeCount]!;
    for (const [index, store] of this.#stores.entries()) store?.put(batch.columns[index]!, rows, slots, count);
    for (const [slot, store] of this.#absent.entries()) store?.put(marksOf(batch, slot)!, rows, slots, count);
  }

  /** A batch of the rows in the first `count` of `slots`, in that order, happening at `instants`. It is made over by the next call. */
  gather(slots: Int32Array, instants: Float64Array, count: number): Batch {
    const columns = this.#stores.map((store) => store?.gather(slots, count));
    return {
      schema: this.#schema,
      size: count,
      times: instants,
      columns,
      absent: this.#gatherAbsent(slots, count),
      lacking: this.#lacking,
    };
  }

  free(slots: Int32Array, count: number): void {
    for (const store of this.#stores) store?.clear(slots, count);
    for (let at = 0; at < count; at++) this.#free[this.#freeCount++] = slots[at]!;
  }

  close(): void {
    for (const store of this.#stores) store?.close();
  }

  #gatherAbsent(slots: Int32Array, count: number): Batch["absent"] {
    if (!this.#absent.some((store) => store !== undefined)) return undefined;
    return this.#absent.map((store) => {
      const marks = store?.gather(slots, count);
      return marks?.kind === "boolean" ? marks.values : undefined;
    });
  }

  #grow(): void {
    const capacity = this.#capacity * 2;
    for (const store of [...this.#stores, ...this.#absent]) store?.grow(capacity);
    const free = new Int32Array(capacity);
    free.set(this.#free.subarray(0, this.#freeCount));
    this.#free = firstSlots(this.#capacity, capacity, free, this.#freeCount);
    this.#freeCount += capacity - this.#capacity;
    this.#capacity = capacity;
  }
}

/** The marks of the rows that lack a field, as a column, which is how they are kept. */
function marksOf({ absent }: Batch, slot: number): BooleanColumn | undefined {
  const values = absent?.[slot];
  return values && { kind: "boolean", values };
}

/** Writes the slots `[from, to)` into `free` from `at` on, the highest first, so that the lowest is taken first. */
function firstSlots(from: number, to: number, free: Int32Array, at = 0): Int32Array {
  for (let slot = to - 1; slot >= from; slot--) free[at++] = slot;
  return free;
}

const SLOTS_MIN = 1024;
