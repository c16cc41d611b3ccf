import { expect, test } from "vitest";
import { Expression } from "../../kit/index.ts";
import { RecordLines } from "./record_lines.ts";

const firstLine = Expression.of("^\\d");
if (typeof firstLine === "string") throw new Error(firstLine);
const lines = new RecordLines(firstLine, 3, 100);

function records(text: string): string[] {
  const bytes = Buffer.from(text);
  const found: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const newline = lines.recordEnd(bytes, at, bytes.length);
    found.push(bytes.toString("utf8", at, newline));
    at = newline + 1;
  }
  return found;
}

test("a record goes on until a line looks like a first one, or until it has all the lines it may have", () => {
  expect(records("1 a\n b\n2 c\n3 d\n e\n f\n g\n")).toEqual(["1 a\n b", "2 c", "3 d\n e\n f", " g"]);
  expect(records(" before\n1 a\n")).toEqual([" before", "1 a"]);
  expect(records(`1\n2${"x".repeat(100)}\n`)).toHaveLength(1);
});

test.each([
  ["1 a\n b\n2 c\n", 7],
  ["1 a\n", 0],
  ["1 a\n b\n", 0],
  ["1 a\n b\n c\n", 10],
  [" a\n b\n c\n d\n", 9],
])("of %j the last record that may go on begins at %d", (text, start) => {
  const bytes = Buffer.from(text);
  expect(lines.lastStart(bytes, 0, bytes.length)).toBe(start);
});
