import fc from "fast-check";
import { Schema, type Value } from "../../src/event/index.ts";
import { BUILT_IN_FUNCTIONS } from "../../src/sql/analyse/built_in_function.ts";
import { aggregates, functions, windows } from "../../src/sql/standard.ts";

// Random queries of everything the language has, most of them wrong in their types, and events for them.

export const SCHEMAS = new Map([
  [
    "access",
    new Schema("access", { host: "string", size: "integer", rt: "float", tls: "boolean", ts: "integer", list: "array", req: "hash" }),
  ],
  ["login", new Schema("login", { user: "string", n: "integer" })],
]);

export function anyEvent(): fc.Arbitrary<{ target: string; afterMs: number; record: Readonly<Record<string, Value>> }> {
  const text = fc.constantFrom("a", "b", "", "10.0.0.7", "x".repeat(300), "\u{1F600}", "2010-01-02", "-1", "(((", null);
  const whole = fc.constantFrom<Value>(
    0,
    1,
    -1,
    7,
    2_147_483_648,
    9_007_199_254_740_991,
    -9_223_372_036_854_775_808n,
    1_700_000_000_000,
    null,
  );
  const access = fc.record({
    host: text,
    size: whole,
    rt: fc.constantFrom(0, -0, 0.5, -1.5, 1e300, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, null),
    tls: fc.constantFrom(true, false, null),
    ts: whole,
    list: fc.constantFrom<Value>([], [1, 2], ["a", null], [[1]], null),
    req: fc.constantFrom<Value>({}, { path: "/", "": 1 }, { __proto__: null, constructor: 1 }, null),
  });
  const login = fc.record({ user: text, n: whole });
  return fc.oneof(
    fc.record({ target: fc.constant("access"), afterMs: fc.constantFrom(0, 1, 900, 70_000), record: access }),
    fc.record({ target: fc.constant("login"), afterMs: fc.constantFrom(0, 1), record: login }),
  );
}

export function anyQuery(): fc.Arbitrary<string> {
  const value = expression();
  const view = fc
    .tuple(
      fc.constantFrom(...windows.map(({ name }) => name)),
      fc.array(
        fc.oneof(
          {
            weight: 3,
            arbitrary: fc.constantFrom("1", "3", "2 sec", "1 min", "host", "size", "ts", "rt", "tls", "'START_EAGER'", "size > 1"),
          },
          value,
        ),
        {
          maxLength: 3,
        },
      ),
    )
    .map(([name, parameters]) => `.${name}(${parameters.join(", ")})`);
  const usual = fc.constantFrom(
    "",
    ".win:time(2 sec)",
    ".win:length(3)",
    ".win:time_batch(1 sec)",
    ".win:length_batch(2)",
    ".win:keepall()",
    ".std:unique(host)",
  );
  const stream = fc
    .oneof(
      { weight: 4, arbitrary: usual },
      view,
      fc.tuple(view, view).map((pair) => pair.join("")),
    )
    .map((views) => `access${views}`);
  const from = fc.oneof(
    { weight: 6, arbitrary: stream },
    conditionOr(value).map((filter) => `access(${filter}).win:length(2)`),
    stream.map((one) => `${one} AS a, login.win:keepall() AS l`),
    stream.map((one) => `${one} AS a LEFT OUTER JOIN login.std:unique(user) AS l ON a.host = l.user`),
    conditionOr(value).map((condition) => `pattern [every a=access(${condition}) -> l=login]`),
  );
  const optional = (word: string, part: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.option(part, { nil: "", freq: 2 }).map((text) => (text === "" ? "" : ` ${word} ${text}`));
  const output = fc.constantFrom(
    "all every 2 events",
    "first every 1 sec",
    "last every 3 events",
    "snapshot every 2 sec",
    "every 1 min",
    "when count_insert > 1",
  );
  return fc
    .record({
      stream: fc.constantFrom("", "irstream ", "rstream ", "distinct "),
      items: fc.array(fc.oneof({ weight: 2, arbitrary: value }, simple()), { minLength: 1, maxLength: 2 }),
      from,
      where: optional("WHERE", conditionOr(value)),
      groupBy: optional("GROUP BY", fc.constantFrom("host", "size % 3", "host, tls", "rollup(host, tls)", "list", "req")),
      having: optional("HAVING", conditionOr(value)),
      output: optional("OUTPUT", output),
      orderBy: optional("ORDER BY", fc.constantFrom("1", "c0", "host desc", "size")),
    })
    .map(
      ({ stream: selected, items, from: streams, where, groupBy, having, output: limited, orderBy }) =>
        `SELECT ${selected}${items.map((text, at) => `${text} AS c${at}`).join(", ")} FROM ${streams}${where}${groupBy}${having}${limited}${orderBy}`,
    );
}

/** What is right by itself nearly everywhere. */
function simple(): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.constantFrom("size", "rt", "ts", "host", "tls", "list", "req", "sum(size)", "avg(rt)", "count(*)", "min(host)", "prior(1, size)"),
      fc.constantFrom(...SIMPLE),
    )
    .map(([leaf, form]) => form.replaceAll("$", leaf));
}

/** Where a condition stands: half of the time something that is one. */
function conditionOr(wild: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(fc.constantFrom("tls", "size > 3", "host = 'a'", "rt is not null", "size in (1, 7)", "not tls"), wild);
}

/** Expressions of every kind, of whatever types. */
function expression(): fc.Arbitrary<string> {
  const { tree } = fc.letrec<{ tree: string }>((tie) => {
    const inner = tie("tree");
    const list = (maxLength: number): fc.Arbitrary<string> => fc.array(inner, { maxLength }).map((parts) => parts.join(", "));
    const names = [...BUILT_IN_FUNCTIONS.keys(), ...functions.map(({ name }) => name), ...aggregates.map(({ name }) => name)];
    return {
      tree: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        { weight: 8, arbitrary: fc.constantFrom(...LEAVES) },
        {
          weight: 4,
          arbitrary: fc
            .tuple(inner, fc.constantFrom(...OPERATORS), inner)
            .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
        },
        { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...names), list(3)).map(([name, args]) => `${name}(${args})`) },
        {
          weight: 3,
          arbitrary: fc.tuple(inner, fc.constantFrom(...METHODS), list(2)).map(([object, name, args]) => `${object}.${name}(${args})`),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(
              fc.constantFrom("window(*)", "window(size)", "list", "{1, 2}", "sorted(size)"),
              fc.constantFrom(...LAMBDA_METHODS),
              inner,
            )
            .map(([object, name, body]) => `${object}.${name}(x => ${body})`),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(fc.constantFrom("cast", "instanceof"), inner, fc.constantFrom("int", "long", "double", "string", "boolean", "float"))
            .map(([name, operand, type]) => `${name}(${operand}, ${type})`),
        },
        { weight: 1, arbitrary: fc.tuple(inner, inner, inner).map(([a, b, c]) => `case when ${a} then ${b} else ${c} end`) },
        { weight: 1, arbitrary: fc.tuple(inner, inner, inner).map(([a, b, c]) => `${a} between ${b} and ${c}`) },
        { weight: 1, arbitrary: fc.tuple(inner, list(3)).map(([a, parts]) => `${a} in (${parts === "" ? "null" : parts})`) },
        { weight: 1, arbitrary: fc.tuple(fc.constantFrom("not ", "-"), inner).map(([operator, a]) => `${operator}(${a})`) },
        { weight: 1, arbitrary: inner.map((a) => `(select ${a} from login.std:lastevent())`) },
        { weight: 1, arbitrary: inner.map((a) => `exists (select * from login.win:keepall() where ${a})`) },
      ),
    };
  });
  return tree;
}

const SIMPLE = [
  "$",
  "$ + 1",
  "$ / 0",
  "$ % 0",
  "$ * 9223372036854775807L",
  "-($)",
  "cast($, string)",
  "cast($, int)",
  "cast($, long)",
  "coalesce($, null)",
  "$.toString()",
  "$.substring(2)",
  "$.substring(-1)",
  "$.substring(1, 0)",
  "$.charAt(9)",
  "$ regexp '(a*)*b'",
  "$ regexp host",
  "$ like host",
  "$.replaceAll(host, '$1')",
  "$.split(host)",
  "$.getHourOfDay()",
  "$.plus(1 month)",
  "$.withDate(99999, 13, 40)",
  "$.set('day', 400)",
  "$.format()",
  "$.toDate()",
  "$.roundFloor('month')",
  "in_cidr($, '10.0.0.0/8')",
  "cidr($, 24)",
  "cidr($, 99)",
  "url_decode($)",
  "parse_url($, 'host')",
  "entropy($)",
  "regexp_extract($, '(a)', 1)",
  "percentile($, 99)",
  "top_k($, 3)",
  "median($)",
  "stddev(distinct $)",
  "first($, 1)",
  "nth($, 2)",
  "window($)",
  "window($).max()",
  "maxby($)",
  "sorted($ desc).firstOf().host",
  "rate($)",
  "prev(1, $)",
  "prevwindow($)",
  "$ in (list)",
  "$ = any (list)",
  "{$, $}",
  "{$}.orderBy()",
  "{$}.average()",
  "Math.pow($, 400)",
  "Math.sqrt($)",
  "Integer.parseInt(host)",
  "Long.parseLong($)",
  "String.format('%d', $)",
  "typeof($)",
];
const LEAVES =
  "host size rt tls ts list req a.host l.user user n 1 0 -7 2.5 3L 'a' '' '10.0.0.0/8' '[a' null true count(*) sum(size) 9223372036854775807L current_timestamp() x x.size {} {1,2} 2 window(*) prev(1,size) prior(1,host)".split(
    " ",
  );
const OPERATORS = "+ - * / % = != < >= || and or like regexp is & | ^".split(" ");
const METHODS =
  "length substring indexOf toUpperCase split matches replaceAll charAt toString intValue compareTo getHourOfDay plus minus withDate set roundFloor toDate format after between countOf take firstOf sumOf average min max orderBy union except reverse mostFrequent contains hashCode".split(
    " ",
  );
const LAMBDA_METHODS =
  "where selectFrom countOf sumOf average min max minBy maxBy anyOf allOf firstOf lastOf orderBy orderByDesc groupBy toMap aggregate takeWhile distinctOf".split(
    " ",
  );
