/**
 * The ids of the chunks that were taken last. A sender that did not get its acknowledgement sends the chunk again: it is acknowledged again,
 * and its events are not taken twice.
 */
export class RecentChunks {
  #ids: readonly string[];
  readonly #known: Set<string>;

  constructor(kept: unknown) {
    this.#ids = Array.isArray(kept) ? kept.filter((id) => typeof id === "string").slice(-CHUNKS_MAX) : [];
    this.#known = new Set(this.#ids);
  }

  /** True when a chunk of that id was taken before. It is remembered as the latest. */
  isRepeated(id: Buffer): boolean {
    const text = id.toString("latin1", 0, ID_BYTES_MAX);
    if (this.#known.has(text)) return true;
    const oldest = this.#ids.length >= CHUNKS_MAX ? this.#ids[0] : undefined;
    if (oldest !== undefined) this.#known.delete(oldest);
    this.#known.add(text);
    // What was given out as a position is never changed.
    this.#ids = [...this.#ids.slice(1 - CHUNKS_MAX), text];
    return false;
  }

  /** For the positions of the journal. */
  get ids(): readonly string[] {
    return this.#ids;
  }
}

/** A sender has a handful of chunks on the way; there may be some hundred senders. */
const CHUNKS_MAX = 1000;
const ID_BYTES_MAX = 256;
