import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makePrivateFolder } from "./index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-folder-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

test("a folder that is made is for its owner alone", () => {
  const path = join(folder, "a/b");
  makePrivateFolder(path);
  expect(modeOf(path)).toBe(0o700);
});

test("a folder that is there is closed to others", () => {
  const path = join(folder, "a");
  mkdirSync(path);
  chmodSync(path, 0o755);
  makePrivateFolder(path);
  expect(modeOf(path)).toBe(0o700);
});

test("a file in its place, or on the way to it, is named as such", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => makePrivateFolder(join(folder, "file"))).toThrow(/cannot be used: it is a file, not a folder/);
  expect(() => makePrivateFolder(join(folder, "file/a"))).toThrow(/cannot be used: a part of its path is a file/);
});
