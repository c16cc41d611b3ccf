import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RotatingFile } from "./rotating_file.ts";

let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "hotaka-log-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const lostLine = (count: number, reason: string): string => `${count} lost: ${reason}\n`;

function contents(): Record<string, string> {
  return Object.fromEntries(readdirSync(join(folder, "logs")).map((name) => [name, readFileSync(join(folder, "logs", name), "utf8")]));
}

test("a file that is full is put aside, and the oldest of those goes", () => {
  const file = new RotatingFile(join(folder, "logs", "hotaka.log"), { bytesMax: 10, backups: 2, lostLine });
  for (const line of ["one\n", "two\n", "three\n", "four\n", "five\n", "six\n"]) file.write(line);
  file.close();
  expect(contents()).toEqual({ "hotaka.log": "six\n", "hotaka.log.1": "four\nfive\n", "hotaka.log.2": "three\n" });
});

test("it goes on in the file that is there, and a line longer than a file stands alone", () => {
  const path = join(folder, "logs", "hotaka.log");
  const first = new RotatingFile(path, { bytesMax: 10, backups: 5, lostLine });
  first.write("12345\n");
  first.close();
  const second = new RotatingFile(path, { bytesMax: 10, backups: 5, lostLine });
  second.write("a line of many letters\n");
  second.write("x\n");
  second.close();
  expect(contents()).toEqual({ "hotaka.log": "x\n", "hotaka.log.1": "a line of many letters\n", "hotaka.log.2": "12345\n" });
});

test("without backups a full file begins anew", () => {
  const file = new RotatingFile(join(folder, "logs", "hotaka.log"), { bytesMax: 5, backups: 0, lostLine });
  for (const line of ["one\n", "two\n"]) file.write(line);
  file.close();
  expect(contents()).toEqual({ "hotaka.log": "two\n" });
});

test("who writes does not fail where the file system does, and what was lost is told once it is mended", () => {
  const path = join(folder, "logs", "hotaka.log");
  const file = new RotatingFile(path, { bytesMax: 10, backups: 1, lostLine });
  file.write("12345678\n");
  // A folder that is not empty stands where the full file is to go.
  mkdirSync(join(`${path}.1`, "in the way"), { recursive: true });
  for (const line of ["two\n", "three\n"]) file.write(line);
  expect(readFileSync(path, "utf8")).toBe("12345678\n");
  rmSync(`${path}.1`, { recursive: true });
  file.write("four\n");
  file.close();
  expect(readFileSync(path, "utf8")).toBe("four\n");
  expect(readFileSync(`${path}.1`, "utf8")).toMatch(/^2 lost: /);
});
