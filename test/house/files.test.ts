import { posix } from "node:path";
import { expect, test } from "vitest";
import { projectFiles, withoutComments } from "./files.ts";

const files = projectFiles();
/** This file has to name what no other may. */
const others = files.filter(({ path }) => path !== "test/house/files.test.ts");
const ours = files.filter(({ path }) => /^(?:src|test|scripts|bench)\//.test(path) && path !== "bench/RESULTS.md");

test("files and folders of the code are named in snake_case", () => {
  const misnamed = ours.filter(({ path }) => !path.split("/").every((part) => /^[a-z0-9_]+(?:\.[a-z0-9_]+)*$/.test(part)));
  expect(misnamed.map(({ path }) => path)).toEqual([]);
});

test("a file of the code is one noun: none is a drawer for odds and ends, and none is of 1000 lines", () => {
  const drawers = ours.filter(({ path }) =>
    /^(?:utils?|helpers?|common|misc|shared|types)$/.test(posix.basename(path).split(".")[0] ?? ""),
  );
  const long = ours.filter(({ path, text }) => /\.(?:ts|mjs)$/.test(path) && text.split("\n").length > 1000);
  expect([...drawers, ...long].map(({ path }) => path)).toEqual([]);
});

test("what is left to do is an issue: a TODO names one", () => {
  const marker = /\b(?:TODO|FIXME|XXX)\b(?!\s*\(#\d+\))/;
  const left = others.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => (marker.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
  );
  expect(left).toEqual([]);
});

test("the project speaks of itself alone: no path of the machine it is written on", () => {
  expect(others.filter(({ text }) => /\/work\/|\/tmp\/wt/.test(text)).map(({ path }) => path)).toEqual([]);
});

test("no module awaits at its top level: bin/hotaka requires them, and Node cannot require what awaits", () => {
  const awaiting = files.filter(
    ({ path, text }) =>
      /^src\/.*(?<!\.test)\.ts$/.test(path) && /^(?:(?:export )?(?:const|let) [^=\n]+ = |[\w.]+ = )?await /m.test(withoutComments(text)),
  );
  expect(awaiting.map(({ path }) => path)).toEqual([]);
});

test("what stands beside the project is read by tests and benchmarks alone", () => {
  const reading = files.filter(({ path, text }) => /^src\/.*(?<!\.test)\.ts$/.test(path) && withoutComments(text).includes("../shared/"));
  expect(reading.map(({ path }) => path)).toEqual([]);
});

test("a decision note is numbered once, and says what was asked, what was chosen and what it costs", () => {
  const notes = files.filter(({ path }) => /^docs\/decisions\/(?!README)/.test(path));
  const misnamed = notes.filter(({ path }) => !/^docs\/decisions\/\d{4}-[a-z0-9-]+\.md$/.test(path));
  const numbers = notes.map(({ path }) => posix.basename(path).slice(0, 4));
  const unfinished = notes.filter(
    ({ text }) => !["## Context", "## Choice", "## Cost"].every((heading) => text.includes(`\n${heading}\n`)),
  );
  expect([...misnamed, ...unfinished].map(({ path }) => path)).toEqual([]);
  expect(numbers.length).toBe(new Set(numbers).size);
});

test("a note in changes is named for what it is and of a known kind, and says something", () => {
  const notes = files.filter(({ path }) => /^changes\/(?!README)/.test(path));
  const wrong = notes.filter(
    ({ path, text }) => !/^changes\/[a-z0-9_]+\.(?:feature|change|fix|security)\.md$/.test(path) || text.trim() === "",
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});
