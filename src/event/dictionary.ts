/**
 * The distinct strings of one field, each with a small number (its code): what group-by and equality work on instead of strings.
 * An attacker chooses the strings, so codes that nobody holds any more are given back: `sweep` asks every holder.
 */
export class Dictionary {
  readonly #texts: (string | undefined)[] = [];
  readonly #table = new StringTable(this.#texts, (code) => void this.#others.set(this.text(code), code));
  /** The few that the table does not hold by their text: those that are not ASCII, and those that crafted collisions kept out of it. */
  readonly #others = new Map<string, number>();
  #count = 0;
  #free: number[] = [];
  readonly #holders = new Set<CodeHolder>();
  #textLength = 0;
  #sweepAt = SWEEP_ENTRIES_MIN;
  #sweepAtLength = SWEEP_TEXT_LENGTH_MIN;

  /** One above the highest code ever given: the length an array indexed by code needs. */
  get codeCount(): number {
    return this.#texts.length;
  }

  /** Strings held now. */
  get size(): number {
    return this.#count;
  }

  /** The code of `text`, giving it one if it has none. */
  codeOf(text: string): number {
    const found = this.#table.findText(text);
    if (found >= 0) return found;
    return (this.#others.size === 0 ? undefined : this.#others.get(text)) ?? this.#add(text);
  }

  /** The code of `text`, or undefined if it has none. */
  find(text: string): number | undefined {
    const found = this.#table.findText(text);
    return found >= 0 ? found : this.#others.get(text);
  }

  /** The code of the UTF-8 bytes `[start, end)` of `bytes`; bytes that are not UTF-8 read as U+FFFD. No string is made for a known one. */
  codeOfBytes(bytes: Buffer, start: number, end: number): number {
    return this.codeOfHashed(bytes, start, end, hashOf(bytes, start, end));
  }

  /** As `codeOfBytes`, for a scanner that has folded the bytes into `HASH_SEED` by `foldByte` on its way over them. */
  codeOfHashed(bytes: Buffer, start: number, end: number, hash: number): number {
    const found = this.#table.find(bytes, start, end, hash);
    return found >= 0 ? found : this.#learn(bytes, start, end, hash);
  }

  /** Apart from the look-up, so that compiling that one does not take in all of this. */
  #learn(bytes: Buffer, start: number, end: number, hash: number): number {
    const text = bytes.toString("utf8", start, end);
    const code = this.codeOf(text);
    // Endlessly many broken byte strings read as the same text: the table would grow without a new code, so they take the slower way.
    // A text of ASCII stands there by now.
    if (!text.includes(REPLACEMENT_CHARACTER) && this.#table.find(bytes, start, end, hash) < 0)
      this.#table.add(bytes, start, end, hash, code);
    return code;
  }

  /** The string of a code that is in use. */
  text(code: number): string {
    return this.#texts[code]!;
  }

  /** Registers somebody who keeps codes across batches. Returns how to be forgotten. */
  hold(holder: CodeHolder): () => void {
    this.#holders.add(holder);
    return () => void this.#holders.delete(holder);
  }

  /** True once the strings have doubled since the last sweep, in number (65,536 at first) or in length (16 M): time to call `sweep`. */
  get wantsSweep(): boolean {
    return this.#count >= this.#sweepAt || this.#textLength >= this.#sweepAtLength;
  }

  /**
   * Forgets every string whose code no holder marks, and gives its code to others. Called between two batches: those made before must
   * not be used again.
   */
  sweep(): void {
    const marks = new Uint8Array(this.#texts.length);
    for (const holder of this.#holders) holder.markCodes(marks);
    for (const holder of this.#holders) holder.forgetCodes(marks);
    this.#free = [];
    for (let code = marks.length - 1; code >= 0; code--) {
      if (marks[code] === 1) continue;
      const text = this.#texts[code];
      if (text !== undefined) {
        this.#others.delete(text);
        this.#count--;
        this.#textLength -= text.length;
      }
      this.#texts[code] = undefined;
      this.#free.push(code);
    }
    this.#table.retain(marks);
    this.#sweepAt = Math.max(SWEEP_ENTRIES_MIN, this.#count * 2);
    this.#sweepAtLength = Math.max(SWEEP_TEXT_LENGTH_MIN, this.#textLength * 2);
  }

  #add(text: string): number {
    const code = this.#free.pop() ?? this.#texts.length;
    const kept = this.#table.addText(text, code);
    this.#texts[code] = kept ?? text;
    if (kept === undefined) this.#others.set(text, code);
    this.#count++;
    this.#textLength += text.length;
    return code;
  }
}

/** Keeps codes of a dictionary from one batch to the next. */
export interface CodeHolder {
  /** Sets `marks[code] = 1` for every code it cannot do without. */
  markCodes(marks: Uint8Array): void;
  /** Forgets every code that nobody marked: from now on it may stand for another string. */
  forgetCodes(marks: Uint8Array): void;
}

/** What a hash starts from, before its first byte (FNV-1a's offset basis). */
export const HASH_SEED = -2128831035;

/** FNV-1a, one byte at a time: cheap enough to be folded into a scanner's own pass over the bytes. */
export function foldByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 16777619);
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_SEED;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 16777619);
  return hash;
}

/**
 * The hash of a text: that of its bytes where it is ASCII. Reading characters beats asking a Map: a string that nobody has seen before has
 * no hash yet, and V8 makes it by a call.
 */
function hashOfText(text: string): number {
  const { length } = text;
  let hash = HASH_SEED;
  for (let at = 0; at < length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16777619);
  return hash;
}

/**
 * Open-addressing hash table from strings to codes, asked by bytes or by text. Strings are compared in full, so a collision costs time,
 * never a wrong answer; the seed is not secret, so `PROBES_MAX` and, as strings may be long, `SAME_HASH_MAX` bound what crafted collisions
 * can cost: a string beyond them is not kept here and takes the slower way by Map, whose hash is secret.
 */
class StringTable {
  readonly #texts: readonly (string | undefined)[];
  readonly #dropped: (code: number) => void;
  #capacity = 1 << 11;
  /**
   * Four numbers a place, side by side so that looking one up touches one line of the cache: hash, code + 1 (0 is an empty place), where
   * the bytes stand in the pool, how many they are.
   */
  #places = new Int32Array(this.#capacity * 4);
  #count = 0;
  #pool = Buffer.alloc(1 << 15);
  #poolEnd = 0;

  /** `texts` has the text of each code; `dropped` is told of a code that finds no place any more when the table is made anew. */
  constructor(texts: readonly (string | undefined)[], dropped: (code: number) => void) {
    this.#texts = texts;
    this.#dropped = dropped;
  }

  /** The code of a text of ASCII; -1 if there is none, and for any other text. */
  findText(text: string): number {
    const hash = hashOfText(text);
    const { length } = text;
    const mask = this.#capacity - 1;
    const places = this.#places;
    let place = spread(hash) & mask;
    let sameHash = 0;
    for (let probe = 0; probe < PROBES_MAX; probe++) {
      const entry = place << 2;
      const code = places[entry + CODE]!;
      if (code === 0) return -1;
      if (places[entry + HASH] === hash && places[entry + LENGTH] === length) {
        if (this.#texts[code - 1] === text) return code - 1;
        if (++sameHash === SAME_HASH_MAX) return -1;
      }
      place = (place + 1) & mask;
    }
    return -1;
  }

  /**
   * Adds a text of ASCII that `findText` did not find. Returns it as it is to be kept: a copy, because a text may be cut from a message and
   * would keep all of that. Undefined where it cannot be held here.
   */
  addText(text: string, code: number): string | undefined {
    const bytes = Buffer.from(text, "utf8");
    if (bytes.length !== text.length) return undefined;
    return this.add(bytes, 0, bytes.length, hashOfText(text), code) ? bytes.toString("latin1") : undefined;
  }

  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#capacity - 1;
    const length = end - start;
    const places = this.#places;
    const pool = this.#pool;
    let place = spread(hash) & mask;
    let sameHash = 0;
    for (let probe = 0; probe < PROBES_MAX; probe++) {
      const entry = place << 2;
      const code = places[entry + CODE]!;
      if (code === 0) return -1;
      if (places[entry + HASH] === hash && places[entry + LENGTH] === length) {
        let at = start;
        let inPool = places[entry + START]!;
        while (at < end && pool[inPool] === bytes[at]) {
          at++;
          inPool++;
        }
        if (at === end) return code - 1;
        if (++sameHash === SAME_HASH_MAX) return -1;
      }
      place = (place + 1) & mask;
    }
    return -1;
  }

  /** Adds a string that `find` did not find; not when the places it may stand in are all taken, and then nothing is kept of it. */
  add(bytes: Uint8Array, start: number, end: number, hash: number, code: number): boolean {
    if ((this.#count + 1) * 4 > this.#capacity * 3) this.#rebuild(this.#capacity * 2, undefined);
    const length = end - start;
    if (!this.#place(hash, code + 1, this.#poolEnd, length)) return false;
    if (this.#poolEnd + length > this.#pool.length) {
      const larger = Buffer.alloc(Math.max(this.#pool.length * 2, this.#poolEnd + length));
      this.#pool.copy(larger, 0, 0, this.#poolEnd);
      this.#pool = larger;
    }
    this.#pool.set(bytes.subarray(start, end), this.#poolEnd);
    this.#poolEnd += length;
    return true;
  }

  /** Keeps the entries whose code is marked, and packs the pool. */
  retain(marks: Uint8Array): void {
    let kept = 0;
    for (let entry = 0; entry < this.#places.length; entry += 4) if (isMarked(this.#places[entry + CODE]!, marks)) kept++;
    let capacity = 1 << 11;
    while (capacity < kept * 2) capacity *= 2;
    this.#rebuild(capacity, marks);
  }

  #rebuild(capacity: number, marks: Uint8Array | undefined): void {
    const places = this.#places;
    const pool = this.#pool;
    this.#capacity = capacity;
    this.#places = new Int32Array(capacity * 4);
    this.#count = 0;
    if (marks !== undefined) {
      this.#pool = Buffer.alloc(1 << 15);
      this.#poolEnd = 0;
    }
    for (let entry = 0; entry < places.length; entry += 4) {
      const hash = places[entry + HASH]!;
      const code = places[entry + CODE]!;
      const start = places[entry + START]!;
      const length = places[entry + LENGTH]!;
      if (code === 0) continue;
      if (marks !== undefined && !isMarked(code, marks)) continue;
      const isPlaced = marks === undefined ? this.#place(hash, code, start, length) : this.add(pool, start, start + length, hash, code - 1);
      if (!isPlaced) this.#dropped(code - 1);
    }
  }

  #place(hash: number, code: number, start: number, length: number): boolean {
    const mask = this.#capacity - 1;
    const places = this.#places;
    let place = spread(hash) & mask;
    let sameHash = 0;
    for (let probe = 0; probe < PROBES_MAX; probe++) {
      const entry = place << 2;
      if (places[entry + CODE] === 0) {
        places[entry + HASH] = hash;
        places[entry + CODE] = code;
        places[entry + START] = start;
        places[entry + LENGTH] = length;
        this.#count++;
        return true;
      }
      if (places[entry + HASH] === hash && places[entry + LENGTH] === length && ++sameHash === SAME_HASH_MAX) return false;
      place = (place + 1) & mask;
    }
    return false;
  }
}

const HASH = 0;
const CODE = 1;
const START = 2;
const LENGTH = 3;

function isMarked(code: number, marks: Uint8Array): boolean {
  return code !== 0 && marks[code - 1] === 1;
}

/** FNV's low bits are weak for near-equal strings; this mixes the high ones in. */
function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}

const SWEEP_ENTRIES_MIN = 65_536;
const SWEEP_TEXT_LENGTH_MIN = 16 * 1024 * 1024;
const REPLACEMENT_CHARACTER = "\ufffd";
const PROBES_MAX = 64;
const SAME_HASH_MAX = 4;
