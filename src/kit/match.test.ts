import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { HotakaError } from "./errors.ts";
import { compileMatch } from "./match.ts";

const NAMES = ["block", "block.ssh", "block.ssh.root", "blocked", "detect.ssh", "detect", "ssh", "block.", ""];

describe("a match pattern", () => {
  test.each([
    ["block", ["block"]],
    ["block.*", ["block.ssh", "block."]],
    ["block.**", ["block", "block.ssh", "block.ssh.root", "block."]],
    ["block**", ["block", "block.ssh", "block.ssh.root", "blocked", "block."]],
    ["*", ["block", "blocked", "detect", "ssh", ""]],
    ["**", NAMES],
    ["**.ssh", ["block.ssh", "detect.ssh", "ssh"]],
    ["{block,detect}.ssh", ["block.ssh", "detect.ssh"]],
    ["{block.{ssh,x},detect}", ["block.ssh", "detect"]],
    ["detect.* ssh", ["detect.ssh", "ssh"]],
    ["block.", ["block."]],
    ["/^b[a-z]+$/", ["block", "blocked"]],
    ["/lock/", []],
    ["b+", []],
  ])("%s fits %j", (pattern, fitting) => {
    expect(NAMES.filter(compileMatch(pattern))).toEqual(fitting);
  });

  test("takes the characters of regular expressions as they are", () => {
    expect(compileMatch("a(b|c)+[d]$^?")("a(b|c)+[d]$^?")).toBe(true);
    expect(compileMatch("a\\*b\\{")("a*b{")).toBe(true);
  });

  test("does not fit a name beyond its bound", () => {
    expect(compileMatch("**")("a".repeat(512))).toBe(true);
    expect(compileMatch("**")("a".repeat(513))).toBe(false);
  });

  test.each([
    ["", "it is empty"],
    ["{a,b", 'a "{" is not closed'],
    ["a\\", "nothing follows its last backslash"],
    ["/[/", "it is not a regular expression"],
    ["/a", "a regular expression ends with a slash"],
    ["a".repeat(513), "it is longer than 512 characters"],
  ])("%j is refused, because %s", (pattern, why) => {
    expect(() => compileMatch(pattern)).toThrow(HotakaError);
    expect(() => compileMatch(pattern)).toThrow(why);
  });
});

// Pairs of pattern and tag recorded from Fluentd itself, where they stand beside the project.
const RECORDED = new URL("../../../shared/corpus/forward/match_patterns.json", import.meta.url);
const isThere = existsSync(RECORDED);
const absence = isThere ? "" : ` (did not run: no ${RECORDED.pathname})`;

test.runIf(isThere)(`patterns fit the tags that they fit in Fluentd${absence}`, () => {
  const Recorded = z.object({ tags: z.array(z.string()), matches: z.record(z.string(), z.array(z.string())) });
  const { tags, matches } = Recorded.parse(JSON.parse(readFileSync(RECORDED, "utf8")));
  const found = Object.keys(matches).map((pattern) => [pattern, tags.filter(compileMatch(pattern))] as const);
  expect(Object.fromEntries(found)).toEqual(matches);
});
