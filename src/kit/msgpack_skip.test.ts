import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { msgpackChildren, msgpackHeadLength, msgpackOf, msgpackTextHead, MsgpackReader, type MsgpackValue, skipMsgpack } from "./index.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

test("a value is passed over to where a reader finds its end", () => {
  const { value } = fc.letrec<{ value: MsgpackValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.double(),
      fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n),
      fc.string({ maxLength: 40 }),
      fc.array(tie("value"), { maxLength: 20 }),
      fc.dictionary(fc.string(), tie("value"), { maxKeys: 20 }),
    ),
  }));
  fc.assert(
    fc.property(value, fc.integer({ min: 1, max: 20 }), (one, cut) => {
      const bytes = msgpackOf(one);
      expect(skipMsgpack(Buffer.concat([bytes, hex("ff")]), 0, bytes.length + 1)).toBe(bytes.length);
      expect(skipMsgpack(bytes, 0, bytes.length - Math.min(cut, bytes.length))).toBe(-1);
    }),
  );
});

function readersEnd(bytes: Buffer): number {
  const reader = new MsgpackReader(bytes);
  try {
    reader.skip();
    return reader.at;
  } catch {
    return -1;
  }
}

test("of any bytes at all nothing is thrown, and the end is that of a reader or none", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const all = Buffer.from(bytes);
      const end = skipMsgpack(all, 0, all.length);
      expect(end).toBe(readersEnd(all));
    }),
  );
});

test.each([
  ["93 01 02 03", 1, 3, 0],
  ["82 a1", 1, 4, 0],
  ["dc 0102", 3, 258, 0],
  ["df 00000002", 5, 4, 0],
  ["dd 0000", 0, 0, 0],
  ["c1", -1, 0, 0],
  ["a3 616263", 4, 0, 1],
  ["d9 03 616263", 5, 0, 2],
  ["c5 0003 616263", 6, 0, 3],
  ["db 00000003 616263", 8, 0, 5],
  ["d7 00 0000000000000000", 10, 0, 0],
  ["c7 08 00 0000000000000000", 11, 0, 0],
])("%s has a head of %i bytes and %i values in it", (bytes, length, children, textHead) => {
  expect(msgpackHeadLength(hex(bytes), 0, hex(bytes).length)).toBe(length);
  expect(length <= 0 ? 0 : msgpackChildren(hex(bytes), 0)).toBe(children);
  expect(msgpackTextHead(hex(bytes), 0, hex(bytes).length)).toBe(textHead);
});

describe("bytes that somebody chose to do harm", () => {
  test("a depth of a hundred thousand takes no stack, and an announcement of billions takes no time", () => {
    const deep = Buffer.concat([Buffer.alloc(100_000, 0x91), hex("c0")]);
    expect(skipMsgpack(deep, 0, deep.length)).toBe(deep.length);
    expect(skipMsgpack(hex("dfffffffff01"), 0, 6)).toBe(-1);
  });
});
