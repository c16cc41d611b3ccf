import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Value } from "../event/index.ts";
import { rowOfText, rowText } from "./row_text.ts";

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.integer(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
    fc.string({ unit: "binary" }),
    fc.date({ noInvalidDate: true }),
    fc.array(tie("value")),
    fc.dictionary(key(), tie("value")),
  ),
}));

function key(): fc.Arbitrary<string> {
  return fc.oneof(fc.string(), fc.constantFrom("$bigint", "$date", "$number", "$$number", "$", "__proto__", "constructor"));
}

test("a row reads back as it was, whatever it holds", () => {
  fc.assert(
    fc.property(fc.dictionary(key(), value), (row) => {
      expect(rowOfText(rowText(row))).toEqual(row);
    }),
    { numRuns: 500 },
  );
});

test.each(["", "[1]", "7", "{", '{"$bigint":"x"}', '{"a":{"$bigint":"1.5"}}'])("%j is no row", (text) => {
  expect(rowOfText(text)).toBeUndefined();
});
