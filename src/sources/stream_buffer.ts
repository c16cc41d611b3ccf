/**
 * Bytes of one connection that are not done with. What comes whole in one piece is never copied; what is cut off is gathered, in no more
 * than twice the memory that has come: what a peer only announces takes none.
 */
export class StreamBuffer {
  #bytes: Buffer = EMPTY;
  #length = 0;

  /** How much memory is held for it. */
  get heldBytes(): number {
    return this.#bytes.length;
  }

  /** Bytes that wait. */
  get length(): number {
    return this.#length;
  }

  /** What waits, with `piece` behind it. The view is good until `keep`. */
  with(piece: Buffer): Buffer {
    if (this.#length === 0) {
      this.#bytes = EMPTY;
      return piece;
    }
    this.#reserve(this.#length + piece.length);
    piece.copy(this.#bytes, this.#length);
    this.#length += piece.length;
    return this.#bytes.subarray(0, this.#length);
  }

  /** Of `bytes`, as `with` gave them, what is from `start` on waits. */
  keep(bytes: Buffer, start: number): void {
    const rest = bytes.subarray(start);
    if (rest.length === 0) {
      this.#bytes = EMPTY;
      this.#length = 0;
      return;
    }
    // What was handed out before stays as it is: somebody may still be writing it to the disk.
    if (start > 0 || this.#length === 0) {
      this.#bytes = Buffer.from(rest);
      this.#length = rest.length;
    }
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

const EMPTY = Buffer.alloc(0);
