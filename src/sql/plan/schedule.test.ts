import { expect, test } from "vitest";
import { LAST_DAY, LAST_WEEKDAY, Schedule, type ScheduleFields } from "./schedule.ts";

const ANY: ScheduleFields = {
  minutes: undefined,
  hours: undefined,
  days: undefined,
  months: undefined,
  weekdays: undefined,
  seconds: undefined,
};

function next(fields: Partial<ScheduleFields>, from: string): string | undefined {
  const timeMs = new Schedule({ ...ANY, ...fields }).next(Date.parse(`${from}Z`));
  return timeMs === undefined ? undefined : new Date(timeMs).toISOString().slice(0, 19);
}

test("a schedule of nothing but wildcards is every full minute, never the instant itself", () => {
  expect(next({}, "2024-01-01T10:00:00")).toBe("2024-01-01T10:01:00");
  expect(next({}, "2024-01-01T10:00:59.999")).toBe("2024-01-01T10:01:00");
});

test("seconds are seconds of the minutes that are meant", () => {
  expect(next({ seconds: new Set([0, 30]) }, "2024-01-01T10:00:00")).toBe("2024-01-01T10:00:30");
  expect(next({ minutes: new Set([5]), seconds: new Set([15]) }, "2024-01-01T10:05:15")).toBe("2024-01-01T11:05:15");
});

test("the 29th of February waits for a leap year, the 30th is never", () => {
  const fields = { hours: new Set([8]), minutes: new Set([0]), months: new Set([2]) };
  expect(next({ ...fields, days: new Set([29]) }, "2025-01-01T00:00:00")).toBe("2028-02-29T08:00:00");
  expect(next({ ...fields, days: new Set([30]) }, "2025-01-01T00:00:00")).toBeUndefined();
});

test("the last day of a month and the last Friday are found", () => {
  const midnight = { hours: new Set([0]), minutes: new Set([0]) };
  expect(next({ ...midnight, days: new Set([LAST_DAY]) }, "2024-02-01T00:00:00")).toBe("2024-02-29T00:00:00");
  expect(next({ ...midnight, weekdays: new Set([LAST_WEEKDAY + 5]) }, "2024-02-01T00:00:00")).toBe("2024-02-23T00:00:00");
});

test("a day of the month and a day of the week together mean either", () => {
  const midnight = { hours: new Set([0]), minutes: new Set([0]) };
  expect(next({ ...midnight, days: new Set([20]), weekdays: new Set([1]) }, "2024-05-13T00:00:00")).toBe("2024-05-20T00:00:00");
  expect(next({ ...midnight, days: new Set([15]), weekdays: new Set([1]) }, "2024-05-13T00:00:00")).toBe("2024-05-15T00:00:00");
});
