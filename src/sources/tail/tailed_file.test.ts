import { appendFileSync, mkdtempSync, openSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LineReader } from "../line_reader.ts";
import { TailedFile } from "./tailed_file.ts";

let folder: string;
let path: string;
let file: TailedFile;
const reader = new LineReader({ lineBytesMax: 1000 });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-tailed-"));
  path = join(folder, "log");
  writeFileSync(path, "one\ntwo");
  file = new TailedFile({ fd: openSync(path, "r"), stats: statSync(path) }, { offset: 0, isSkipping: false }, 0);
});
afterEach(() => {
  file.close();
  rmSync(folder, { recursive: true });
});

function readNow(nowMs: number): string[] {
  const regions: string[] = [];
  expect(file.look(nowMs)).toBe(true);
  while (file.read(reader, nowMs, false)) {
    regions.push(reader.bytes.toString("utf8", reader.start, reader.end));
    file.settle();
  }
  return regions;
}

test("a file is read as it grows, under whatever name, and knows when it grew last", () => {
  expect(readNow(1)).toEqual(["one\n"]);
  expect(readNow(2)).toEqual([]);
  expect([file.grownMs, file.unreadBytes, file.sizeBytes]).toEqual([0, 3, 7]);
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, "\n");
  expect(readNow(3)).toEqual(["two\n"]);
  expect([file.grownMs, file.unreadBytes, file.position.offset]).toEqual([3, 0, 8]);
  expect(file.isSame(statSync(`${path}.1`))).toBe(true);
});

test("a file that was truncated says so, and is read from its beginning once it was rewound", () => {
  readNow(1);
  writeFileSync(path, "new\n");
  expect(file.look(2)).toBe(false);
  file.rewind();
  expect(readNow(3)).toEqual(["new\n"]);
});
