/** A value of the file that is one value alone. Numbers of more than 53 bits are a bigint. */
export type Scalar = string | number | bigint | boolean | Buffer;

/** One step to a value in a record: the key of a map, or the place in an array. */
export type Step = Buffer | number;

/**
 * The values of a MaxMind DB file. One begins with a control byte:
 *
 *     type 3 bits, size 5 bits; type 0: the next byte is the type less 7
 *     size 29, 30, 31: 29, 285 or 65821 more than what the next 1, 2 or 3 bytes say
 *     pointer (type 1): 2 bits of size, then 11, 19, 27 or 32 bits of place, plus 0, 2048, 526336 or 0
 *
 * A value is looked for by its steps, and nothing else of a record is made. Reads of what `verify` has passed do not fail.
 * @see https://maxmind.github.io/MaxMind-DB/
 */
export class MmdbData {
  readonly #bytes: Buffer;
  /** Where pointers count from. */
  readonly #start: number;
  readonly #end: number;
  /** Of the value whose head was read last. */
  #type = 0;
  #size = 0;
  /** Maps and arrays that were verified, by the place of their head: a bit each. */
  #verified: Uint8Array | undefined;
  #valuesLeft = 0;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /** The value at the end of the steps from the one at `at`; undefined where there is none, or where it is a map or an array. */
  find(at: number, steps: readonly Step[]): Scalar | undefined {
    let place: number | undefined = at;
    for (const step of steps) {
      place = this.#child(place, step);
      if (place === undefined) return undefined;
    }
    return this.#scalar(this.#target(place));
  }

  /** Begins to verify: each value once, however many records share it. */
  beginVerifying(): void {
    const bytes = this.#end - this.#start;
    this.#verified = new Uint8Array((bytes >> 3) + 1);
    // Records that do not share bytes have fewer values than there are bytes; records within records would take for ever.
    this.#valuesLeft = bytes * 4 + 1000;
  }

  /** Gives the place behind the value at `at`. Throws RangeError with what is wrong with it, or with one that it points to. */
  verify(at: number, depth = 0): number {
    if (depth > DEPTH_MAX) throw new RangeError(`values are nested more than ${DEPTH_MAX} deep`);
    if (this.#valuesLeft-- <= 0) throw new RangeError("its records overlap");
    const behind = this.#head(at);
    if (this.#type === POINTER) {
      const target = this.#size;
      this.#head(target);
      if (this.#type === POINTER) throw new RangeError(`the pointer at byte ${at} points to a pointer`);
      this.#verifyOnce(target, depth);
      return behind;
    }
    const isMap = this.#type === MAP;
    if (!isMap && this.#type !== ARRAY) return this.#verifyScalar(at, behind);
    let next = behind;
    for (let left = this.#size; left > 0; left--) {
      if (isMap) next = this.#verifyKey(next, depth);
      next = this.verify(next, depth + 1);
    }
    return next;
  }

  /** Verifies a record, or what a pointer points to. */
  #verifyOnce(at: number, depth: number): void {
    const bit = at - this.#start;
    const verified = this.#verified;
    if (verified === undefined || (verified[bit >> 3]! & (1 << (bit & 7))) !== 0) return;
    verified[bit >> 3]! |= 1 << (bit & 7);
    this.verify(at, depth + 1);
  }

  /** Verifies the record at a place that the tree names. Throws RangeError. */
  verifyRecord(at: number): void {
    if (at < this.#start || at >= this.#end) throw new RangeError("its tree names a record outside of the file");
    this.#verifyOnce(at, 0);
  }

  #verifyKey(at: number, depth: number): number {
    const behind = this.verify(at, depth + 1);
    this.#head(this.#target(at));
    if (this.#type !== TEXT) throw new RangeError(`the key at byte ${at} is no text`);
    return behind;
  }

  #verifyScalar(at: number, behind: number): number {
    const [type, size] = [this.#type, this.#size];
    const most = SIZES[type];
    if (most === undefined) throw new RangeError(`the value at byte ${at} is of no known type (${type})`);
    const isSized = type === DOUBLE || type === FLOAT ? size === most : size <= most;
    if (!isSized) throw new RangeError(`the value at byte ${at} is of type ${type} and has ${size} bytes`);
    const end = type === BOOLEAN ? behind : behind + size;
    if (end > this.#end) throw new RangeError(`the value at byte ${at} is cut off`);
    return end;
  }

  /** Where the value stands that a step leads to. */
  #child(at: number, step: Step): number | undefined {
    let next = this.#head(this.#target(at));
    const size = this.#size;
    if (typeof step === "number") {
      if (this.#type !== ARRAY || step >= size) return undefined;
      for (let left = step; left > 0; left--) next = this.#behind(next);
      return next;
    }
    if (this.#type !== MAP) return undefined;
    for (let left = size; left > 0; left--) {
      const key = this.#head(this.#target(next));
      const isIt = this.#size === step.length && this.#stands(step, key);
      next = this.#behind(next);
      if (isIt) return next;
      next = this.#behind(next);
    }
    return undefined;
  }

  /** Keys are short: a call out of JavaScript costs more than looking at each byte. */
  #stands(step: Buffer, at: number): boolean {
    const bytes = this.#bytes;
    for (let index = 0; index < step.length; index++) if (bytes[at + index] !== step[index]) return false;
    return true;
  }

  /** The place behind a value, whatever it is. */
  #behind(at: number): number {
    let [next, left] = [at, 1];
    for (; left > 0; left--) {
      next = this.#head(next);
      if (this.#type === MAP) left += 2 * this.#size;
      else if (this.#type === ARRAY) left += this.#size;
      else if (this.#type !== POINTER && this.#type !== BOOLEAN) next += this.#size;
    }
    return next;
  }

  /** Where the value stands itself, behind a pointer. */
  #target(at: number): number {
    this.#head(at);
    return this.#type === POINTER ? this.#size : at;
  }

  #scalar(at: number): Scalar | undefined {
    const from = this.#head(at);
    const [bytes, size] = [this.#bytes, this.#size];
    switch (this.#type) {
      case TEXT:
        return bytes.toString("utf8", from, from + size);
      case DOUBLE:
        return bytes.readDoubleBE(from);
      case FLOAT:
        return bytes.readFloatBE(from);
      case BOOLEAN:
        return size !== 0;
      case BYTES:
        return bytes.subarray(from, from + size);
      case INT32:
        return size === 0 ? 0 : size === 4 ? bytes.readInt32BE(from) : bytes.readUIntBE(from, size);
      case MAP:
      case ARRAY:
        return undefined;
      default:
        return this.#unsigned(from, size);
    }
  }

  #unsigned(from: number, size: number): number | bigint {
    if (size === 0) return 0;
    if (size <= 6) return this.#bytes.readUIntBE(from, size);
    const value = BigInt(`0x${this.#bytes.toString("hex", from, from + size)}`);
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }

  /** Reads the head at `at`; for a pointer, `#size` is where it points to. Gives the place behind it. Throws RangeError. */
  #head(at: number): number {
    const bytes = this.#bytes;
    if (at < this.#start || at >= this.#end) throw new RangeError(`byte ${at} is outside of its values`);
    const control = bytes[at]!;
    let next = at + 1;
    let type = control >> 5;
    if (type === POINTER) return this.#pointer(control, next);
    if (type === 0) type = 7 + bytes.readUInt8(next++);
    this.#type = type;
    const size = control & 31;
    this.#size = size;
    return size < 29 ? next : this.#longer(size - 28, next);
  }

  #longer(more: number, at: number): number {
    this.#size = SIZE_BASES[more]! + this.#bytes.readUIntBE(at, more);
    return at + more;
  }

  #pointer(control: number, at: number): number {
    const bytes = this.#bytes;
    const length = ((control >> 3) & 3) + 1;
    if (at + length > this.#end) throw new RangeError(`the pointer at byte ${at - 1} is cut off`);
    let value = 0;
    for (let index = 0; index < length; index++) value = value * 256 + bytes[at + index]!;
    const high = length === 4 ? 0 : (control & 7) * 2 ** (8 * length);
    this.#type = POINTER;
    this.#size = this.#start + high + value + POINTER_BASES[length]!;
    return at + length;
  }
}

const POINTER = 1;
const TEXT = 2;
const DOUBLE = 3;
const BYTES = 4;
const UINT16 = 5;
const UINT32 = 6;
const MAP = 7;
const INT32 = 8;
const UINT64 = 9;
const UINT128 = 10;
const ARRAY = 11;
const BOOLEAN = 14;
const FLOAT = 15;
/** Bytes that a value may have; exactly so many for floats. A truth value has its value for a size. */
const SIZES: Readonly<Record<number, number>> = {
  [TEXT]: Number.MAX_SAFE_INTEGER,
  [DOUBLE]: 8,
  [BYTES]: Number.MAX_SAFE_INTEGER,
  [UINT16]: 2,
  [UINT32]: 4,
  [INT32]: 4,
  [UINT64]: 8,
  [UINT128]: 16,
  [BOOLEAN]: 1,
  [FLOAT]: 4,
};
const SIZE_BASES = [0, 29, 285, 65_821];
const POINTER_BASES = [0, 0, 2048, 526_336, 0];
/** Real ones are three or four deep. */
const DEPTH_MAX = 64;
