/** A key of MessagePack as it is written, head and all, to be recognised where it is expected: four bytes are compared at a time. */
export class KnownKey {
  /** Bytes, with the head. */
  readonly length: number;
  readonly #bytes: Uint8Array;
  readonly #first: number;
  readonly #last: number;

  /** Keeps a copy of the bytes `[start, end)`. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = Uint8Array.from(bytes.subarray(start, end));
    this.length = this.#bytes.length;
    const view = new DataView(this.#bytes.buffer);
    this.#first = this.length < WORD ? 0 : view.getInt32(0, true);
    this.#last = this.length < WORD ? 0 : view.getInt32(this.length - WORD, true);
  }

  /** A copy of its bytes. */
  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /** Whether it stands at `start`, whole before `end`; `view` is of all that may be read. */
  isAt(view: DataView, start: number, end: number): boolean {
    const { length } = this;
    if (start + length > end) return false;
    if (length < WORD) return this.#isBetween(view, start, 0, length);
    if (view.getInt32(start, true) !== this.#first || view.getInt32(start + length - WORD, true) !== this.#last) return false;
    return length <= 2 * WORD || this.#isBetween(view, start, WORD, length - WORD);
  }

  #isBetween(view: DataView, start: number, from: number, to: number): boolean {
    for (let at = from; at < to; at++) if (this.#bytes[at] !== view.getUint8(start + at)) return false;
    return true;
  }
}

/** A view of bytes that many questions are asked about: making one takes longer than a question. */
export class BytesView {
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);

  /** Of all of `bytes`, which are held until it is asked for that of others. */
  of(bytes: Uint8Array): DataView {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.#view;
  }
}

const WORD = 4;
