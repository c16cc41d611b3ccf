/**
 * How far each source has read, by a key that the source chooses. Values are plain JSON; they are replaced, never changed, so that a copy
 * of the map is a copy of them all.
 */
export class JournalPositions {
  readonly #values: Map<string, unknown>;
  #durable: ReadonlyMap<string, unknown>;
  #version = 0;

  constructor(values: ReadonlyMap<string, unknown> = new Map()) {
    this.#values = new Map(values);
    this.#durable = new Map(values);
  }

  /** Another number after each change: while it stays the same, so do all of them. */
  get version(): number {
    return this.#version;
  }

  get(key: string): unknown {
    return this.#values.get(key);
  }

  /** As it is on the disk. */
  durable(key: string): unknown {
    return this.#durable.get(key);
  }

  set(key: string, position: unknown): void {
    this.#values.set(key, position);
    this.#version++;
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#version++;
  }

  /** A copy was written to the disk. */
  settle(written: ReadonlyMap<string, unknown>): void {
    this.#durable = written;
  }

  /** As they are now, whatever is set later. */
  copy(): ReadonlyMap<string, unknown> {
    return new Map(this.#values);
  }
}
