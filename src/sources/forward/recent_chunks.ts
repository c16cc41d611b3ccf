/**
 * The ids of the chunks that were taken last. A sender that did not get its acknowledgement sends the chunk again: it is acknowledged again,
 * and its events are not taken twice.
 */
export class RecentChunks {
  /** A ring: the next one takes the place of the oldest, at `#oldest`, once there are as many as are remembered. */
  readonly #ids: string[];
  #oldest = 0;
  readonly #known: Set<string>;

  constructor(kept: unknown) {
    this.#ids = Array.isArray(kept) ? kept.filter((id) => typeof id === "string").slice(-CHUNKS_MAX) : [];
    this.#known = new Set(this.#ids);
  }

  /** True when a chunk of that id was taken before. It is remembered as the latest. */
  isRepeated(id: Buffer): boolean {
    const text = id.toString("latin1", 0, ID_BYTES_MAX);
    if (this.#known.has(text)) return true;
    this.#known.add(text);
    if (this.#ids.length < CHUNKS_MAX) this.#ids.push(text);
    else {
      this.#known.delete(this.#ids[this.#oldest]!);
      this.#ids[this.#oldest] = text;
      this.#oldest = (this.#oldest + 1) % CHUNKS_MAX;
    }
    return false;
  }

  /** For the positions of the journal, the oldest first; a list of their own, since what was given out as a position is never changed. */
  get ids(): readonly string[] {
    return [...this.#ids.slice(this.#oldest), ...this.#ids.slice(0, this.#oldest)];
  }
}

/** A sender has a handful of chunks on the way; there may be some hundred senders. */
const CHUNKS_MAX = 1000;
const ID_BYTES_MAX = 256;
