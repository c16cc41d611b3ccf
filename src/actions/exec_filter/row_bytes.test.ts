import { expect, test } from "vitest";
import { MsgpackReader } from "../../kit/index.ts";
import { cellText, checkLength, rowBytes } from "./row_bytes.ts";

const row = { host: "a\tb\\\n", n: 2n ** 60n, none: null, at: new Date(5), list: [1, { x: true }] };

test("a row is a JSON object on a line", () => {
  expect(rowBytes(row, "json", []).toString()).toBe(
    '{"host":"a\\tb\\\\\\n","n":1152921504606846976,"none":null,"at":5,"list":[1,{"x":true}]}\n',
  );
});

test("a row is a map of MessagePack", () => {
  expect(new MsgpackReader(rowBytes(row, "msgpack", [])).value()).toEqual({ ...row, at: 5 });
});

test("a row is the values of its fields between tabs, which they cannot hold themselves", () => {
  const line = rowBytes(row, "tsv", ["host", "missing", "none", "n", "list", "toString"]).toString();
  expect(line).toBe('a\\tb\\\\\\n\t\t\t1152921504606846976\t[1,{"x":true}]\t\n');
  expect(cellText(line.split("\t")[0]!)).toBe(row.host);
});

test("a row that is too long is refused in so many words", () => {
  expect(() => checkLength(Buffer.alloc(11), 10)).toThrow("a row takes 11 bytes; at most 10 (line_bytes_max) are written.");
});
