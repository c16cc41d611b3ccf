import type { Batch, Schema } from "../event/index.ts";
import { batchFromSaved, saveBatch, type SavedBatch } from "./saved_batch.ts";
import { RowHeap } from "./row_heap.ts";
import { RowStore } from "./row_store.ts";

/** Takes a batch of rows whose `times` are in order, and the version of the demand they were read under. */
export type Deliver = (batch: Batch, demandVersion: number) => void;

/**
 * Rows that wait for stragglers: they are copied in as they come and leave in order of their instants, those of one instant in order of
 * arrival. Rows of one batch out are of one shape; where shapes alternate, batches are short.
 */
export class ReorderBuffer {
  readonly #heap = new RowHeap();
  /** By the number that the heap knows them by; undefined is a number to be given again. */
  readonly #stores: (RowStore | undefined)[] = [];
  #latest = -1;
  readonly #instants = new Float64Array(RELEASE_ROWS);
  readonly #slots = new Int32Array(RELEASE_ROWS);
  #heldSlots = new Int32Array(0);

  get size(): number {
    return this.#heap.size;
  }

  /** The oldest version of the demand that any of them was read under; Infinity when there is none. */
  get oldestVersion(): number {
    let oldest = Number.POSITIVE_INFINITY;
    if (this.#heap.size > 0)
      for (const store of this.#stores) if (store !== undefined && store.size > 0) oldest = Math.min(oldest, store.demandVersion);
    return oldest;
  }

  /** Copies the rows in the first `count` of `rows`; row `rows[i]` happens at `instants[i]`. */
  hold(batch: Batch, demandVersion: number, rows: Int32Array, instants: Float64Array, count: number): void {
    if (count === 0) return;
    const store = this.#storeFor(batch, demandVersion);
    if (this.#heldSlots.length < count) this.#heldSlots = new Int32Array(rows.length);
    this.#stores[store]!.put(batch, rows, this.#heldSlots, count);
    for (let at = 0; at < count; at++) this.#heap.push(instants[at]!, store, this.#heldSlots[at]!);
  }

  /** Lets go, in order, of every row up to and including `untilMs`, and of the oldest beyond that while more than `rowsMax` would stay. */
  release(untilMs: number, rowsMax: number, deliver: Deliver): Released {
    let early = 0;
    let lastMs = Number.NEGATIVE_INFINITY;
    while (this.#heap.size > 0 && (this.#heap.firstMs <= untilMs || this.#heap.size > rowsMax)) {
      const index = this.#heap.firstStore;
      const store = this.#stores[index]!;
      const count = takeRun(this.#heap, untilMs, rowsMax, this.#slots, this.#instants);
      for (let at = count - 1; at >= 0 && this.#instants[at]! > untilMs; at--) early++;
      lastMs = this.#instants[count - 1]!;
      deliver(store.gather(this.#slots, this.#instants, count), store.demandVersion);
      store.free(this.#slots, count);
      this.#dropIfEmpty(index);
    }
    return { early, lastMs };
  }

  /** What is held, in order, in a form that outlives the process. */
  save(): readonly SavedBatch[] {
    const saved: SavedBatch[] = [];
    const heap = this.#heap.clone();
    while (heap.size > 0) {
      const store = this.#stores[heap.firstStore]!;
      const count = takeRun(heap, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, this.#slots, this.#instants);
      saved.push(saveBatch(store.gather(this.#slots, this.#instants, count)));
    }
    return saved;
  }

  /** Holds again what `save` gave, as read under `demandVersion`. */
  restore(saved: readonly SavedBatch[], schema: Schema, demandVersion: number): void {
    for (const savedBatch of saved) {
      const batch = batchFromSaved(savedBatch, schema);
      const rows = Int32Array.from({ length: batch.size }, (_, row) => row);
      this.hold(batch, demandVersion, rows, batch.times, batch.size);
    }
  }

  #storeFor(batch: Batch, demandVersion: number): number {
    // Nearly always the shape is that of the batch before.
    if (this.#stores[this.#latest]?.fits(batch, demandVersion) === true) return this.#latest;
    let index = this.#stores.findIndex((store) => store?.fits(batch, demandVersion));
    if (index < 0) {
      index = this.#stores.includes(undefined) ? this.#stores.indexOf(undefined) : this.#stores.length;
      this.#stores[index] = new RowStore(batch, demandVersion);
    }
    const before = this.#latest;
    this.#latest = index;
    if (before >= 0) this.#dropIfEmpty(before);
    return index;
  }

  #dropIfEmpty(index: number): void {
    const store = this.#stores[index];
    if (store === undefined || store.size > 0 || index === this.#latest) return;
    store.close();
    this.#stores[index] = undefined;
  }
}

export interface Released {
  /** Rows that went before their time, because too many were held. */
  readonly early: number;
  /** The instant of the last row that went; -Infinity when none did. */
  readonly lastMs: number;
}

/** Takes rows of one store off `heap` while they are due, or too many. Returns how many. */
function takeRun(heap: RowHeap, untilMs: number, rowsMax: number, slots: Int32Array, instants: Float64Array): number {
  const store = heap.firstStore;
  let count = 0;
  while (count < RELEASE_ROWS && heap.size > 0 && heap.firstStore === store && (heap.firstMs <= untilMs || heap.size > rowsMax)) {
    slots[count] = heap.firstSlot;
    instants[count] = heap.firstMs;
    count++;
    heap.pop();
  }
  return count;
}

/** Rows per batch on the way out: enough to spread the cost of a call, few enough to stay in the processor's cache. */
const RELEASE_ROWS = 4096;
