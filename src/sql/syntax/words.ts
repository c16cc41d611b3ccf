import type { PeriodUnit } from "./ast.ts";

/** Words that cannot stand as a name unless quoted by backticks. (EPL lets most keywords, as `count` or `last`, be names.) */
export const RESERVED: ReadonlySet<string> = new Set([
  "and",
  "as",
  "between",
  "by",
  "case",
  "distinct",
  "else",
  "end",
  "false",
  "from",
  "full",
  "group",
  "having",
  "in",
  "inner",
  "insert",
  "into",
  "is",
  "join",
  "left",
  "like",
  "limit",
  "not",
  "null",
  "on",
  "or",
  "order",
  "outer",
  "output",
  "regexp",
  "right",
  "select",
  "then",
  "true",
  "when",
  "where",
]);

/** Words that may be names, but not an alias that is written without AS: something else begins with them. */
export const NOT_AN_ALIAS: ReadonlySet<string> = new Set([...RESERVED, "unidirectional", "retain", "match_recognize", "offset"]);

export const PERIOD_UNITS: ReadonlyMap<string, PeriodUnit> = new Map(
  (
    [
      ["year", ["year", "years"]],
      ["month", ["month", "months"]],
      ["week", ["week", "weeks"]],
      ["day", ["day", "days"]],
      ["hour", ["hour", "hours"]],
      ["minute", ["minute", "minutes", "min"]],
      ["second", ["second", "seconds", "sec"]],
      ["millisecond", ["millisecond", "milliseconds", "msec"]],
    ] as const
  ).flatMap(([unit, words]) => words.map((word) => [word, unit] as const)),
);
