/**
 * Rows in order of their instants; rows of the same instant in order of arrival. A binary heap over typed arrays: a row that comes in order
 * costs one comparison, so nearly ordered logs are cheap to hold.
 */
export class RowHeap {
  #instants = new Float64Array(1024);
  #arrivals = new Float64Array(1024);
  #stores = new Int32Array(1024);
  #slots = new Int32Array(1024);
  #size = 0;
  #arrived = 0;

  get size(): number {
    return this.#size;
  }

  /** The instant of the first row; Infinity when there is none. */
  get firstMs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#instants[0]!;
  }

  get firstStore(): number {
    return this.#stores[0]!;
  }

  get firstSlot(): number {
    return this.#slots[0]!;
  }

  push(instantMs: number, store: number, slot: number): void {
    if (this.#size === this.#instants.length) this.#grow();
    const arrival = this.#arrived++;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      // An equal parent came earlier, so it stays above.
      if (this.#instants[parent]! <= instantMs) break;
      this.#copy(parent, at);
      at = parent;
    }
    this.#set(at, instantMs, arrival, store, slot);
  }

  /** Takes the first row away. */
  pop(): void {
    const last = --this.#size;
    if (last === 0) {
      this.#arrived = 0;
      return;
    }
    const instantMs = this.#instants[last]!;
    const arrival = this.#arrivals[last]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#isBefore(child + 1, this.#instants[child]!, this.#arrivals[child]!)) child++;
      if (!this.#isBefore(child, instantMs, arrival)) break;
      this.#copy(child, at);
      at = child;
    }
    this.#set(at, instantMs, arrival, this.#stores[last]!, this.#slots[last]!);
  }

  /** A heap with the same rows, to be emptied without touching this one. */
  clone(): RowHeap {
    const clone = new RowHeap();
    clone.#instants = this.#instants.slice();
    clone.#arrivals = this.#arrivals.slice();
    clone.#stores = this.#stores.slice();
    clone.#slots = this.#slots.slice();
    clone.#size = this.#size;
    clone.#arrived = this.#arrived;
    return clone;
  }

  #isBefore(at: number, instantMs: number, arrival: number): boolean {
    const own = this.#instants[at]!;
    return own < instantMs || (own === instantMs && this.#arrivals[at]! < arrival);
  }

  #copy(from: number, to: number): void {
    this.#set(to, this.#instants[from]!, this.#arrivals[from]!, this.#stores[from]!, this.#slots[from]!);
  }

  #set(at: number, instantMs: number, arrival: number, store: number, slot: number): void {
    this.#instants[at] = instantMs;
    this.#arrivals[at] = arrival;
    this.#stores[at] = store;
    this.#slots[at] = slot;
  }

  #grow(): void {
    const length = this.#instants.length * 2;
    this.#instants = copied(this.#instants, new Float64Array(length));
    this.#arrivals = copied(this.#arrivals, new Float64Array(length));
    this.#stores = copied(this.#stores, new Int32Array(length));
    this.#slots = copied(this.#slots, new Int32Array(length));
  }
}

function copied<Numbers extends Float64Array | Int32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}
