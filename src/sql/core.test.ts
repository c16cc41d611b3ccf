import { expect, test } from "vitest";
import { Schema } from "../event/index.ts";
import { COMMON_WORDS } from "./common_words.ts";
import { openCommonStatement } from "./core.ts";
import { openStatement } from "./open.ts";
import { aggregates, functions, windows } from "./standard.ts";

const schemas = new Map([["access", new Schema("access", { host: "string", size: "integer" })]]);

function opened(open: typeof openStatement, text: string): string {
  return open({ name: "q", text, schemas, startMs: 0, sink: () => {} }).constructor.name;
}

test("a common word has all its meanings among the common words", () => {
  const common = [...COMMON_WORDS.windows, ...COMMON_WORDS.aggregates, ...COMMON_WORDS.functions];
  const names = new Set(common.map(({ name }) => name));
  const meanings = [...windows, ...aggregates, ...functions].filter(({ name }) => names.has(name));
  expect(new Set(meanings)).toEqual(new Set(common));
});

test.each([
  "SELECT host, count(*) AS n FROM access.win:time_batch(1 min) GROUP BY host HAVING count(*) >= 1000",
  "SELECT host, max(size, 5) AS n FROM access WHERE size > 3",
])("%s is run by the same statement through either door", (text) => {
  expect(opened(openCommonStatement, text)).toBe(opened(openStatement, text));
});

test("a query that needs all of the language is refused at the door to the common part, so that the other is tried", () => {
  expect(() => opened(openCommonStatement, "SELECT host FROM access.win:length(3) ORDER BY size")).toThrow("needs all of the language");
});
