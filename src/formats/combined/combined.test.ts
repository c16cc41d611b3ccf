import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { formatSuite } from "../../../test/suites/format_suite.ts";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { combined } from "./combined.ts";

const format = combined.open({});
const NOON = "06/May/2024:12:00:00 +0000";

formatSuite(combined, {}, [
  `1.2.3.4 - - [${NOON}] "GET / HTTP/1.1" 200 5`,
  `2001:db8::1 - frank [${NOON}] "POST /a?b=c HTTP/2.0" 401 - "https://example.com/" "Mozilla/5.0 (X11; \\"x\\")"`,
  `- - - [${NOON}] "-" 408 0 "-" "-"`,
]);

function rowOf(line: string): Readonly<Record<string, unknown>> | undefined {
  const { rows, refused } = scanLines(format, `${line}\n`);
  expect(rows.length + refused.length).toBe(1);
  return rows[0];
}

function refusalOf(line: string): string | undefined {
  return scanLines(format, `${line}\n`).refused[0]?.reason;
}

describe("beside Fluentd's apache2 parser", () => {
  const lines = readFileSync(new URL("fluentd_apache2.cases", import.meta.url), "utf8").split("\n");
  const cases = lines.flatMap((line, at) =>
    line.startsWith('"') ? [{ line: String(JSON.parse(line)), made: lines[at + 1]!.trim() }] : [],
  );
  const NO_REQUEST = `1.2.3.4 - - [${NOON}] "" 400 0 "-" "-"`;
  const NO_STATUS = `1.2.3.4 - - [${NOON}] "GET / HTTP/1.1" abc 1 "-" "ua"`;
  const alike = cases.filter(({ line }) => line !== NO_REQUEST && line !== NO_STATUS);

  test.each(alike.filter(({ made }) => made.startsWith("{")))("$line reads the same", ({ line, made }) => {
    const { time, ...fields }: { time: number } = JSON.parse(made);
    expect(rowOf(line)).toEqual({ ...fields, time: time * 1000, at: time * 1000 });
  });

  test.each(alike.filter(({ made }) => !made.startsWith("{")))("$line is refused likewise", ({ line }) => {
    expect(refusalOf(line)).toBeDefined();
  });

  test("a request without a word in it, which it loses, is an event", () => {
    expect(cases).toContainEqual({ line: NO_REQUEST, made: "no match" });
    expect(rowOf(NO_REQUEST)).toMatchObject({ method: null, path: null, code: 400, size: 0 });
  });

  test("a status that is no number, which it takes for null, is refused", () => {
    expect(cases).toContainEqual({ line: NO_STATUS, made: expect.stringContaining('"code": null') });
    expect(refusalOf(NO_STATUS)).toBe("status");
  });
});
