import { expect, test } from "vitest";
import { readLiteral } from "./literal.ts";

test.each([
  ["plain words", "plain words", false],
  ["plain # comment", "plain", false],
  ["a#b", "a#b", false],
  ['/^(?<a>[^ ]*) "(?<b>.*)"$/', '/^(?<a>[^ ]*) "(?<b>.*)"$/', false],
  ['"a \\"b\\" \\n # no comment" # one', 'a "b" \n # no comment', false],
  ["'it''s'", "'it''s'", false],
  ["'a \\' b \\n'", "a ' b \\n", false],
  ['"#{ENV["X"]}"', '#{ENV["X"]}', true],
  ['"a #{x.map { |y| y }} b"', "a #{x.map { |y| y }} b", true],
  ['"never closed', '"never closed', false],
  ['"a" b', '"a" b', false],
  ["[%d/%b/%Y]", "[%d/%b/%Y]", false],
  ['{"a":\n "}"}', '{"a":\n "}"}', false],
  ['["a", "b"] # two', '["a", "b"]', false],
  ["", "", false],
])("%j reads %j", (text, value, hasRuby) => {
  const { end, ...literal } = readLiteral(`${text}\nnext`, 0);
  expect(literal).toEqual({ text: value, hasRuby });
  expect(end).toBe(text.length);
});

test("a text in double quotes goes on behind a line that ends with a backslash", () => {
  expect(readLiteral('"a\\\nb"\n', 0).text).toBe("ab");
});
