import { expect, test } from "vitest";
import { batchOf, type Row, Schema, type Value } from "../event/index.ts";
import { openStatement } from "./open.ts";

const SCHEMA = new Schema("access", { text: "string", size: "integer", rt: "float" });

/** What a query gives for these events, each row's column `v`. */
function valuesOf(expression: string, records: readonly Row[], engine: "generated" | "interpreted"): Value[] {
  const values: Value[] = [];
  const statement = openStatement({
    name: "q",
    text: `SELECT ${expression} AS v FROM access`,
    schemas: new Map([["access", SCHEMA]]),
    startMs: 0,
    sink: ({ rows }) => values.push(...rows.map(({ v }) => v ?? null)),
    engine,
  });
  for (const record of records) statement.accept(batchOf(SCHEMA, [record], [0]));
  return values;
}

test.each([
  ["Integer.parseInt(text)", { text: "7" }, 7, { text: "seven" }],
  ["Long.parseLong(text)", { text: "7" }, 7, { text: "99999999999999999999" }],
  ["cast(text, int)", { text: "7" }, 7, { text: "7.5.1" }],
  ["text.substring(2)", { text: "abc" }, "c", { text: "a" }],
  ["text.substring(cast(size, int), 3)", { text: "abcd", size: 1 }, "bc", { text: "abcd", size: 9_000_000_000 }],
  ["text.charAt(1)", { text: "ab" }, "b", { text: "" }],
  ["'x' regexp text", { text: "x|y" }, true, { text: "(((" }],
  ["text.replaceAll('b', text)", { text: "abc" }, "aabcc", { text: "b$9" }],
  ["text.replaceAll(text, 'z')", { text: "a" }, "z", { text: "[" }],
  ["text.split(text)", { text: "[" }, null, { text: "*" }],
  ["size % 0", { size: 7 }, null, { size: 0 }],
  ["cast(rt, long)", { rt: 1.5 }, 1, { rt: Number.NaN }],
  ["cidr(text, 24)", { text: "10.1.2.3" }, "10.1.2.0/24", { text: "nowhere" }],
  ["url_decode(text)", { text: "%41" }, "A", { text: null }],
] as const)("%s: a bad value makes its own row null, and the rows around it stand", (expression, good, value, bad) => {
  for (const engine of ["generated", "interpreted"] as const) {
    expect(valuesOf(expression, [good, bad, good], engine)).toEqual([value, null, value]);
  }
});

test.each([
  ["text regexp '(a*)*b'", false],
  ["text regexp '(a|aa)+$'", false],
  ["text.matches('(a+)+')", false],
  ["regexp_extract(text, '((a+)+)c')", null],
  ["text like '%a%a%a%a%a%a%a%a%b'", false],
])("%s takes time in proportion to the text, whatever the pattern", (expression, value) => {
  const text = `${"a".repeat(20_000)}!`;
  const beganMs = performance.now();
  expect(valuesOf(expression, [{ text }], "generated")).toEqual([value]);
  // An engine that tries every way would not be done in the age of the universe; the bound leaves room for a busy machine.
  expect(performance.now() - beganMs).toBeLessThan(5000);
});

test.each([
  ["text regexp text", "(?:a?){999}".repeat(300)],
  ["regexp_extract(text, text)", "(?:a?){200}".repeat(20)],
  ["'a'.matches(text)", "(?:(?:a?){30}){30}"],
  ["text.replaceAll(text, 'b')", "(?:[ab]?){250}[ab]{0,5}a".padEnd(4000, "x")],
])("%s: a pattern that an event brings along costs little, and is null where it would not", (expression, text) => {
  const beganMs = performance.now();
  expect(valuesOf(expression, [{ text }, { text: "a" }], "generated")[0]).toBeNull();
  // The first took 14 s.
  expect(performance.now() - beganMs).toBeLessThan(2000);
});

test("a pattern of a query may be longer than one of an event, and not so long that it holds up the daemon", () => {
  const long = "(?:a?){1000}b";
  expect(valuesOf(`text regexp '${long}'`, [{ text: "ab" }, { text: "a".repeat(50_000) }, { text: "b" }], "generated")).toEqual([
    true,
    null,
    true,
  ]);
  expect(valuesOf(`regexp_extract(text, '${long}')`, [{ text: "ab" }], "generated")).toEqual(["ab"]);
  expect(() => valuesOf(`text regexp '(?:${long}){5}'`, [], "generated")).toThrow(
    "written out, its repetitions make a pattern of more than 4096 characters.",
  );
});
