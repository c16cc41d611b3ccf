import { expect, test } from "vitest";
import { patternStates } from "./pattern_states.ts";

test.each([
  ["abc", 3],
  ["a|b", 3],
  ["a{10}", 10],
  ["a{2,10}b", 11],
  ["a{3,}", 3],
  ["(?:ab){10}", 30],
  ["(?P<name>ab){10}", 30],
  ["(?i)ab", 3],
  ["((a{10}){10}){10}", 1110],
  ["[^]{9}]{5}", 5],
  ["[[:alpha:]]{4}", 4],
  [String.raw`\{5}\d{3}`, 6],
  ["a{x}", 4],
  ["(", 0],
  ["[", 1],
])("%s is as long as what it stands for, or so", (source, states) => {
  expect(patternStates(source, 2000)).toBe(states);
});

test("what is longer than is asked for is not counted to its end", () => {
  expect(patternStates("(?:(?:(?:a{1000}){1000}){1000}){1000}", 2000)).toBeGreaterThan(2000);
  expect(patternStates("a{99999999999999}", 2000)).toBeGreaterThan(2000);
});
