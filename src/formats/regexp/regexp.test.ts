import { describe, expect, test } from "vitest";
import { z } from "zod";
import { formatSuite } from "../../../test/suites/format_suite.ts";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { regexp } from "./regexp.ts";

const settings = {
  expression: "/^h=(?<h>\\S+) n=(?<n>\\d+) f=(?<f>\\S+) b=(?<b>\\S+) e=(?<e>\\S*) t=(?<time>\\S+)$/",
  types: { n: "integer", f: "float", b: "boolean" },
  empty_is_null: true,
  time_format: "%Y-%m-%dT%H:%M:%S.%N%z",
};
const config = regexp.config(z).parse(settings);
const format = regexp.open(config);

formatSuite(regexp, config, [
  "h=1.2.3.4 n=12 f=1.5 b=true e= t=2024-05-06T01:02:03.25Z",
  "h=日本 n=1 f=x b=no e=é t=2024-05-06T01:02:03.0Z",
]);

describe("beside Fluentd's regexp parser", () => {
  test("groups are fields of their types, and the time is read by its format", () => {
    const ms = 1_714_957_323_250;
    expect(scanLines(format, "h=1.2.3.4 n=12 f=1.5 b=true e= t=2024-05-06T01:02:03.25Z\n").rows).toEqual([
      { at: ms, time: ms, h: "1.2.3.4", n: 12, f: 1.5, b: true, e: null },
    ]);
  });

  test("a line that it does not match is refused likewise", () => {
    expect(scanLines(format, "nope\n\n").refused.map(({ reason }) => reason)).toEqual(["expression", "expression"]);
  });
});

test("text beyond ASCII is found where it stands", () => {
  expect(scanLines(format, "h=日本 n=1 f=2 b=no e=é t=2024-05-06T01:02:03.0Z\n").rows).toMatchObject([{ h: "日本", n: 1, e: "é" }]);
});

test("a group that takes no part is null", () => {
  const optional = regexp.open(regexp.config(z).parse({ expression: "^(?<a>x)(?<b>y)?(?<c>z*)" }));
  expect(scanLines(optional, "x\n").rows).toEqual([{ at: 0, a: "x", b: null, c: "" }]);
});

test("a line beyond the bound is refused before the expression is tried on it", () => {
  expect(scanLines(format, `${"x".repeat(16_385)}\n`).refused.map(({ reason }) => reason)).toEqual(["long"]);
});

test.each([
  ["(?=x)(?<a>y)", "lookahead"],
  ["no groups", "a named group"],
  ["(", "no regular expression"],
])("%s is refused with the reason: %s", (expression, reason) => {
  expect(regexp.config(z).safeParse({ expression }).error?.issues[0]?.message).toContain(reason);
});
