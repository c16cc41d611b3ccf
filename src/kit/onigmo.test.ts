import { expect, test } from "vitest";
import { Expression } from "./expression.ts";
import { re2Spelling } from "./onigmo.ts";

test.each([
  ["/^(?<host>[^ ]*) (?<code>\\d+)$/", "(?m)^(?P<host>[^ ]*) (?P<code>\\d+)$"],
  ["/a/im", "(?mis)a"],
  ["a.b", "(?m)a.b"],
  ["(?'name'x)", "(?m)(?P<name>x)"],
  ["/a b # word\n c/x", "(?m)abc"],
  ["a(?#note)b", "(?m)ab"],
  ["(?m:.)(?i-m:x)", "(?m)(?s:.)(?i-s:x)"],
  ["\\/\\-\\ あ", "(?m)\\/\\-\\ あ"],
])("%s is spelled %s", (written, spelled) => {
  expect(re2Spelling(written)).toBe(spelled);
});

test.each([
  ["^\\h+$", "beef", true],
  ["^[\\h:]+$", "be:ef", true],
  ["^[^\\h]+$", "be", false],
  ["\\Aa\\Z", "a\n", true],
  ["\\Aa\\z", "a\n", false],
  ["^b$", "a\nb\nc", true],
  ["\\u3042\\u{1F600}", "あ😀", true],
  ["^\\p{Alpha}\\p{^Digit}$", "ab", true],
  ["[[:alpha:]_]", "_", true],
  ["[]a]", "]", true],
  ["a\\Rb", "a\r\nb", true],
  ["a.b", "a\nb", false],
  ["/a.b/m", "a\nb", true],
  ["\\e\\[", "\u001b[", true],
])("%s on %j says %s, as Ruby does", (written, text, fits) => {
  const expression = Expression.of(written);
  if (typeof expression === "string") throw new Error(expression);
  expect(expression.test(text)).toBe(fits);
});

test.each([
  ["a(?=b)", "lookahead"],
  ["a(?!b)", "lookahead"],
  ["(?<=a)b", "lookbehind"],
  ["(?<!a)b", "lookbehind"],
  ["(?>a)", "atomic group"],
  ["a++b", "possessive"],
  ["(a)\\1", "reference to a group"],
  ["(?<n>a)\\k<n>", "reference to a group"],
  ["[a&&b]", "intersection"],
  ["[a[bc]]", "class within a class"],
  ["(?x: a)", "option x"],
  ["a\\", "last backslash"],
  ["[a", "not closed"],
])("%s cannot be done, and the reason is said: %s", (written, reason) => {
  expect(Expression.of(written)).toContain(reason);
});
