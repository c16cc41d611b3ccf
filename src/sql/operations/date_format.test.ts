import { describe, expect, test } from "vitest";
import { castByAnyFormat, castByFormat, dateFormat } from "./date_format.ts";

/** What a text is by a format, in ISO 8601. */
function read(pattern: string, text: string): string | null {
  const format = dateFormat(pattern);
  const date = typeof format === "string" ? undefined : castByFormat(format, pattern, "date").evaluate(text);
  return date instanceof Date ? date.toISOString() : null;
}

// What Java's SimpleDateFormat gives for these, in English and UTC.
test.each([
  ["yyyyMMdd", "20100102", "2010-01-02T00:00:00.000Z"],
  ["yyyyMMdd", "2010010", "2009-12-31T00:00:00.000Z"],
  ["yyyyMMdd", "20101399", "2011-04-09T00:00:00.000Z"],
  ["yyyyMMdd", "20100102xyz", "2010-01-02T00:00:00.000Z"],
  ["yyyy-MM-dd", "2010-1-2", "2010-01-02T00:00:00.000Z"],
  ["yyyy-MM-dd", "2010-02-31", "2010-03-03T00:00:00.000Z"],
  ["yyyy-MM-dd HH:mm:ss", "2010-01-02  3:4:5", "2010-01-02T03:04:05.000Z"],
  ["yyyyMMddHHmmss", "20100102030405", "2010-01-02T03:04:05.000Z"],
  ["dd/MMM/yyyy:HH:mm:ss Z", "10/oct/2000:13:55:36 +0000", "2000-10-10T13:55:36.000Z"],
  ["EEE, dd MMM yyyy", "Sunday, 02 January 2010", "2010-01-02T00:00:00.000Z"],
  ["EEEE", "Monday", "1970-01-05T00:00:00.000Z"],
  ["HH:mm", "25:61", "1970-01-02T02:01:00.000Z"],
  ["yy-M-d", "10-1-2", "2010-01-02T00:00:00.000Z"],
  ["yy-M-d", "70-12-31", "1970-12-31T00:00:00.000Z"],
  ["yyyy D", "2010 45", "2010-02-14T00:00:00.000Z"],
  ["yyyy-MM-dd hh:mm a", "2010-01-02 11:04 PM", "2010-01-02T23:04:00.000Z"],
  ["yyyy-MM-dd hh:mm a", "2010-01-02 12:00 am", "2010-01-02T00:00:00.000Z"],
  ["k K S", "24 0 5", "1970-01-01T00:00:00.005Z"],
  ["MMMM d, yyyy", "jan 2, 2010", "2010-01-02T00:00:00.000Z"],
  ["yyyy-MM-dd z", "2010-01-02 PST", "2010-01-02T08:00:00.000Z"],
  ["yyyy-MM-dd'T'HH:mm:ssX", "2010-01-02T03:04:05+02", "2010-01-02T01:04:05.000Z"],
  ["iso", "2010-01-02T03:04:05.678Z", "2010-01-02T03:04:05.678Z"],
])("%s reads %s as %s", (pattern, text, expected) => {
  expect(read(pattern, text)).toBe(expected);
});

describe("what is no date", () => {
  test("gives null", () => {
    expect([read("yyyy-MM-dd", "2010/01/02"), read("MMM", "Foo"), read("yyyy", ""), read("", "2010"), read("iso", "today")]).toEqual(
      Array.from({ length: 5 }, () => null),
    );
    expect(castByAnyFormat("long").evaluate("2010", "b")).toBeNull();
  });

  test("is a pattern with letters that mean nothing, or with a quote that is not closed", () => {
    expect(dateFormat("yyyy b")).toContain('"b" is no letter');
    expect(dateFormat("yyyy 'at")).toBe("a quote is not closed");
  });
});
