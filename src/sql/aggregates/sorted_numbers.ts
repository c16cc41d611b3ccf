/**
 * Numbers in order, duplicates included: entering and leaving cost a search and a move within one bucket of at most `BUCKET_MAX`, so that a
 * window of millions stays usable.
 */
export class SortedNumbers {
  #buckets: number[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(value: number): void {
    this.#size++;
    const index = this.#bucketOf(value);
    const bucket = this.#buckets[index];
    if (bucket === undefined) {
      if (this.#buckets.length === 0) this.#buckets.push([value]);
      else this.#insert(this.#buckets.length - 1, value);
      return;
    }
    this.#insert(index, value);
  }

  /** Takes out one number of this value, if there is one. */
  delete(value: number): void {
    const index = this.#bucketOf(value);
    const bucket = this.#buckets[index];
    if (bucket === undefined) return;
    const at = lowerBound(bucket, value);
    if (bucket[at] !== value) return;
    this.#size--;
    bucket.splice(at, 1);
    if (bucket.length === 0) this.#buckets.splice(index, 1);
  }

  /** The n-th smallest, from 0. */
  at(index: number): number | undefined {
    let before = 0;
    for (const bucket of this.#buckets) {
      if (index < before + bucket.length) return bucket[index - before];
      before += bucket.length;
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<number> {
    for (const bucket of this.#buckets) yield* bucket;
  }

  save(): unknown {
    return this.#buckets;
  }

  restore(saved: unknown): void {
    this.#buckets = saved as number[][];
    this.#size = this.#buckets.reduce((size, bucket) => size + bucket.length, 0);
  }

  /** The first bucket whose last number is not below the value. */
  #bucketOf(value: number): number {
    let [low, high] = [0, this.#buckets.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#buckets[middle]!.at(-1)! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(index: number, value: number): void {
    const bucket = this.#buckets[index]!;
    bucket.splice(lowerBound(bucket, value), 0, value);
    if (bucket.length > BUCKET_MAX) this.#buckets.splice(index + 1, 0, bucket.splice(bucket.length >> 1));
  }
}

function lowerBound(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const BUCKET_MAX = 1024;
