/**
 * Keys by the time they fall due: a binary heap that knows where each key stands, so that moving or taking out a key costs as little as
 * adding one and nothing stale is left behind.
 */
export class DueQueue<Key> {
  readonly #heap: { readonly key: Key; dueMs: number }[] = [];
  readonly #places = new Map<Key, number>();

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest time anything falls due; undefined when nothing waits. */
  get nextDueMs(): number | undefined {
    return this.#heap[0]?.dueMs;
  }

  /** Adds `key`, or moves it to another time. */
  set(key: Key, dueMs: number): void {
    const place = this.#places.get(key);
    if (place === undefined) {
      this.#put({ key, dueMs }, this.#heap.length);
      this.#rise(this.#heap.length - 1);
    } else {
      this.#heap[place]!.dueMs = dueMs;
      this.#rise(place);
      this.#sink(this.#places.get(key)!);
    }
  }

  delete(key: Key): boolean {
    const place = this.#places.get(key);
    if (place === undefined) return false;
    this.#places.delete(key);
    const last = this.#heap.pop()!;
    if (place < this.#heap.length) {
      this.#put(last, place);
      this.#rise(place);
      this.#sink(this.#places.get(last.key)!);
    }
    return true;
  }

  /** Takes out every key due at `nowMs` or before, the earliest first. */
  takeDue(nowMs: number): Key[] {
    const due: Key[] = [];
    for (let first = this.#heap[0]; first !== undefined && first.dueMs <= nowMs; first = this.#heap[0]) {
      due.push(first.key);
      this.delete(first.key);
    }
    return due;
  }

  #rise(from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      if (this.#heap[parent]!.dueMs <= this.#heap[place]!.dueMs) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  #sink(from: number): void {
    let place = from;
    for (;;) {
      const left = place * 2 + 1;
      if (left >= this.#heap.length) return;
      const right = left + 1;
      const child = right < this.#heap.length && this.#heap[right]!.dueMs < this.#heap[left]!.dueMs ? right : left;
      if (this.#heap[place]!.dueMs <= this.#heap[child]!.dueMs) return;
      this.#swap(place, child);
      place = child;
    }
  }

  #swap(left: number, right: number): void {
    const moved = this.#heap[left]!;
    this.#put(this.#heap[right]!, left);
    this.#put(moved, right);
  }

  #put(entry: { readonly key: Key; dueMs: number }, place: number): void {
    this.#heap[place] = entry;
    this.#places.set(entry.key, place);
  }
}
