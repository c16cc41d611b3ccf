import { expect, test } from "vitest";
import { isTest, type ProjectFile, projectFiles, sourceFiles, withoutComments } from "./files.ts";

const WALL_CLOCK = /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bhrtime\b|\bset(?:Timeout|Interval)\b|AbortSignal\.timeout\b/;
const SLEEP = /setTimeout\(\s*(?:resolve|done|\(\) => (?:resolve|done)\b)|\bsetTimeout\b[^}]*\} from "node:timers\/promises"/;

test("nothing but kit/clock.ts reads the wall clock or sets a timer: everything else is handed a Clock", () => {
  const files = sourceFiles().filter(({ path }) => !isTest(path) && path !== "src/kit/clock.ts");
  expect(files.flatMap((file) => placesOf(file, WALL_CLOCK))).toEqual([]);
});

test("no test sleeps: it moves the clock, or waits for what it is about to see", () => {
  const tests = projectFiles().filter(({ path }) => isTest(path) && !path.startsWith("test/house/"));
  expect(tests.flatMap((file) => placesOf(file, SLEEP))).toEqual([]);
});

test.each([
  ["const now = Date.now();", WALL_CLOCK],
  ["const at = new Date();", WALL_CLOCK],
  ["setInterval(poll, 1000);", WALL_CLOCK],
  ["const signal = AbortSignal.timeout(5);", WALL_CLOCK],
  ['import { setTimeout } from "node:timers/promises";', WALL_CLOCK],
  ["await new Promise((resolve) => setTimeout(resolve, 50));", SLEEP],
  ['import { setTimeout as sleep } from "node:timers/promises";', SLEEP],
])("%s is found", (text, pattern) => {
  expect(placesOf({ path: "src/x.ts", text }, pattern)).toHaveLength(1);
});

test.each(["const at = new Date(timeMs);", "// Date.now() would be wrong here.", "clock.after(10, wake);"])("%s is allowed", (text) => {
  expect(placesOf({ path: "src/x.ts", text }, WALL_CLOCK)).toEqual([]);
});

function placesOf(file: ProjectFile, pattern: RegExp): string[] {
  return withoutComments(file.text)
    .split("\n")
    .flatMap((line, index) => {
      const found = pattern.exec(line);
      return found === null ? [] : [`${file.path}:${index + 1} says ${found[0]}`];
    });
}
