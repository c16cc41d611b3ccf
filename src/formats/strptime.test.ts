import { describe, expect, test } from "vitest";
import { compileStrptime, isReadable } from "./strptime.ts";
import { timeZoneOf } from "./time_zone.ts";

const UTC = timeZoneOf("UTC")!;
const NOW = Date.parse("2024-03-01T00:00:00Z");

function read(pattern: string, text: string): string | undefined {
  expect(isReadable(pattern)).toBeUndefined();
  const ms = compileStrptime(pattern, UTC)(text, NOW);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

test.each([
  ["%d/%b/%Y:%H:%M:%S %z", "28/Feb/2013:12:00:00 +0900", "2013-02-28T03:00:00.000Z"],
  ["%Y-%m-%dT%H:%M:%S.%N%z", "2024-05-06T01:02:03.25Z", "2024-05-06T01:02:03.250Z"],
  ["%F %T,%L", "2024-05-06 01:02:03,999", "2024-05-06T01:02:03.999Z"],
  ["%Y-%m-%d %H:%M:%S.%6N", "2024-05-06 01:02:03.123456", "2024-05-06T01:02:03.123Z"],
  ["%b %d %H:%M:%S", "Feb  5 17:32:18", "2024-02-05T17:32:18.000Z"],
  ["%b %e %T", "MAY 15 17:32:18", "2023-05-15T17:32:18.000Z"],
  ["%b %d %H:%M:%S", "Feb 29 00:00:00", "2024-02-29T00:00:00.000Z"],
  ["%a %b %d %H:%M:%S %Y", "Mon May  6 01:02:03 2024", "2024-05-06T01:02:03.000Z"],
  ["%c", "Mon May  6 01:02:03 2024", "2024-05-06T01:02:03.000Z"],
  ["%A, %B %d, %Y %I:%M %p", "Monday, May 6, 2024 12:05 AM", "2024-05-06T00:05:00.000Z"],
  ["%m/%d/%y %l:%M%p", "05/06/24 1:05pm", "2024-05-06T13:05:00.000Z"],
  ["%Y%j %R", "2024366 10:11", "2024-12-31T10:11:00.000Z"],
  ["%s", "1714957323", "2024-05-06T01:02:03.000Z"],
  ["%s.%L", "1714957323.250", "2024-05-06T01:02:03.250Z"],
  ["%Q", "1714957323250", "2024-05-06T01:02:03.250Z"],
  ["%Y-%m-%d %H:%M:%S %Z", "2024-05-06 01:02:03 GMT", "2024-05-06T01:02:03.000Z"],
  ["%D %T %z", "05/06/24 01:02:60 -01:30", "2024-05-06T02:32:59.000Z"],
  ["[%d.%m.%Y] %H", "[06.05.2024] 07", "2024-05-06T07:00:00.000Z"],
  ["%d%%%H", "06%07", "2024-01-06T07:00:00.000Z"],
])("%s reads %j as %s", (pattern, text, time) => {
  expect(read(pattern, text)).toBe(time);
});

test.each([
  ["%Y-%m-%d %H", "2023-02-29 01"],
  ["%Y-%m-%d %H", "2024-13-01 01"],
  ["%Y-%m-%d %H", "2024-01-00 01"],
  ["%Y-%m-%d %H", "2024-01-01 24"],
  ["%Y-%m-%d %I", "2024-01-01 13"],
  ["%Y%j %H", "2023366 01"],
  ["%d/%b/%Y:%H", "06/Foo/2024:01"],
  ["%Y-%m-%d %H", "2024-01-01 01 and more"],
  ["%Y-%m-%d %H", ""],
  ["%Y-%m-%d %H%z", "2024-01-01 01+99:00"],
])("%s does not read %j", (pattern, text) => {
  expect(read(pattern, text)).toBeUndefined();
});

describe("a pattern", () => {
  test.each([
    ["%Y-%m-%d", /a day and an hour/],
    ["%H:%M", /a day and an hour/],
    ["%Y-%m-%d %H %i", /%i is not known; known are %Y/],
    ["%d %H %", /% is not known/],
    ["%d %e %H", /%e stands twice/],
    [`%d %H${"x".repeat(200)}`, /at most 200/],
  ])("%j cannot be read: %s", (pattern, wrong) => {
    expect(isReadable(pattern)).toMatch(wrong);
  });
});
