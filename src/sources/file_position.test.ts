import {
  closeSync,
  copyFileSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  beginsAlike,
  bytesBefore,
  bytesBehind,
  continues,
  headOf,
  type FilePosition,
  parseFilePosition,
  positionAt,
} from "./file_position.ts";

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

test("bytes that follow those before a position are those before the next, as the disk has them", () => {
  const path = join(folder, "behind");
  writeFileSync(path, "x".repeat(300) + "y".repeat(20) + "z".repeat(400));
  const fd = openSync(path, "r");
  let before = bytesBefore(fd, 10);
  for (const [from, to] of [
    [10, 300],
    [300, 320],
    [320, 720],
  ] as const) {
    before = bytesBehind(before, readFileSync(path).subarray(from, to));
    expect(before).toEqual(bytesBefore(fd, to));
  }
  closeSync(fd);
});

test("a copy begins alike as far as it goes, and an empty file begins like none", () => {
  const [path, part, other, empty] = ["whole", "part", "other", "empty"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  writeFileSync(path, "abc".repeat(200));
  writeFileSync(part, "abcab");
  writeFileSync(other, "abd");
  writeFileSync(empty, "");
  const [a = 0, b = 0, c = 0, d = 0] = [path, part, other, empty].map((one) => openSync(one, "r"));
  expect([b, c, d].map((fd) => beginsAlike(a, headOf(fd)))).toEqual([true, false, false]);
  for (const fd of [a, b, c, d]) closeSync(fd);
});
