import { expect, test } from "vitest";
import { isTimeZone, parseTimeOfDay, quietUntilMs, type QuietHours } from "./quiet_hours.ts";

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
const nights: QuietHours = { fromMinute: 22 * 60, toMinute: 7 * 60, days: EVERY_DAY, timeZone: "Asia/Tokyo" };

test.each([
  // Tokyo is nine hours ahead of UTC.
  ["2026-11-20T12:59:59Z", undefined],
  ["2026-11-20T13:00:00Z", "2026-11-20T22:00:00.000Z"],
  ["2026-11-20T13:00:59.999Z", "2026-11-20T22:00:00.000Z"],
  ["2026-11-20T21:59:59Z", "2026-11-20T22:00:00.000Z"],
  ["2026-11-20T22:00:00Z", undefined],
])("at %s nights in Tokyo last until %s", (now, until) => {
  expect(quietUntilMs(nights, Date.parse(now))).toBe(until === undefined ? undefined : Date.parse(until));
});

test("hours of one day end on that day, and hold on the days they are for", () => {
  const lunch: QuietHours = { fromMinute: 720, toMinute: 780, days: [1, 2, 3, 4, 5], timeZone: "UTC" };
  expect(quietUntilMs(lunch, Date.parse("2026-11-20T12:30:00Z"))).toBe(Date.parse("2026-11-20T13:00:00Z"));
  expect(quietUntilMs(lunch, Date.parse("2026-11-21T12:30:00Z"))).toBeUndefined();
});

test("a night belongs to the day on which it began", () => {
  const friday: QuietHours = { ...nights, timeZone: "UTC", days: [5] };
  expect(quietUntilMs(friday, Date.parse("2026-11-21T03:00:00Z"))).toBe(Date.parse("2026-11-21T07:00:00Z"));
  expect(quietUntilMs(friday, Date.parse("2026-11-20T03:00:00Z"))).toBeUndefined();
});

test("a night in which clocks are put back is an hour longer", () => {
  const berlin: QuietHours = { ...nights, timeZone: "Europe/Berlin" };
  expect(quietUntilMs(berlin, Date.parse("2026-10-24T20:00:00Z"))).toBe(Date.parse("2026-10-25T06:00:00Z"));
  expect(quietUntilMs(berlin, Date.parse("2026-03-28T21:00:00Z"))).toBe(Date.parse("2026-03-29T05:00:00Z"));
});

test.each([
  ["00:00", 0],
  ["7:05", 425],
  ["23:59", 1439],
  ["24:00", undefined],
  ["7", undefined],
])("%s is minute %s of the day", (text, minute) => {
  expect(parseTimeOfDay(text)).toBe(minute);
});

test("a time zone is one that the machine knows", () => {
  expect([isTimeZone("Asia/Tokyo"), isTimeZone("Asia/Hotaka")]).toEqual([true, false]);
});
