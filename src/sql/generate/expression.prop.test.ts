import fc from "fast-check";
import { expect, test } from "vitest";
import type { Value } from "../../event/index.ts";
import { HotakaError } from "../../kit/index.ts";
import { valueOf } from "../cases/one_event.ts";

const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 1000);

/** Expressions by type, so that nearly all of them are taken; nested as deep as fast-check sees fit. */
const { number, text, condition } = fc.letrec<{ number: string; text: string; condition: string }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom("size", "code", "rt", "ts", "0", "1", "-7", "2.5", "3L", "9223372036854775807", "null"),
    fc
      .tuple(tie("number"), fc.constantFrom("+", "-", "*", "/", "%"), tie("number"))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc.tuple(tie("number"), tie("number")).map(([left, right]) => `coalesce(${left}, ${right})`),
    fc.tuple(tie("condition"), tie("number"), tie("number")).map(([when, one, other]) => `case when ${when} then ${one} else ${other} end`),
    tie("text").map((value) => `${value}.length()`),
    tie("number").map((value) => `Math.floor(${value})`),
    fc.tuple(tie("number"), tie("number")).map(([low, one]) => `{${one}, 1, 5}.where(x => x > ${low}).sumOf()`),
    fc
      .tuple(tie("number"), tie("number"))
      .map(([one, other]) => `{1, 2}.selectFrom(x => {3, ${one}}.selectFrom(y => x + y + ${other}).sumOf()).sumOf()`),
  ),
  text: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom("host", "path", "agent", "'a'", "''", "'/login'"),
    fc.tuple(tie("text"), tie("text")).map(([left, right]) => `(${left} || ${right})`),
    tie("number").map((value) => `cast(${value}, string)`),
    fc.tuple(tie("text"), fc.integer({ min: 0, max: 5 })).map(([value, from]) => `${value}.substring(${from})`),
    fc.tuple(tie("condition"), tie("text")).map(([when, one]) => `case when ${when} then ${one} end`),
    tie("text").map((value) => `${value}.toUpperCase()`),
  ),
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom("tls", "true", "size > 10", "agent is null", "path regexp '/[a-z]*'", "host like 'a%'"),
    fc
      .tuple(tie("number"), fc.constantFrom("<", "<=", ">", ">=", "=", "!=", "is"), tie("number"))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc
      .tuple(tie("condition"), fc.constantFrom("and", "or"), tie("condition"))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    tie("condition").map((value) => `not (${value})`),
    fc.tuple(tie("number"), tie("number"), tie("number")).map(([value, one, other]) => `(${value} in (${one}, ${other}))`),
    fc.tuple(tie("number"), tie("number"), tie("number")).map(([value, low, high]) => `(${value} between ${low} and ${high})`),
    fc
      .tuple(tie("number"), fc.constantFrom("any", "all"), tie("number"))
      .map(([value, quantifier, item]) => `(${value} > ${quantifier} ({${item}, 3}))`),
    tie("text").map((value) => `${value}.isEmpty()`),
    fc.tuple(tie("text"), tie("text")).map(([left, right]) => `(${left} = ${right})`),
  ),
}));

const record: fc.Arbitrary<Readonly<Record<string, Value>>> = fc.record(
  {
    host: fc.constantFrom("a", "b", ""),
    path: fc.constantFrom("/", "/login", "/x%20y"),
    agent: fc.constantFrom(null, "curl"),
    code: fc.constantFrom(200, 404, null),
    size: fc.oneof(fc.integer(), fc.constantFrom<Value>(null, 0, 9_007_199_254_740_993n)),
    ts: fc.integer({ min: 0, max: 2_000_000_000 }),
    rt: fc.oneof(fc.double({ noNaN: true }), fc.constant(null)),
    tls: fc.constantFrom(true, false, null),
  },
  { requiredKeys: [] },
);

test("generated code gives for any expression and any event what the interpreter gives", () => {
  let refused = 0;
  fc.assert(
    fc.property(fc.oneof(number, text, condition), record, (expression, event) => {
      try {
        valueOf(expression, event);
      } catch (thrown) {
        // Types that do not meet, as a null for a number, are refused for both; everything else is a defect.
        if (!(thrown instanceof HotakaError)) throw thrown;
        refused++;
      }
    }),
    { numRuns: RUNS },
  );
  expect(refused).toBeLessThan(RUNS / 2);
});
