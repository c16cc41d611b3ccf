import { expect, test } from "vitest";
import { msgpackOf } from "../../kit/index.ts";
import { ResultReader } from "./result_reader.ts";

/** The results of bytes that come in pieces of each length. */
function inPieces(format: "json" | "msgpack" | "tsv", bytes: Buffer, length: number, bytesMax = 1024): unknown[] {
  const reader = new ResultReader({ format, fields: ["host", "n"], bytesMax });
  const results: unknown[] = [];
  for (let at = 0; at < bytes.length; at += length) {
    for (const result of reader.read(bytes.subarray(at, at + length))) results.push("record" in result ? result.record : result.refused);
  }
  return results;
}

const LINES = Buffer.from('{"a":1}\r\n\n[1]\nwords\n{"__proto__":{"x":1}}\n{"cut":');
const VALUES = Buffer.concat([
  msgpackOf({ a: 1 }),
  Buffer.from("hi"),
  msgpackOf([1]),
  msgpackOf({ b: "x".repeat(300) }),
  Buffer.from([0x81]),
]);

test.each([1, 2, 7, 1000])("records are the same in pieces of %i bytes", (length) => {
  expect(inPieces("json", LINES, length)).toEqual([{ a: 1 }, "format", "format", JSON.parse('{"__proto__":{"x":1}}')]);
  expect(inPieces("msgpack", VALUES, length)).toEqual([{ a: 1 }, "format", "format", "format", { b: "x".repeat(300) }]);
  expect(inPieces("tsv", Buffer.from("a\\tb\t1\nonly\na\tb\tc\n"), length)).toEqual([
    { host: "a\tb", n: "1" },
    { host: "only", n: null },
    { host: "a", n: "b" },
  ]);
});

test.each([1, 9, 1000])("a line that is too long is passed over and counted once, in pieces of %i bytes", (length) => {
  const text = `{"a":1}\n${"x".repeat(100)}\n{"b":2}\n`;
  expect(inPieces("json", Buffer.from(text), length, 20)).toEqual([{ a: 1 }, "length", { b: 2 }]);
});

test("a value of MessagePack that never ends is given up", () => {
  const endless = Buffer.concat([Buffer.from([0xdb, 0xff, 0xff, 0xff, 0xff]), Buffer.alloc(100)]);
  expect(inPieces("msgpack", endless, 50, 64)).toContain("length");
});
