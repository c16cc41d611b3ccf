import { expect, test } from "vitest";
import { jsonPlace } from "./json_place.ts";

function at(text: string, ...path: string[]): string | undefined {
  const bytes = Buffer.from(text);
  const place = jsonPlace(bytes, path);
  return place === undefined ? undefined : bytes.toString("utf8", place.start, place.end);
}

test.each([
  [' {"a" : [1, 2] } ', ["a"], "[1, 2]"],
  ['{"x":{"a":"}"},"data":{"items":[{"b":1}],"items":2}}', ["data", "items"], '[{"b":1}]'],
  ["[1]", [], "[1]"],
  ['{"日":5}', ["日"], "5"],
  ["{}", ["a"], undefined],
  ["[1]", ["a"], undefined],
  ['{"a":null}', ["a", "b"], undefined],
  ['{"a":1', ["a"], undefined],
  ['{"a":1} x', ["a"], undefined],
  ["", [], undefined],
])("in %s %j is %s", (text, path, found) => {
  expect(at(text, ...path)).toBe(found);
});
