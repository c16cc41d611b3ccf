import { expect, test } from "vitest";
import { valueText } from "./value_text.ts";

test("values are texts as a person would write them", () => {
  const values = ["a", 1, 2n ** 60n, 0.5, true, null, undefined, new Date(0), ["x", 1], { a: { b: 1 } }];
  expect(values.map((value) => valueText(value))).toEqual([
    "a",
    "1",
    "1152921504606846976",
    "0.5",
    "true",
    undefined,
    undefined,
    "1970-01-01T00:00:00.000Z",
    '["x",1]',
    '{"a":{"b":1}}',
  ]);
});

test("a hash that a reader gave as a Map is JSON like any other", () => {
  expect(valueText(new Map([["a", new Map([["__proto__", [1]]])]]) as never)).toBe('{"a":{"__proto__":[1]}}');
});
