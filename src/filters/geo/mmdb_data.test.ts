import { expect, test } from "vitest";
import { MmdbData } from "./mmdb_data.ts";

function dataOf(...bytes: number[]): MmdbData {
  const data = new MmdbData(Buffer.from(bytes), 0, bytes.length);
  data.beginVerifying();
  return data;
}

const key = (name: string): Buffer => Buffer.from(name);
/** Heads: a map or a text of so many, an array of one, a pointer to a place below 256. */
const map = (size: number): number => 0xe0 | size;
const text = (size: number): number => 0x40 | size;
const pointer = (to: number): number[] => [0x20, to];
const [A, B] = [0x61, 0x62];

test("keys and values may be pointed to", () => {
  const data = dataOf(map(1), ...pointer(5), ...pointer(7), text(1), A, text(1), B);
  expect(data.verify(0)).toBe(5);
  expect(data.find(0, [key("a")])).toBe("b");
  expect(data.find(0, [key("b")])).toBeUndefined();
});

test("a value that follows nested ones is found behind them", () => {
  const data = dataOf(map(2), text(1), A, 0x02, 0x04, text(1), A, map(1), text(1), B, ...pointer(0), text(1), B, text(1), B);
  expect(data.verify(0)).toBe(16);
  expect(data.find(0, [key("b")])).toBe("b");
  expect(data.find(0, [key("a"), 1, key("b"), key("b")])).toBe("b");
});

test("sizes and places are of one to four bytes", () => {
  const long = Buffer.concat([Buffer.from([text(30), 0, 15]), Buffer.alloc(300, "x")]);
  const data = new MmdbData(long, 0, long.length);
  data.beginVerifying();
  expect(data.verify(0)).toBe(303);
  expect(data.find(0, [])).toBe("x".repeat(300));
  const far = Buffer.concat([Buffer.alloc(2100), Buffer.from([text(1), A, 0x28, 0, 2100 - 2048, 0x38, 0, 0, 0x08, 0x34])]);
  const pointing = new MmdbData(far, 0, far.length);
  pointing.beginVerifying();
  expect([pointing.verify(2102), pointing.verify(2105)]).toEqual([2105, 2110]);
  expect([pointing.find(2102, []), pointing.find(2105, [])]).toEqual(["a", "a"]);
});

test.each([
  ["outside of its values", [...pointer(9)]],
  ["points to a pointer", [...pointer(2), ...pointer(0)]],
  ["is cut off", [text(5), A]],
  ["is cut off", [0x28, 0]],
  ["outside of its values", [map(1), text(1), A]],
  ["is no text", [map(1), 0xa1, 5, text(0)]],
  ["of no known type (12)", [0x00, 5]],
  ["is of type 3 and has 4 bytes", [0x64, 0, 0, 0, 0]],
  ["is of type 5 and has 3 bytes", [0xa3, 0, 0, 0]],
  ["nested more than 64 deep", Array.from({ length: 70 }, () => [0x01, 0x04]).flat()],
])("%s is found", (wrong, bytes) => {
  expect(() => dataOf(...bytes).verify(0)).toThrow(wrong);
});

test("a pointer to a record that it stands in is no way to read for ever", () => {
  const data = dataOf(map(1), text(1), A, ...pointer(0));
  data.verifyRecord(0);
  expect(data.find(0, [key("a"), key("a"), key("a")])).toBeUndefined();
});

test("records that overlap, each of which would be verified anew, are refused", () => {
  // Texts of four bytes, in which the head of an array of 10,000 of the texts behind it stands.
  const bytes = Buffer.from(Array.from({ length: 20_000 }, () => [text(4), 0x1e, 0x04, (10_000 - 285) >> 8, (10_000 - 285) & 255]).flat());
  const data = new MmdbData(bytes, 0, bytes.length);
  data.beginVerifying();
  data.verifyRecord(1);
  data.verifyRecord(1);
  expect(() => {
    for (let at = 6; at < 1000; at += 5) data.verifyRecord(at);
  }).toThrow("its records overlap");
});
