import { expect, test } from "vitest";
import { reachedQueries, resultPattern } from "./row_tags.ts";

const ALL = [{ prefix: "norikra.query", query: undefined }];

test.each([
  ["norikra.query.block.*", ["block.*"]],
  ["norikra.query.{block,detect}.**", ["{block,detect}.**"]],
  ["norikra.query.**", ["/(?!(?:result|every_event)\\.).*/"]],
  ["norikra.**", ["/(?!(?:result|every_event)\\.).*/"]],
  ["**", ["/(?!(?:result|every_event)\\.).*/"]],
  ["norikra.*.block", ["block"]],
  ["norikra.query.a norikra.query.b", ["a", "b"]],
  ["norikra", []],
  ["apache.*", []],
  ["**.block", undefined],
  ["{norikra,x}.query.a", undefined],
])("the tags %s are of the queries %j", (pattern, queries) => {
  expect(reachedQueries(pattern, ALL)).toEqual(queries);
});

test("rows of one query alone have one tag", () => {
  const one = [{ prefix: "q", query: "block.a" }];
  expect([reachedQueries("q.block.*", one), reachedQueries("q.detect.*", one)]).toEqual([["block.a"], []]);
});

test("without a prefix tags are the names of queries", () => {
  expect(reachedQueries("block.**", [{ prefix: "", query: undefined }])).toEqual(["block.**"]);
});

test("results are reached where one of their tags fits, or may", () => {
  expect(resultPattern("block.* detect.*", ["block.host"])).toEqual(["result.block.*"]);
  expect(resultPattern("block.*", [undefined])).toEqual(["result.block.*"]);
  expect(resultPattern("block.*", [])).toEqual([]);
});
