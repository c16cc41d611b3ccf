import { type Batch, takeRows } from "../event/index.ts";

/** The rows of a batch that have certain fields. Queries that ask for the same fields of the same batch share what is found. */
export class VisibleRows {
  #batch: Batch | undefined;
  #found = new Map<string, Batch | undefined>();

  /** A batch of the rows that have all fields of `required`, which are slots in order; undefined when none has. Valid as long as `batch`. */
  of(batch: Batch, required: readonly number[]): Batch | undefined {
    const { absent } = batch;
    if (absent === undefined || required.length === 0) return batch;
    const lacking = required.flatMap((slot) => absent[slot] ?? []);
    if (lacking.length === 0) return batch;
    if (batch !== this.#batch) {
      this.#batch = batch;
      this.#found = new Map();
    }
    const key = required.join(",");
    if (!this.#found.has(key)) this.#found.set(key, rowsOf(batch, lacking));
    return this.#found.get(key);
  }

  /** Lets go of the batch. */
  clear(): void {
    this.#batch = undefined;
    this.#found = new Map();
  }
}

function rowsOf(batch: Batch, lacking: readonly Uint8Array[]): Batch | undefined {
  const rows = new Int32Array(batch.size);
  let count = 0;
  for (let row = 0; row < batch.size; row++) if (!lacking.some((absent) => absent[row] === 1)) rows[count++] = row;
  if (count === 0) return undefined;
  return count === batch.size ? batch : takeRows(batch, rows.subarray(0, count));
}
