import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteMarks, markOneByOne } from "./byte_marks.ts";

const NEWLINE = 0x0a;
const QUOTE = 0x22;

function marksOf(marks: ByteMarks, bytes: Buffer, start: number, end: number): number[] {
  const count = marks.mark(bytes, start, end);
  return [...marks.places.subarray(0, count)];
}

function oneByOne(bytes: Buffer, start: number, end: number): number[] {
  const places = new Int32Array(bytes.length);
  return [...places.subarray(0, markOneByOne({ bytes, start, end, one: NEWLINE, other: QUOTE, places }))];
}

test("marks are where a loop over the bytes finds them, in any stretch, whatever was looked at before", () => {
  const marks = new ByteMarks(NEWLINE, QUOTE);
  const byte = fc.oneof(fc.constantFrom(NEWLINE, QUOTE), fc.nat(255));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 300 }), fc.nat(), fc.nat(), (values, from, size) => {
      const bytes = Buffer.from(values);
      const start = from % (bytes.length + 1);
      const end = start + (size % (bytes.length - start + 1));
      expect(marksOf(marks, bytes, start, end)).toEqual(oneByOne(bytes, start, end));
    }),
    { numRuns: 2000 },
  );
});

test("a longer stretch than any before is found room for, be every byte of it a mark", () => {
  const marks = new ByteMarks(NEWLINE, QUOTE);
  for (const length of [1, 64, 65, 13_000, 70_000, 3_000_001]) {
    const bytes = Buffer.alloc(length, QUOTE);
    expect(marks.mark(bytes, 0, length)).toBe(length);
    expect([marks.places[0], marks.places[length - 1]]).toEqual([0, length - 1]);
  }
});

test("what stood behind a stretch before is not found in it", () => {
  const marks = new ByteMarks(NEWLINE, QUOTE);
  marks.mark(Buffer.alloc(200, QUOTE), 0, 200);
  expect(marksOf(marks, Buffer.alloc(10, "x"), 0, 10)).toEqual([]);
});
