import fc from "fast-check";
import { expect, test } from "vitest";
import { snappyDecompressed } from "./snappy.ts";

/** 11 bytes: "abcd" as they are, four from 4 back, three from 1 back. */
const BLOCK = Buffer.from([11, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x01, 0x04, 0x0a, 0x01, 0x00]);
const HEAD = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);

function framed(...blocks: Buffer[]): Buffer {
  const pieces = blocks.flatMap((block) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(block.length);
    return [length, block];
  });
  return Buffer.concat([HEAD, ...pieces]);
}

test("reads a block with literals and copies, and frames of several, as clients in Java write them", () => {
  expect(snappyDecompressed(BLOCK, 100).toString()).toBe("abcdabcdddd");
  expect(snappyDecompressed(framed(BLOCK, BLOCK), 100).toString()).toBe("abcdabcddddabcdabcdddd");
});

test("reads literals whose length stands in bytes of its own", () => {
  const long = Buffer.alloc(300, "x");
  const block = Buffer.concat([Buffer.from([0xac, 0x02, 61 << 2, 0x2b, 0x01]), long]);
  expect(snappyDecompressed(block, 1000)).toEqual(long);
});

test.each([
  ["it is cut off", BLOCK.subarray(0, 4)],
  ["it refers to what was not there", Buffer.from([4, 0x01, 0x09])],
  ["it holds another number of bytes than it says", Buffer.from([5, 0x00, 0x61])],
  ["it is cut off", framed(BLOCK).subarray(0, 20)],
  ["its length is none", Buffer.alloc(9, 0xff)],
  ["there is more than 10 bytes in it", BLOCK],
])("%s is found", (wrong, bytes) => {
  expect(() => snappyDecompressed(bytes, 10)).toThrow(wrong);
});

test("no bytes make it throw anything but a RangeError, or more bytes than the bound", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(lengthOf(Buffer.from(bytes))).toBeLessThanOrEqual(1000);
      expect(lengthOf(framed(Buffer.from(bytes)))).toBeLessThanOrEqual(1000);
    }),
  );
});

function lengthOf(bytes: Buffer): number {
  try {
    return snappyDecompressed(bytes, 1000).length;
  } catch (thrown) {
    if (thrown instanceof RangeError) return 0;
    throw thrown;
  }
}
