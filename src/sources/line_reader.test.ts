import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type LineCursor, LineReader } from "./line_reader.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "hotaka-lines-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const SMALL = { lineBytesMax: 10, regionBytes: 8 };

interface Read {
  readonly lines: readonly string[];
  readonly skipped: number;
  readonly cursor: LineCursor;
}

/** Every whole line of the text, and the one without a newline if `rest`. */
function read(text: string, { rest = false, isSequential = false, cursor = { offset: 0, isSkipping: false } } = {}): Read {
  const path = join(folder, "log");
  writeFileSync(path, text);
  const fd = openSync(path, "r");
  const reader = new LineReader({ ...SMALL, isSequential });
  const regions: string[] = [];
  while (reader.read(fd, cursor)) regions.push(reader.bytes.toString("latin1", reader.start, reader.end));
  if (rest && reader.readRest(fd, cursor)) regions.push(reader.bytes.toString("latin1", reader.start, reader.end));
  closeSync(fd);
  return { lines: regions.join("").split("\n").slice(0, -1), skipped: reader.skipped, cursor };
}

describe.each([{ isSequential: false }, { isSequential: true }])("lines read, %o,", (how) => {
  test("are all whole lines, in order, and the cursor stands behind them", () => {
    const text = "one\n\ntwo\r\nthree\nfour";
    expect(read(text, how)).toEqual({ lines: ["one", "", "two\r", "three"], skipped: 0, cursor: { offset: 16, isSkipping: false } });
  });

  test("end with a last one without a newline when that is asked for", () => {
    expect(read("one\ntwo", { ...how, rest: true })).toMatchObject({ lines: ["one", "two"], cursor: { offset: 7 } });
    expect(read("one\n", { ...how, rest: true })).toMatchObject({ lines: ["one"], cursor: { offset: 4 } });
    expect(read("", { ...how, rest: true })).toMatchObject({ lines: [], cursor: { offset: 0 } });
  });

  test("are those up to the bound; a longer one is skipped and counted wherever it stands", () => {
    const long = "x".repeat(11);
    const longest = "y".repeat(10);
    for (const before of ["", "a\n", "abc\n", "abcdef\n", "abcdefgh\n"]) {
      for (const length of [11, 12, 15, 16, 17, 30]) {
        const text = `${before}${"x".repeat(length)}\n${longest}\nz\n${long}\nend\n`;
        const lines = [...before.split("\n").slice(0, -1), longest, "z", "end"];
        expect(read(text, how)).toEqual({ lines, skipped: 2, cursor: { offset: text.length, isSkipping: false } });
      }
    }
  });

  test("go on behind a line that was too long when its end comes later", () => {
    const first = read("a\n" + "x".repeat(20), { ...how, rest: true });
    expect(first).toEqual({ lines: ["a"], skipped: 1, cursor: { offset: 22, isSkipping: true } });
  });
});

test("a cursor that stands inside a line that is skipped goes on behind its end", () => {
  const cursor = { offset: 12, isSkipping: true };
  expect(read(`${"x".repeat(20)}\nb\n`, { cursor })).toEqual({ lines: ["b"], skipped: 0, cursor: { offset: 23, isSkipping: false } });
});
