/**
 * Open-addressing hash table from strings to codes, asked by bytes or by text of ASCII.
 *
 * A string of up to 16 bytes, as most keys are, stands in its place itself, as four words of four bytes that overlap where it is shorter: it
 * is hashed and compared without a loop and without another line of the cache, in 42 ns where a loop over bytes in a pool took 69. A longer
 * one stands in a pool. Strings are compared in full, so a collision costs time, never a wrong answer; the hash is no secret, so
 * `PROBES_MAX` and, as strings may be long, `SAME_HASH_MAX` bound what crafted collisions can cost: a string beyond them is not kept here.
 */
export class StringTable {
  readonly #texts: readonly (string | undefined)[];
  readonly #dropped: (code: number) => void;
  #capacity = CAPACITY_MIN;
  /**
   * Eight numbers a place: code + 1 (0 is an empty place), length in bytes, and the four words of a short string; or of a long one its hash
   * and where its bytes stand in the pool.
   */
  #places = new Int32Array(this.#capacity * PLACE);
  #count = 0;
  #pool: Buffer = Buffer.alloc(0);
  #poolView: DataView = new DataView(this.#pool.buffer, 0, 0);
  #poolEnd = 0;
  /** The bytes that were asked about last, which are held until others are, and a view of them: making one takes longer than a look-up. */
  #bytes: Buffer = this.#pool;
  #view = new DataView(this.#pool.buffer, 0, 0);

  /** `texts` has the text of each code; `dropped` is told of a code that finds no place any more when the table is made anew. */
  constructor(texts: readonly (string | undefined)[], dropped: (code: number) => void) {
    this.#texts = texts;
    this.#dropped = dropped;
  }

  /** The code of the bytes `[start, end)`, or -1. */
  find(bytes: Buffer, start: number, end: number): number {
    const view = this.#viewOf(bytes);
    const length = end - start;
    if (length > SHORT_MAX) return this.#findLong(hashOfBytes(view, start, end), length, start, undefined);
    if (length < 4) return this.#findShort(length, wordOfFew(bytes, start, length), 0, 0, 0);
    const last = end - 4;
    return this.#findShort(
      length,
      view.getInt32(start, true),
      view.getInt32(Math.min(start + 4, last), true),
      view.getInt32(Math.min(start + 8, last), true),
      view.getInt32(last, true),
    );
  }

  /** The code of a text of ASCII; -1 if there is none, and for any other text. */
  findText(text: string): number {
    const { length } = text;
    if (length > SHORT_MAX) return isAscii(text) ? this.#findLong(hashOfText(text), length, 0, text) : -1;
    if (length < 4) return isAscii(text) ? this.#findShort(length, wordOfFewChars(text), 0, 0, 0) : -1;
    const end = length - 4;
    const first = asciiWordAt(text, 0);
    const second = asciiWordAt(text, Math.min(4, end));
    const third = asciiWordAt(text, Math.min(8, end));
    const last = asciiWordAt(text, end);
    return (first | second | third | last) < 0 ? -1 : this.#findShort(length, first, second, third, last);
  }

  /** Adds a string that `find` did not find; not when the places it may stand in are all taken, and then nothing is kept of it. */
  add(bytes: Buffer, start: number, end: number, code: number): boolean {
    // At three quarters, for a smaller table stays in the processor's cache; the keys of a busy log are looked up a million times a second.
    if ((this.#count + 1) * 4 > this.#capacity * 3) this.#rebuild(this.#capacity * 2, undefined);
    const view = this.#viewOf(bytes);
    const length = end - start;
    if (length > SHORT_MAX) return this.#addLong(hashOfBytes(view, start, end), bytes, start, end, code);
    if (length < 4) return this.#placeShort(code + 1, length, wordOfFew(bytes, start, length), 0, 0, 0);
    const last = end - 4;
    return this.#placeShort(
      code + 1,
      length,
      view.getInt32(start, true),
      view.getInt32(Math.min(start + 4, last), true),
      view.getInt32(Math.min(start + 8, last), true),
      view.getInt32(last, true),
    );
  }

  /**
   * Adds a text of ASCII that `findText` did not find. Returns it as it is to be kept: a copy, because a text may be cut from a message and
   * would keep all of that. Undefined where it cannot be held here.
   */
  addText(text: string, code: number): string | undefined {
    if (!isAscii(text)) return undefined;
    const bytes = Buffer.from(text, "latin1");
    return this.add(bytes, 0, bytes.length, code) ? bytes.toString("latin1") : undefined;
  }

  /** Keeps the strings whose code is marked, and packs the pool. */
  retain(marks: Uint8Array): void {
    let kept = 0;
    for (let at = 0; at < this.#places.length; at += PLACE) if (isMarked(this.#places[at + CODE]!, marks)) kept++;
    let capacity = CAPACITY_MIN;
    while (capacity < kept * 2) capacity *= 2;
    this.#rebuild(capacity, marks);
  }

  #findShort(length: number, first: number, second: number, third: number, last: number): number {
    const places = this.#places;
    const mask = this.#capacity - 1;
    let place = hashOfWords(length, first, second, third, last) & mask;
    for (let probe = 0; probe < PROBES_MAX; probe++) {
      const at = place * PLACE;
      const code = places[at + CODE]!;
      if (code === 0) return -1;
      if (
        places[at + FIRST] === first &&
        places[at + SECOND] === second &&
        places[at + THIRD] === third &&
        places[at + LAST] === last &&
        places[at + LENGTH] === length
      )
        return code - 1;
      place = (place + 1) & mask;
    }
    return -1;
  }

  /** `text` where it is asked for, else the bytes that were asked about last, from `start` on. */
  #findLong(hash: number, length: number, start: number, text: string | undefined): number {
    const places = this.#places;
    const mask = this.#capacity - 1;
    let place = hash & mask;
    let sameHash = 0;
    for (let probe = 0; probe < PROBES_MAX; probe++) {
      const at = place * PLACE;
      const code = places[at + CODE]!;
      if (code === 0) return -1;
      if (places[at + HASH] === hash && places[at + LENGTH] === length) {
        const from = places[at + START]!;
        if (text === undefined ? this.#isInPool(from, length, start) : this.#texts[code - 1] === text) return code - 1;
        if (++sameHash === SAME_HASH_MAX) return -1;
      }
      place = (place + 1) & mask;
    }
    return -1;
  }

  /** Whether the bytes that were asked about last have at `start` what the pool has at `from`; four at a time, as a call of `compare` takes longer. */
  #isInPool(from: number, length: number, start: number): boolean {
    const view = this.#view;
    const pool = this.#poolView;
    const last = length - 4;
    for (let at = 0; at < last; at += 4) if (pool.getInt32(from + at, true) !== view.getInt32(start + at, true)) return false;
    return pool.getInt32(from + last, true) === view.getInt32(start + last, true);
  }

  #addLong(hash: number, bytes: Buffer, start: number, end: number, code: number): boolean {
    const length = end - start;
    if (!this.#placeLong(code + 1, length, hash, this.#poolEnd)) return false;
    if (this.#poolEnd + length > this.#pool.length) {
      const larger = Buffer.alloc(Math.max(this.#pool.length * 2, this.#poolEnd + length, POOL_BYTES_MIN));
      this.#pool.copy(larger, 0, 0, this.#poolEnd);
      this.#setPool(larger);
    }
    bytes.copy(this.#pool, this.#poolEnd, start, end);
    this.#poolEnd += length;
    return true;
  }

  #rebuild(capacity: number, marks: Uint8Array | undefined): void {
    const places = this.#places;
    const pool = this.#pool;
    this.#capacity = capacity;
    this.#places = new Int32Array(capacity * PLACE);
    this.#count = 0;
    if (marks !== undefined) {
      this.#setPool(Buffer.alloc(0));
      this.#poolEnd = 0;
    }
    for (let at = 0; at < places.length; at += PLACE) {
      const code = places[at + CODE]!;
      if (code === 0 || (marks !== undefined && !isMarked(code, marks))) continue;
      const length = places[at + LENGTH]!;
      const first = places[at + FIRST]!;
      const second = places[at + SECOND]!;
      let isPlaced: boolean;
      if (length <= SHORT_MAX) isPlaced = this.#placeShort(code, length, first, second, places[at + THIRD]!, places[at + LAST]!);
      else if (marks === undefined) isPlaced = this.#placeLong(code, length, first, second);
      else isPlaced = this.#addLong(first, pool, second, second + length, code - 1);
      if (!isPlaced) this.#dropped(code - 1);
    }
  }

  #placeShort(code: number, length: number, first: number, second: number, third: number, last: number): boolean {
    const at = this.#freePlace(hashOfWords(length, first, second, third, last));
    if (at < 0) return false;
    this.#places[at + CODE] = code;
    this.#places[at + LENGTH] = length;
    this.#places[at + FIRST] = first;
    this.#places[at + SECOND] = second;
    this.#places[at + THIRD] = third;
    this.#places[at + LAST] = last;
    return true;
  }

  #placeLong(code: number, length: number, hash: number, start: number): boolean {
    const at = this.#freePlace(hash, length);
    if (at < 0) return false;
    this.#places[at + CODE] = code;
    this.#places[at + LENGTH] = length;
    this.#places[at + HASH] = hash;
    this.#places[at + START] = start;
    return true;
  }

  #setPool(pool: Buffer): void {
    this.#pool = pool;
    this.#poolView = new DataView(pool.buffer, pool.byteOffset, pool.byteLength);
  }

  #viewOf(bytes: Buffer): DataView {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.#view;
  }

  /** Where the place is that a string may take, or -1. `longLength` is the length of a long one, of which only so many may have one hash. */
  #freePlace(hash: number, longLength = -1): number {
    const places = this.#places;
    const mask = this.#capacity - 1;
    let place = hash & mask;
    let sameHash = 0;
    for (let probe = 0; probe < PROBES_MAX; probe++) {
      const at = place * PLACE;
      if (places[at + CODE] === 0) {
        this.#count++;
        return at;
      }
      if (places[at + LENGTH] === longLength && places[at + HASH] === hash && ++sameHash === SAME_HASH_MAX) return -1;
      place = (place + 1) & mask;
    }
    return -1;
  }
}

/** The hash of a string of more than 16 bytes: four bytes at a time, the last four once more or in part. */
function hashOfBytes(view: DataView, start: number, end: number): number {
  const last = end - 4;
  let hash = end - start;
  for (let at = start; at < last; at += 4) hash = foldWord(hash, view.getInt32(at, true));
  return foldWord(hash, view.getInt32(last, true));
}

function hashOfText(text: string): number {
  const last = text.length - 4;
  let hash = text.length;
  for (let at = 0; at < last; at += 4) hash = foldWord(hash, wordAt(text, at));
  return foldWord(hash, wordAt(text, last));
}

/** A step of the hash of a long string. */
export function foldWord(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, MULTIPLIERS[0]);
  return product ^ (product >>> 15);
}

/** The hash of a short string: the words side by side, so that none waits for the one before. */
function hashOfWords(length: number, first: number, second: number, third: number, last: number): number {
  const sum =
    length ^
    Math.imul(first, MULTIPLIERS[0]) ^
    Math.imul(second, MULTIPLIERS[1]) ^
    Math.imul(third, MULTIPLIERS[2]) ^
    Math.imul(last, MULTIPLIERS[3]);
  const mixed = Math.imul(sum ^ (sum >>> 15), MULTIPLIERS[4]);
  return mixed ^ (mixed >>> 13);
}

/** Any odd numbers with as many ones as noughts, in no order: these are the primes of xxHash32. */
export const MULTIPLIERS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;

function wordOfFew(bytes: Buffer, start: number, length: number): number {
  let word = 0;
  for (let at = 0; at < length; at++) word |= bytes[start + at]! << (8 * at);
  return word;
}

function wordOfFewChars(text: string): number {
  let word = 0;
  for (let at = 0; at < text.length; at++) word |= text.charCodeAt(at) << (8 * at);
  return word;
}

function wordAt(text: string, at: number): number {
  return text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8) | (text.charCodeAt(at + 2) << 16) | (text.charCodeAt(at + 3) << 24);
}

/** As `wordAt`; below 0 where one of the four is not of ASCII, which a word of ASCII never is. */
function asciiWordAt(text: string, at: number): number {
  const first = text.charCodeAt(at);
  const second = text.charCodeAt(at + 1);
  const third = text.charCodeAt(at + 2);
  const last = text.charCodeAt(at + 3);
  return (first | second | third | last) < 0x80 ? first | (second << 8) | (third << 16) | (last << 24) : -1;
}

function isAscii(text: string): boolean {
  let bits = 0;
  for (let at = 0; at < text.length; at++) bits |= text.charCodeAt(at);
  return bits < 0x80;
}

function isMarked(code: number, marks: Uint8Array): boolean {
  return code !== 0 && marks[code - 1] === 1;
}

const PLACE = 8;
const CODE = 0;
const LENGTH = 1;
const FIRST = 2;
const SECOND = 3;
const THIRD = 4;
const LAST = 5;
/** Of a long string. */
const HASH = FIRST;
const START = SECOND;
const SHORT_MAX = 16;
const CAPACITY_MIN = 1 << 10;
const POOL_BYTES_MIN = 1 << 12;
const PROBES_MAX = 64;
const SAME_HASH_MAX = 4;
