import { expect, test } from "vitest";
import { formatSuite } from "../../../test/suites/format_suite.ts";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { none } from "./none.ts";

const format = none.open({});

formatSuite(none, {}, ["a", "", "b c"]);

test("each line is an event with the line as its message, at the time it was read", () => {
  expect(scanLines(format, "a b\n\nc\r\n\r\n", { timeMs: 7 })).toEqual({
    rows: ["a b", "", "c", ""].map((message) => ({ at: 7, message })),
    refused: [],
  });
});

test("more lines than a batch holds come in several", () => {
  const { rows } = scanLines(format, Array.from({ length: 3000 }, (_, at) => `${at}\n`).join(""), { use: "key" });
  expect(rows.map((row) => Number(row["message"]))).toEqual(Array.from({ length: 3000 }, (_, at) => at));
});

test("bytes that are not UTF-8 read as U+FFFD, and a zero as itself", () => {
  expect(scanLines(format, Buffer.from([0x61, 0xff, 0, 0x0a])).rows).toEqual([{ at: 0, message: "a\uFFFD\0" }]);
});

test("nothing is decoded that nobody wants", () => {
  expect(scanLines(format, "a\nb\n", { wanted: [] }).rows).toEqual([{ at: 0 }, { at: 0 }]);
});
