import { expect, test } from "vitest";
import { z } from "zod";
import { componentSuite } from "../../../test/suites/component_suite.ts";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { multiline } from "./multiline.ts";

componentSuite(multiline);

const format = multiline.open(
  multiline.config(z).parse({
    first_line: "/^\\d{4}-/",
    expression: "/^(?<time>\\S+ \\S+) (?<level>\\w+) (?<message>.*)/m",
    time_zone: "UTC",
  }),
);

test("a stack trace is one event with its lines", () => {
  const { rows, refused } = scanLines(
    format,
    "2024-05-06 12:00:00 ERROR boom\n  at a\n  at b\r\n2024-05-06 12:00:01 INFO fine\nlost\n2024-05-06 bad\n more\n",
  );
  expect(rows).toMatchObject([
    { level: "ERROR", message: "boom\n  at a\n  at b", at: Date.parse("2024-05-06T12:00:00Z") },
    { level: "INFO", message: "fine\nlost", at: Date.parse("2024-05-06T12:00:01Z") },
  ]);
  expect(refused).toEqual([{ reason: "expression", text: "2024-05-06 bad\n more" }]);
});

test("without an expression the record is a message", () => {
  const plain = multiline.open(multiline.config(z).parse({ first_line: "^\\S" }));
  expect(scanLines(plain, "a\n b\nc\n").rows).toEqual([
    { at: 0, message: "a\n b" },
    { at: 0, message: "c" },
  ]);
});

test("it says when a last record is over that nothing follows", () => {
  expect(format.flushAfterMs).toBe(5000);
  const bytes = Buffer.from("2024-a\n b\n2024-c\n");
  expect(format.records?.lastStart(bytes, 0, bytes.length)).toBe(10);
});
