import { expect, test } from "vitest";
import { compileMatch } from "../kit/index.ts";
import { answerLoops } from "./answer_loops.ts";

function loops(...actions: readonly (readonly [match: string, ...gives: string[]])[]): number[][] {
  return answerLoops(actions.map(([match, ...gives]) => ({ fits: compileMatch(match), gives })));
}

test.each([
  [
    "two that answer each other",
    [
      ["a", "b"],
      ["b", "a"],
    ],
    [[0, 1]],
  ],
  ["three in a circle, others aside", [["x"], ["a", "b"], ["c", "a"], ["b", "c"]], [[1, 3, 2]]],
  [
    "a chain that ends",
    [
      ["a", "b"],
      ["b", "c"],
      ["c", "d"],
    ],
    [],
  ],
  ["one that answers itself, which is told elsewhere", [["a", "a"]], []],
  [
    "two circles",
    [
      ["a", "b"],
      ["b", "a"],
      ["c", "d"],
      ["d", "c"],
    ],
    [
      [0, 1],
      [2, 3],
    ],
  ],
  [
    "a chain that leads into a circle",
    [
      ["a", "b"],
      ["b", "c"],
      ["c", "b"],
    ],
    [[1, 2]],
  ],
] as const)("%s", (_, actions, wanted) => {
  expect(loops(...actions)).toEqual(wanted);
});
