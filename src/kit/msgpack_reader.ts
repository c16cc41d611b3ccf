import { HotakaError } from "./errors.ts";
import { skipMsgpack } from "./msgpack_skip.ts";

/**
 * A value of MessagePack. An integer is a `number` within ±(2^53 − 1) and a `bigint` beyond; a map has the keys that are text, each its own
 * (a key `__proto__` is a key).
 */
export type MsgpackValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | MsgpackFloat
  | readonly MsgpackValue[]
  | { readonly [key: string]: MsgpackValue };

/** A number that came as a float, for who must tell 2.0 from 2. A reader makes it only when asked to. */
export class MsgpackFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

export interface MsgpackReaderOptions {
  /** Arrays and maps within each other, at most. */
  readonly depthMax?: number;
  /** Floats come as `MsgpackFloat`. */
  readonly keepsFloats?: boolean;
}

/**
 * Reads values of MessagePack one after another from bytes that somebody else chose. Nothing it makes is larger than the bytes warrant:
 * a length beyond the end is refused before anything is made for it. Text is taken as str and as bin, as old clients send it.
 *
 * Everything throws HOTAKA_MSGPACK when the bytes are not what was asked for; the sentence says at which byte.
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export class MsgpackReader {
  #bytes: Buffer;
  #end: number;
  readonly #depthMax: number;
  readonly #keepsFloats: boolean;
  #at: number;
  #keysDropped = 0;

  constructor(bytes: Uint8Array, { depthMax = DEPTH_MAX, keepsFloats = false }: MsgpackReaderOptions = {}) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.#end = bytes.length;
    this.#depthMax = depthMax;
    this.#keepsFloats = keepsFloats;
  }

  /** Goes on at byte `at` of other bytes: for who reads many values here and there, and would make a reader for each. */
  goTo(bytes: Buffer, at: number): this {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = bytes.length;
    return this;
  }

  /** The place of the next byte. */
  get at(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  /** Keys of maps that are no text, which were left out with their values. */
  get keysDropped(): number {
    return this.#keysDropped;
  }

  /** The next value, whatever it is. */
  value(): MsgpackValue {
    return this.#value(0);
  }

  /** The count of an array, whose items come next. */
  arrayLength(): number {
    const head = this.#byte();
    if (head >= 0x90 && head <= 0x9f) return this.#fitting(head & 0x0f, 1);
    if (head === 0xdc) return this.#fitting(this.#unsigned(2), 1);
    if (head === 0xdd) return this.#fitting(this.#unsigned(4), 1);
    throw this.#unwanted(head, "an array");
  }

  /** Leaves out the next value, however deep it is: it takes no stack. */
  skip(): void {
    const end = skipMsgpack(this.#bytes, this.#at, this.#end);
    if (end === -1) throw this.#wrong(`what begins at byte ${this.#at} is cut off, or has a byte in it that begins no value`);
    this.#at = end;
  }

  /** The bytes of the next value, which is left out. They are a view of those that are read. */
  raw(): Buffer {
    const start = this.#at;
    this.skip();
    return this.#bytes.subarray(start, this.#at);
  }

  /** All the bytes that are left, as a view of those that are read. */
  rest(): Buffer {
    const start = this.#at;
    this.#at = this.#end;
    return this.#bytes.subarray(start, this.#end);
  }

  /** Whether the next value is a map. */
  get isMapNext(): boolean {
    const head = this.#at < this.#end ? this.#bytes[this.#at]! : NIL;
    return (head & 0xf0) === 0x80 || head === 0xde || head === 0xdf;
  }

  /** Whether the next value is an array. */
  get isArrayNext(): boolean {
    const head = this.#at < this.#end ? this.#bytes[this.#at]! : NIL;
    return (head & 0xf0) === 0x90 || head === 0xdc || head === 0xdd;
  }

  #value(depth: number): MsgpackValue {
    const head = this.#byte();
    if (head <= 0x7f) return head;
    if (head <= 0x8f) return this.#map(this.#fitting(head & 0x0f, 2), depth);
    if (head <= 0x9f) return this.#array(this.#fitting(head & 0x0f, 1), depth);
    if (head <= 0xbf) return this.#text(head & 0x1f);
    if (head >= 0xe0) return head - 0x1_00;
    switch (head) {
      case NIL:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xd9:
        return this.#text(this.#unsigned(1));
      case 0xc5:
      case 0xda:
        return this.#text(this.#unsigned(2));
      case 0xc6:
      case 0xdb:
        return this.#text(this.#unsigned(4));
      case 0xca:
        return this.#float(this.#bytes.readFloatBE(this.#take(4)));
      case 0xcb:
        return this.#float(this.#bytes.readDoubleBE(this.#take(8)));
      case 0xcc:
        return this.#unsigned(1);
      case 0xcd:
        return this.#unsigned(2);
      case 0xce:
        return this.#unsigned(4);
      case 0xcf:
        return narrow(this.#bytes.readBigUInt64BE(this.#take(8)));
      case 0xd0:
        return this.#bytes.readInt8(this.#take(1));
      case 0xd1:
        return this.#bytes.readInt16BE(this.#take(2));
      case 0xd2:
        return this.#bytes.readInt32BE(this.#take(4));
      case 0xd3:
        return narrow(this.#bytes.readBigInt64BE(this.#take(8)));
      case 0xdc:
        return this.#array(this.#fitting(this.#unsigned(2), 1), depth);
      case 0xdd:
        return this.#array(this.#fitting(this.#unsigned(4), 1), depth);
      case 0xde:
        return this.#map(this.#fitting(this.#unsigned(2), 2), depth);
      case 0xdf:
        return this.#map(this.#fitting(this.#unsigned(4), 2), depth);
      default:
        throw this.#unwanted(head, "a value that an event can have");
    }
  }

  #array(count: number, depth: number): MsgpackValue[] {
    this.#deepen(depth);
    const items: MsgpackValue[] = [];
    for (let index = 0; index < count; index++) items.push(this.#value(depth + 1));
    return items;
  }

  #map(count: number, depth: number): { [key: string]: MsgpackValue } {
    this.#deepen(depth);
    const map: { [key: string]: MsgpackValue } = {};
    for (let index = 0; index < count; index++) {
      if (!this.#isTextNext()) {
        this.#keysDropped++;
        this.skip();
        this.skip();
        continue;
      }
      const key = this.#value(depth + 1) as string;
      const value = this.#value(depth + 1);
      // An assignment to this one key would set what the object inherits from.
      if (key === "__proto__") Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
      else map[key] = value;
    }
    return map;
  }

  #isTextNext(): boolean {
    const head = this.#at < this.#end ? this.#bytes[this.#at]! : NIL;
    return (head & 0xe0) === 0xa0 || (head >= 0xd9 && head <= 0xdb) || (head >= 0xc4 && head <= 0xc6);
  }

  #text(length: number): string {
    const start = this.#take(length);
    return this.#bytes.toString("utf8", start, start + length);
  }

  #float(value: number): number | MsgpackFloat {
    return this.#keepsFloats ? new MsgpackFloat(value) : value;
  }

  /** `count` items of at least `bytesEach` follow, or the bytes are cut off: nothing is made for more items than there can be. */
  #fitting(count: number, bytesEach: number): number {
    if (count * bytesEach <= this.#end - this.#at) return count;
    throw this.#wrong(`${count} items were announced at byte ${this.#at} and only ${this.#end - this.#at} bytes are left`);
  }

  #unsigned(length: 1 | 2 | 4): number {
    return this.#bytes.readUIntBE(this.#take(length), length);
  }

  #byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  /** Goes on by `length` bytes, and gives where they start. */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.#end - start)
      throw this.#wrong(`${length} bytes were wanted at byte ${start} and only ${this.#end - start} are left`);
    this.#at = start + length;
    return start;
  }

  #deepen(depth: number): void {
    if (depth >= this.#depthMax)
      throw this.#wrong(`more than ${this.#depthMax} arrays and maps stand within each other at byte ${this.#at}`);
  }

  #unwanted(head: number, wanted: string): HotakaError {
    return this.#wrong(`0x${head.toString(16)} was found at byte ${this.#at - 1} where ${wanted} was wanted`);
  }

  #wrong(what: string): HotakaError {
    return new HotakaError("HOTAKA_MSGPACK", `This is not MessagePack as it was wanted: ${what}.`);
  }
}

function narrow(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

const NIL = 0xc0;
const DEPTH_MAX = 64;
