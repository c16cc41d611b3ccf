import { expect, test } from "vitest";
import { parseFields } from "../../test/suites/parse_fields.ts";
import { SeparatedParser } from "./separated.ts";

const NAMES = ["a", "b", "c"];
const COMMAS = new SeparatedParser({ separator: 0x2c, hasQuotes: true }, 3);
const TABS = new SeparatedParser({ separator: 0x09, hasQuotes: false }, 3);

test.each([
  ["1,2,3,4", { a: "1", b: "2", c: "3" }],
  ['"x,y","""",z', { a: "x,y", b: '"', c: "z" }],
  [",2", { b: "2" }],
  ['"', "quote"],
  ['"a" ,b', "quote"],
  ["", "empty"],
])("%j between commas is %j", (line, read) => {
  expect(parseFields(COMMAS, NAMES, line)).toEqual(read);
});

test.each([
  ['"1\t\t3', { a: '"1', c: "3" }],
  ["\t", {}],
])("%j between tabs is %j", (line, read) => {
  expect(parseFields(TABS, NAMES, line)).toEqual(read);
});
