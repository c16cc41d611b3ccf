/**
 * Counts values, of which it keeps `max` at most: Space-Saving. A value that finds no room takes the place, and the count, of one that has
 * the lowest. So with at most `max` different values all counts are exact; beyond, no value that makes up more than one in `max` of all is
 * missing, and no count is too high by more than that. Deleting a value that is not kept takes one off the value with the lowest count,
 * which is where it was counted, if anywhere.
 *
 * Metwally, Agrawal, El Abbadi, "Efficient computation of frequent and top-k elements in data streams" (2005); Zhao et al., "SpaceSaving±"
 * (2021) for deletions.
 */
export class FrequentValues<Value> {
  readonly #max: number;
  readonly #counts = new Map<Value, number>();
  /** The values by their counts: adding and deleting move a value by one, so the lowest is found without a search. */
  readonly #byCount = new Map<number, Set<Value>>();
  #lowest = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#counts.size;
  }

  /** Counts one more. Gives the value that had to make room. */
  add(value: Value): Value | undefined {
    const count = this.#counts.get(value);
    if (count !== undefined) {
      this.#move(value, count, count + 1);
      return undefined;
    }
    if (this.#counts.size < this.#max) {
      this.#put(value, 1);
      return undefined;
    }
    const from = this.#lowest;
    const evicted = this.#lowestValue();
    this.#take(evicted, from);
    this.#put(value, from + 1);
    return evicted;
  }

  /** Counts one less. Gives the value that is gone by that. */
  delete(value: Value): Value | undefined {
    if (this.#counts.size === 0) return undefined;
    const kept = this.#counts.has(value) ? value : this.#lowestValue();
    const count = this.#counts.get(kept)!;
    if (count > 1) {
      this.#move(kept, count, count - 1);
      return undefined;
    }
    this.#take(kept, count);
    return kept;
  }

  [Symbol.iterator](): IterableIterator<[Value, number]> {
    return this.#counts.entries();
  }

  save(): unknown {
    return [...this.#byCount].map(([count, values]) => [count, [...values]]);
  }

  restore(saved: unknown): void {
    this.#counts.clear();
    this.#byCount.clear();
    for (const [count, values] of saved as [number, Value[]][]) for (const value of values) this.#put(value, count);
  }

  #lowestValue(): Value {
    return this.#byCount.get(this.#lowest)!.values().next().value!;
  }

  #move(value: Value, from: number, to: number): void {
    this.#put(value, to);
    this.#leave(value, from);
  }

  #take(value: Value, count: number): void {
    this.#counts.delete(value);
    this.#leave(value, count);
  }

  #put(value: Value, count: number): void {
    this.#counts.set(value, count);
    const values = this.#byCount.get(count);
    if (values === undefined) this.#byCount.set(count, new Set([value]));
    else values.add(value);
    if (count < this.#lowest || this.#counts.size === 1) this.#lowest = count;
  }

  #leave(value: Value, count: number): void {
    const values = this.#byCount.get(count)!;
    values.delete(value);
    if (values.size > 0) return;
    this.#byCount.delete(count);
    if (count === this.#lowest) this.#lowest = this.#byCount.size === 0 ? 0 : Math.min(...this.#byCount.keys());
  }
}
