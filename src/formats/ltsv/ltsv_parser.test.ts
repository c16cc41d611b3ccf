import { expect, test } from "vitest";
import { parseFields } from "../../../test/suites/parse_fields.ts";
import { LtsvParser } from "./ltsv_parser.ts";

test.each([
  ["a:1\tb:x:y\tc", { a: "1", b: "x:y" }],
  ["a:\ta:2", { a: "2" }],
  ["\t\tb:", { b: "" }],
  ["z:1", {}],
  ["nothing", "label"],
  ["", "empty"],
])("%j is read as %j", (line, read) => {
  expect(parseFields(new LtsvParser(["a", "b"]), ["a", "b"], line)).toEqual(read);
});
