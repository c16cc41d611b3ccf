import { closeSync, copyFileSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { continues, type FilePosition, parseFilePosition, positionAt } from "./file_position.ts";

let folder: string;
let fds: number[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-position-"));
  fds = [];
});
afterEach(() => {
  for (const fd of fds) closeSync(fd);
  rmSync(folder, { recursive: true });
});

function open(name: string): number {
  const fd = openSync(join(folder, name), "r+");
  fds.push(fd);
  return fd;
}

function positionIn(name: string, offset: number): FilePosition {
  return positionAt(open(name), statSync(join(folder, name)).ino, { offset, isSkipping: false });
}

describe.each([0, 3, 100, 600])("a file read up to byte %d", (offset) => {
  const text = Array.from({ length: 200 }, (_, at) => `line ${at}\n`).join("");

  test("continues when it grows, and under another name", () => {
    writeFileSync(join(folder, "log"), text);
    const position = positionIn("log", offset);
    writeSync(fds[0]!, "more\n", text.length);
    expect(continues(open("log"), position)).toBe(true);
    expect(parseFilePosition(JSON.parse(JSON.stringify(position)))).toEqual(position);
  });

  test("does not continue when it was truncated, whether or not it has grown past the place since", () => {
    writeFileSync(join(folder, "log"), text);
    const position = positionIn("log", offset);
    ftruncateSync(fds[0]!, 0);
    expect(continues(open("log"), position)).toBe(offset === 0);
    writeSync(fds[0]!, text.replaceAll("line", "LINE"), 0);
    expect(continues(open("log"), position)).toBe(offset === 0);
  });
});

test("a copy continues a file where enough bytes are the same to tell", () => {
  const text = "x".repeat(1000);
  writeFileSync(join(folder, "log"), text);
  copyFileSync(join(folder, "log"), join(folder, "copy"));
  expect(continues(open("copy"), positionIn("log", 64))).toBe(true);
  expect(continues(open("copy"), positionIn("log", 63))).toBe(false);
});

test.each([
  undefined,
  null,
  7,
  {},
  { inode: 1, offset: -1, is_skipping: false, check: 0, check_bytes: 0 },
  { inode: 1, offset: 10, is_skipping: "no", check: 0, check_bytes: 0 },
  { inode: 1, offset: 10, is_skipping: false, check: 0, check_bytes: 11 },
  { inode: 1, offset: 1000, is_skipping: false, check: 0, check_bytes: 257 },
  { inode: 1.5, offset: 10, is_skipping: false, check: 0, check_bytes: 1 },
])("%j is no position", (value) => {
  expect(parseFilePosition(value)).toBeUndefined();
});
