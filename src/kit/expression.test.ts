import { expect, test } from "vitest";
import { Expression } from "./expression.ts";

function of(written: string): Expression {
  const expression = Expression.of(written);
  if (typeof expression === "string") throw new Error(expression);
  return expression;
}

test("groups are found by name and number, and one that took no part is nowhere", () => {
  const expression = of("(?<a>x+)(?<b>y)?( )(?<c>\\d+)");
  expect([...expression.groups]).toEqual([
    ["a", 1],
    ["b", 2],
    ["c", 4],
  ]);
  expect([...expression.find("..xx 12")!]).toEqual([2, 7, 2, 4, -1, -1, 4, 5, 5, 7]);
  expect(expression.find("nope")).toBeUndefined();
});

test.each([
  ["(", /it is no regular expression: missing/],
  ["(?<a>x)|(?<a>y)", /duplicate/],
  ["a{1,9999}", /repeat count/],
  ["x".repeat(5000), /longer than 4096/],
])("%s is none: %s", (written, sentence) => {
  expect(Expression.of(written)).toMatch(sentence);
});

test("no text takes it longer than in proportion to its length", () => {
  const startMs = performance.now();
  expect(of("^(a+)+$").test(`${"a".repeat(20_000)}b`)).toBe(false);
  expect(of('"(\\S+)(?: +([^ ]*) +\\S*)?" x').test(`"GET${" ".repeat(20_000)}/ HTTP/1.1" y`)).toBe(false);
  expect(performance.now() - startMs).toBeLessThan(2000);
});
