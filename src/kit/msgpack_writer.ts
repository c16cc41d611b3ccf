import { assert } from "./errors.ts";
import { MsgpackFloat, type MsgpackValue } from "./msgpack_reader.ts";

/** The bytes of a value: each number in the shortest form that holds it, text as str. */
export function msgpackOf(value: MsgpackValue): Buffer {
  const writer = new MsgpackWriter();
  writer.value(value);
  return writer.bytes();
}

/**
 * Writes values of MessagePack one after another. A whole `number` is written as an integer; who means 2.0 says `float`, or hands in a
 * `MsgpackFloat`.
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export class MsgpackWriter {
  #buffer: Buffer;
  #at = 0;

  constructor(bytes = 1024) {
    this.#buffer = Buffer.allocUnsafe(bytes);
  }

  /** What was written, as a view that is good until the next write. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  value(value: MsgpackValue): void {
    if (value === null) this.nil();
    else if (typeof value === "string") this.text(value);
    else if (typeof value === "number") this.number(value);
    else if (typeof value === "bigint") this.#bigint(value);
    else if (typeof value === "boolean") this.boolean(value);
    else if (value instanceof MsgpackFloat) this.float(value.value);
    else if (isList(value)) this.#list(value);
    else this.#map(value);
  }

  nil(): void {
    this.#head(0xc0);
  }

  boolean(value: boolean): void {
    this.#head(value ? 0xc3 : 0xc2);
  }

  number(value: number): void {
    if (!Number.isInteger(value)) return this.float(value);
    if (value < -0x8000_0000 || value > 0xffff_ffff) {
      // Beyond 2^53 a number is whole by accident, and beyond 64 bits no integer holds it.
      return Number.isSafeInteger(value) ? this.#bigint(BigInt(value)) : this.float(value);
    }
    if (value >= 0) this.#unsigned(value);
    else if (value >= -32) this.#head(value + 0x1_00);
    else if (value >= -0x80) this.#body(0xd0, 1, (at) => this.#buffer.writeInt8(value, at));
    else if (value >= -0x8000) this.#body(0xd1, 2, (at) => this.#buffer.writeInt16BE(value, at));
    else this.#body(0xd2, 4, (at) => this.#buffer.writeInt32BE(value, at));
  }

  float(value: number): void {
    this.#body(0xcb, 8, (at) => this.#buffer.writeDoubleBE(value, at));
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    if (length < 32) this.#head(0xa0 | length);
    else this.#length(length, 0xd9, 0xda, 0xdb);
    this.#room(length);
    this.#at += this.#buffer.write(value, this.#at, "utf8");
  }

  arrayLength(count: number): void {
    if (count < 16) this.#head(0x90 | count);
    else this.#length(count, undefined, 0xdc, 0xdd);
  }

  mapLength(count: number): void {
    if (count < 16) this.#head(0x80 | count);
    else this.#length(count, undefined, 0xde, 0xdf);
  }

  /** Bytes that are a value of MessagePack already. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #list(items: readonly MsgpackValue[]): void {
    this.arrayLength(items.length);
    for (const item of items) this.value(item);
  }

  #map(map: { readonly [key: string]: MsgpackValue }): void {
    const entries = Object.entries(map);
    this.mapLength(entries.length);
    for (const [key, value] of entries) {
      this.text(key);
      this.value(value);
    }
  }

  #unsigned(value: number): void {
    if (value < 0x80) this.#head(value);
    else if (value <= 0xff) this.#body(0xcc, 1, (at) => this.#buffer.writeUInt8(value, at));
    else if (value <= 0xffff) this.#body(0xcd, 2, (at) => this.#buffer.writeUInt16BE(value, at));
    else this.#body(0xce, 4, (at) => this.#buffer.writeUInt32BE(value, at));
  }

  #bigint(value: bigint): void {
    if (value >= 0n) {
      assert(value < 1n << 64n, "an integer beyond 64 bits was to be written as MessagePack");
      this.#body(0xcf, 8, (at) => this.#buffer.writeBigUInt64BE(value, at));
    } else {
      assert(value >= -(1n << 63n), "an integer below 64 bits was to be written as MessagePack");
      this.#body(0xd3, 8, (at) => this.#buffer.writeBigInt64BE(value, at));
    }
  }

  #length(length: number, oneByte: number | undefined, twoBytes: number, fourBytes: number): void {
    if (oneByte !== undefined && length <= 0xff) this.#body(oneByte, 1, (at) => this.#buffer.writeUInt8(length, at));
    else if (length <= 0xffff) this.#body(twoBytes, 2, (at) => this.#buffer.writeUInt16BE(length, at));
    else this.#body(fourBytes, 4, (at) => this.#buffer.writeUInt32BE(length, at));
  }

  #head(head: number): void {
    this.#room(1);
    this.#buffer[this.#at++] = head;
  }

  #body(head: number, bytes: number, write: (at: number) => void): void {
    this.#head(head);
    this.#room(bytes);
    write(this.#at);
    this.#at += bytes;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + bytes));
    larger.set(this.bytes());
    this.#buffer = larger;
  }
}

/** `Array.isArray` takes a readonly array for one of anything. */
function isList(value: MsgpackValue): value is readonly MsgpackValue[] {
  return Array.isArray(value);
}
