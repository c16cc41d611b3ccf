import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isRotatedName, logNames, rotatedFiles, RotatedNames } from "./rotated.ts";

describe("a rotated access.log", () => {
  test.each([
    "access.log.1",
    "access.log.10",
    "access.log-20261120",
    "access.log-2026-11-20_12:00",
    "access.1.log",
    "access-2026-11-20.log",
    "access.log.old",
  ])("may be named %s", (name) => expect(isRotatedName(name, "access.log")).toBe(true));

  test.each([
    "access.log",
    "access.log.1.gz",
    "access.log.pos",
    "access.log.1.tmp",
    "access.log~",
    "access2.log",
    "access_api.log",
    "error.log.1",
    "access.log.",
    "",
  ])("is not named %j", (name) => expect(isRotatedName(name, "access.log")).toBe(false));

  test("may be one of a log without an extension", () => {
    expect(isRotatedName("messages-20261120", "messages")).toBe(true);
    expect(isRotatedName("messages2", "messages")).toBe(false);
  });
});

test("of a name it is known which logs it may be a rotated one of", () => {
  const names = [
    "a.log",
    "a.log.1",
    "a.log.old",
    "a-1.2.log",
    "a-1.2-20261120.log",
    "a.log-2026-11-20_12:00",
    "b",
    "b-2",
    "b.old",
    "0.log",
    "0.log.20261120-120000",
  ];
  for (const name of names) {
    for (const log of names) expect([name, log, logNames(name).includes(log)]).toEqual([name, log, isRotatedName(name, log)]);
  }
});

describe("rotated files", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "hotaka-rotated-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  test("are in the order in which they were written last, whatever they are called", () => {
    for (const [at, name] of ["log.2", "log.10", "log", "log.1"].entries()) {
      writeFileSync(join(folder, name), "");
      utimesSync(join(folder, name), 1000 + at, 1000 + at);
    }
    mkdirSync(join(folder, "log.3"));
    expect(rotatedFiles(join(folder, "log")).map(({ path }) => basename(path))).toEqual(["log.2", "log.10", "log.1"]);
  });

  test("are the same ones where many logs are asked about, of a folder that is read once", () => {
    const names = ["a.log", "a.log.1", "a.1.log", "a.log-20261120", "b.log", "b.log.1.2", "b.log.old", "a.log.1.gz", "a"];
    for (const name of names) writeFileSync(join(folder, name), "");
    const folders = new RotatedNames();
    for (const name of [...names, "none"]) {
      const path = join(folder, name);
      expect(rotatedFiles(path, folders).map((file) => file.path)).toEqual(rotatedFiles(path).map((file) => file.path));
    }
    writeFileSync(join(folder, "none.1"), "");
    expect(rotatedFiles(join(folder, "none"), folders)).toEqual([]);
  });

  test("are none where the folder is not there", () => {
    expect(rotatedFiles(join(folder, "none", "log"))).toEqual([]);
  });
});
