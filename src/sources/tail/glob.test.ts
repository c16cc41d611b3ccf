import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Glob, globOf } from "./glob.ts";

const folder = mkdtempSync(join(tmpdir(), "hotaka-glob-"));
beforeAll(() => {
  for (const path of ["a.log", "b.log", "c.txt", ".hidden.log", "web/a.log", "web/x/y/b.log", "we{b/a.log", "[x].log"]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), "");
  }
  symlinkSync(join(folder, "web/a.log"), join(folder, "link.log"));
  symlinkSync(join(folder, "none"), join(folder, "broken.log"));
  symlinkSync(folder, join(folder, "web/circle"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function glob(pattern: string): Glob {
  const made = globOf(join(folder, pattern));
  if (typeof made === "string") throw new Error(made);
  return made;
}

test.each([
  ["*.log", ["[x].log", "a.log", "b.log", "link.log"]],
  ["?.log", ["a.log", "b.log"]],
  ["[a-b].log", ["a.log", "b.log"]],
  ["[!a].log", ["b.log"]],
  ["{a,b,z}.*", ["a.log", "b.log"]],
  ["{a,{b,c}}.{log,txt}", ["a.log", "b.log", "c.txt"]],
  [".*.log", [".hidden.log"]],
  ["\\[x\\].log", ["[x].log"]],
  ["we\\{b/*", ["we{b/a.log"]],
  ["*/a.log", ["web/a.log", "we{b/a.log"]],
  ["web/**/*.log", ["web/a.log", "web/x/y/b.log"]],
  ["**/b.log", ["b.log", "web/x/y/b.log"]],
  ["web/circle/a.log", ["web/circle/a.log"]],
  ["none/*", []],
  ["a.log/*", []],
  ["a.log", ["a.log"]],
  ["[z-a].log", []],
])("%s finds %j, and says so of each of them", (pattern, names) => {
  const found = glob(pattern).find(100);
  expect(found).toEqual(names.map((name) => join(folder, name)));
  expect(found.every((path) => glob(pattern).fits(path))).toBe(true);
  expect(glob(pattern).fits(join(folder, "web"))).toBe(false);
});

test("no more are found than are wanted", () => {
  expect(glob("*.log").find(2)).toHaveLength(2);
});

test("a path without a pattern in it is known for one", () => {
  expect([glob("a.log").isPattern, glob("*.log").isPattern, glob("{a,b}.log").isPattern]).toEqual([false, true, true]);
});

test.each([
  ["/{a", "closing brace"],
  [`/${"{a,b}".repeat(8)}`, "at most 100 alternatives"],
  [`/${"a".repeat(1100)}`, "at most 1024"],
])("%s cannot be read: %s", (pattern, wrong) => {
  expect(globOf(pattern)).toContain(wrong);
});
