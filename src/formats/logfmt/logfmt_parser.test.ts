import { expect, test } from "vitest";
import { parseFields } from "../../../test/suites/parse_fields.ts";
import { LogfmtParser } from "./logfmt_parser.ts";

const NAMES = ["msg", "ok"];
const parser = new LogfmtParser(NAMES);

test.each([
  ['msg="a \\"b\\"" ok', { msg: 'a "b"', ok: "true" }],
  ["ok=", { ok: "" }],
  ["\tmsg=x=y\t", { msg: "x=y" }],
])("%s holds its fields", (line, fields) => {
  expect(parseFields(parser, NAMES, line)).toEqual(fields);
});

test.each([
  ["", "empty"],
  ["   ", "empty"],
  ["=x", "key"],
  ['a"b=1', "key"],
  ['msg="open', "value"],
  ['msg="open\\', "value"],
  ['msg="open\\"', "value"],
  ['msg="a"b', "value"],
  ['msg=a"b', "value"],
])("%j is refused for its %s", (line, reason) => {
  expect(parseFields(parser, NAMES, line)).toBe(reason);
});
