/**
 * Bytes of one connection that are not done with. What comes whole in one piece is never copied; what is cut off is gathered, in no more
 * than twice the memory that has come: what a peer only announces takes none.
 */
export class StreamBuffer {
  readonly #pool: MemoryPool;
  #memory: Buffer = EMPTY;
  #length = 0;

  constructor(pool: MemoryPool) {
    this.#pool = pool;
  }

  /** How much memory is held for it. */
  get heldBytes(): number {
    return this.#memory.length;
  }

  /** Bytes that wait. */
  get length(): number {
    return this.#length;
  }

  /** What waits, with `piece` behind it. The view is good until `keep`. */
  with(piece: Buffer): Buffer {
    if (this.#length === 0) return piece;
    this.#grow(this.#length + piece.length);
    piece.copy(this.#memory, this.#length);
    this.#length += piece.length;
    return this.#memory.subarray(0, this.#length);
  }

  /**
   * Of `bytes`, as `with` gave them, what is from `start` on waits; what is before it stays as it is. Gives the memory that it stands in,
   * to be given back to the pool when nobody looks at it any more; undefined where it was never the pool's.
   */
  keep(bytes: Buffer, start: number): Buffer | undefined {
    const isOwn = this.#length > 0;
    if (isOwn && start === 0) return undefined;
    const memory = isOwn ? this.#memory : undefined;
    this.#length = bytes.length - start;
    this.#memory = this.#length === 0 ? EMPTY : this.#pool.take(this.#length);
    bytes.copy(this.#memory, 0, start);
    return memory;
  }

  /** Nothing waits any more. */
  clear(): void {
    this.#pool.give(this.#memory);
    this.#memory = EMPTY;
    this.#length = 0;
  }

  #grow(length: number): void {
    if (length <= this.#memory.length) return;
    const larger = this.#pool.take(Math.max(length, this.#memory.length * 2));
    this.#memory.copy(larger, 0, 0, this.#length);
    this.#pool.give(this.#memory);
    this.#memory = larger;
  }
}

/**
 * Memory that is used again. Asking the system for a megabyte for each message makes the garbage collector look through everything every few
 * messages: measured, it took three times as long as decoding them.
 */
export class MemoryPool {
  readonly #free: Buffer[] = [];
  #freeBytes = 0;

  /** At least `length` bytes, with whatever was in them before. */
  take(length: number): Buffer {
    if (length < POOLED_BYTES_MIN) return Buffer.allocUnsafeSlow(length);
    const at = this.#free.findIndex((memory) => memory.length >= length && memory.length <= length * 4);
    const [memory] = at < 0 ? [] : this.#free.splice(at, 1);
    if (memory === undefined) return Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(length)));
    this.#freeBytes -= memory.length;
    return memory;
  }

  /** Nobody looks at `memory` any more. */
  give(memory: Buffer | undefined): void {
    if (memory === undefined || memory.length < POOLED_BYTES_MIN || this.#freeBytes + memory.length > FREE_BYTES_MAX) return;
    this.#free.push(memory);
    this.#freeBytes += memory.length;
  }
}

const EMPTY = Buffer.alloc(0);
const POOLED_BYTES_MIN = 32_768;
const FREE_BYTES_MAX = 16 << 20;
