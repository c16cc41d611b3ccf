import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { HotakaError } from "../../kit/index.ts";
import { runCase } from "./run_case.ts";
import { completeStories, parseStories } from "./story.ts";

const FOLDER = new URL(".", import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".case"));

describe("stories of the language", () => {
  const stories = FILES.flatMap((name) => parseStories(readFileSync(new URL(name, FOLDER), "utf8"), name));

  test.each(stories.map((story) => [story.told[0], story.case] as const))("%s", (_title, given) => {
    expect(runCase(given, "generated")).toEqual({ passed: true });
    expect(runCase(given, "interpreted")).toEqual({ passed: true });
  });

  test.each(FILES)("%s says exactly what the engine puts out", (name) => {
    const text = readFileSync(new URL(name, FOLDER), "utf8");
    const complete = completeStories(parseStories(text, name));
    expect(parseStories(complete, name).map((story) => story.case.outputs)).toEqual(
      parseStories(text, name).map((story) => story.case.outputs),
    );
  });
});

describe("a story", () => {
  test("that is told wrongly is refused with its file and line", () => {
    const text = "# Title.\nquery  SELECT a FROM t\n1s     t {a: 1}\n";
    expect(() => parseStories(text, "wrong.case")).toThrow(HotakaError);
    expect(() => parseStories(text, "wrong.case")).toThrow(/^wrong\.case:3: /);
    expect(() => parseStories("# T.\nqeury SELECT 1\nquery SELECT a FROM t\n", "wrong.case")).toThrow('"qeury" is neither a time');
  });

  test("fails when a row is missing, is too much, or is another one", () => {
    const passes = (rows: string): boolean => {
      const [story] = parseStories(`query SELECT a FROM t\n1s t {"a": 1}\n----\n${rows}`, "t.case");
      return runCase(story!.case, "generated").passed;
    };
    expect([passes('1s {"a": 1}'), passes(""), passes('1s {"a": 2}'), passes('2s {"a": 1}'), passes('1s {"a": 1}\n1s {"a": 1}')]).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
