import { expect, test } from "vitest";
import { parseFields } from "../../../test/suites/parse_fields.ts";
import { JsonParser } from "./json_parser.ts";

const NAMES = ["a", "h", "h.b.$0", "list"];
const parser = new JsonParser(NAMES, ["string", "hash", "integer", "array"]);

test.each([
  ['{"a":"x","b":[{"c":[]},{}]}', { a: "x" }],
  ['{"a":-1.5e+3}', { a: "-1500" }],
  ['{"a":1.5e20}', { a: "150000000000000000000" }],
  ['{"h": {"b": [7, 8]} , "list": []}', { h: '{"b": [7, 8]}', "h.b.$0": "7", list: "[]" }],
  ['{"\\u0061":"\\ud83d\\ude00"}', { a: "😀" }],
  [" {\t} ", {}],
])("%s holds its fields as they are written", (line, fields) => {
  expect(parseFields(parser, NAMES, line)).toEqual(fields);
});

test.each([
  ['{"a":1,}', "syntax"],
  ["{'a':1}", "syntax"],
  ['{"a" 1}', "syntax"],
  ['{"a":01}', "syntax"],
  ['{"a":"\\x"}', "syntax"],
  ['{"a":"', "syntax"],
  ['{"a":"\t"}', "syntax"],
  [`{"a":${"[".repeat(200)}`, "depth"],
  ["{} {}", "trailing"],
])("%s is refused for its %s", (line, reason) => {
  expect(parseFields(parser, NAMES, line)).toBe(reason);
});
