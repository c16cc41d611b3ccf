/**
 * The keys of MessagePack that events had, by places in the order in which they were met, to be recognised when they come again: events of one
 * sender have the same keys, most often in the same order. A key of up to eight bytes with its head is told by two comparisons of four bytes.
 */
export class KnownKeys {
  /** `PLACE` numbers for each: what `lengthAt` compares. */
  readonly #places = new Int32Array(PLACES * PLACE);
  readonly #bytes = new Uint8Array(PLACES * KEY_BYTES_MAX);
  #size = 0;

  /** How many keys are known: the place of the next one. */
  get size(): number {
    return this.#size;
  }

  /**
   * Bytes, with its head, of the key known at place `index`, if that stands at `at` before `end`; 0 otherwise, and where fewer than four bytes
   * are left. `view` is of all bytes. (Its `byteLength` is not asked for: that alone took as long as the rest.)
   */
  lengthAt(index: number, view: DataView, at: number, end: number): number {
    if (index >= PLACES) return 0;
    const place = index * PLACE;
    const places = this.#places;
    const length = places[place]!;
    if (length === 0 || at + length > end || at + WORD > end) return 0;
    const mask = places[place + MASK]!;
    if ((view.getInt32(at, true) & mask) !== places[place + FIRST]) return 0;
    if ((view.getInt32(at + places[place + LAST_AT]!, true) & mask) !== places[place + LAST]) return 0;
    return length <= 2 * WORD || this.#isBetween(index, length, view, at) ? length : 0;
  }

  /** The place of the key that stands at `at`, wherever it was met; -1 where none is known. */
  find(view: DataView, at: number, end: number): number {
    for (let index = 0; index < this.#size; index++) if (this.lengthAt(index, view, at, end) > 0) return index;
    return -1;
  }

  /**
   * From here on the key at `[start, end)` is known. Gives its place; `UNKNOWN_PLACE`, behind all places, where it is too long. Where there is no
   * place left, all others are forgotten, so that one who makes up keys cannot keep out those of others.
   */
  put(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > KEY_BYTES_MAX) return UNKNOWN_PLACE;
    if (this.#size === PLACES) this.forget();
    const index = this.#size++;
    PADDED.fill(0);
    PADDED.set(bytes.subarray(start, end));
    this.#bytes.set(PADDED, index * KEY_BYTES_MAX);
    const lastAt = Math.max(0, length - WORD);
    const mask = length < WORD ? (1 << (8 * length)) - 1 : -1;
    this.#places.set(
      [length, mask, PADDED_VIEW.getInt32(0, true) & mask, lastAt, PADDED_VIEW.getInt32(lastAt, true) & mask],
      index * PLACE,
    );
    return index;
  }

  /** None is known any more. */
  forget(): void {
    this.#places.fill(0);
    this.#size = 0;
  }

  /** As it is written, of the key known at place `index`; a view, good until another one is put there. */
  bytesOf(index: number): Uint8Array {
    const start = index * KEY_BYTES_MAX;
    return this.#bytes.subarray(start, start + this.#places[index * PLACE]!);
  }

  /** Whether what is between the first and the last word is there too. */
  #isBetween(index: number, length: number, view: DataView, start: number): boolean {
    const from = index * KEY_BYTES_MAX;
    for (let at = WORD; at < length - WORD; at++) if (this.#bytes[from + at] !== view.getUint8(start + at)) return false;
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

/** Keys that are known at once; longer ones are looked up. */
const PLACES = 64;
/** Stands for the place of a key that is not remembered and is asked for again the next time. */
export const UNKNOWN_PLACE = PLACES;
const KEY_BYTES_MAX = 64;
const WORD = 4;
/** Length, mask, first word, place of the last word, last word. */
const PLACE = 5;
const MASK = 1;
const FIRST = 2;
const LAST_AT = 3;
const LAST = 4;
/** The key that is put somewhere. */
const PADDED = new Uint8Array(KEY_BYTES_MAX);
const PADDED_VIEW = new DataView(PADDED.buffer);
