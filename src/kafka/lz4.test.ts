import fc from "fast-check";
import { expect, test } from "vitest";
import { lz4Decompressed } from "./lz4.ts";

/** "abcd", six from 4 back, and "e" as the last sequence. */
const BLOCK = Buffer.from([0x42, 0x61, 0x62, 0x63, 0x64, 4, 0, 0x10, 0x65]);
const MAGIC = [0x04, 0x22, 0x4d, 0x18];

function framed(block: Buffer, { flags = 0x60, isPlain = false } = {}): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE((block.length | (isPlain ? 0x8000_0000 : 0)) >>> 0);
  const optional = (bit: number, bytes: number): Buffer => Buffer.alloc((flags & bit) === 0 ? 0 : bytes);
  const head = Buffer.from([...MAGIC, flags, 0x40]);
  return Buffer.concat([head, optional(8, 8), Buffer.alloc(1), size, block, optional(16, 4), Buffer.alloc(4), optional(4, 4)]);
}

test.each([
  ["a frame", framed(BLOCK), "abcdabcdabe"],
  ["two frames", Buffer.concat([framed(BLOCK), framed(BLOCK)]), "abcdabcdabeabcdabcdabe"],
  ["every checksum and the size of the content", framed(BLOCK, { flags: 0x7c }), "abcdabcdabe"],
  ["a block that is not compressed", framed(Buffer.from("plain"), { isPlain: true }), "plain"],
])("reads %s", (_, bytes, text) => {
  expect(lz4Decompressed(bytes, 100).toString()).toBe(text);
});

test("reads lengths that go on in further bytes", () => {
  const block = Buffer.from([0x1f, 0x61, 1, 0, 255, 0, 0x10, 0x62]);
  expect(lz4Decompressed(framed(block), 1000).toString()).toBe(`${"a".repeat(1 + 19 + 255)}b`);
});

test.each([
  ["it is no frame of LZ4", Buffer.from("not one at all")],
  ["it wants a dictionary", framed(BLOCK, { flags: 0x61 })],
  ["it is cut off", framed(BLOCK).subarray(0, 14)],
  ["it refers to what was not there", framed(Buffer.from([0x00, 9, 0]))],
  ["there is more than 10 bytes in it", framed(BLOCK)],
])("%s is found", (wrong, bytes) => {
  expect(() => lz4Decompressed(bytes, 10)).toThrow(wrong);
});

test("no bytes make it throw anything but a RangeError, or more bytes than the bound", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(lengthOf(framed(Buffer.from(bytes)))).toBeLessThanOrEqual(1000);
    }),
  );
});

function lengthOf(bytes: Buffer): number {
  try {
    return lz4Decompressed(bytes, 1000).length;
  } catch (thrown) {
    if (thrown instanceof RangeError) return 0;
    throw thrown;
  }
}
