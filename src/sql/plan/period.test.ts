import { expect, test } from "vitest";
import { nextWall, periodOf, plusPeriod } from "./period.ts";

const at = (text: string): number => Date.parse(`${text}Z`);

test("a month after the 31st is the last day of a shorter month", () => {
  expect(plusPeriod(at("2024-01-31T12:00"), { months: 1, ms: 0 })).toBe(at("2024-02-29T12:00"));
  expect(plusPeriod(at("2023-12-31T12:00"), { months: 2, ms: 0 })).toBe(at("2024-02-29T12:00"));
});

test("a year and a half and a second are counted in months and then milliseconds", () => {
  expect(plusPeriod(at("2024-01-15T00:00"), { months: 18, ms: 1000 })).toBe(at("2025-07-15T00:00:01"));
});

test("walls of a fixed period lie on the grid through the reference, before it too", () => {
  expect(nextWall(0, periodOf(60_000), 0)).toBe(60_000);
  expect(nextWall(59_999, periodOf(60_000), 0)).toBe(60_000);
  expect(nextWall(-1, periodOf(60_000), 30_000)).toBe(30_000);
});

test("walls of months lie on the day of the reference, years after it and before it", () => {
  const month = { months: 1, ms: 0 };
  expect(nextWall(at("2031-03-15T00:00"), month, at("2024-01-15T00:00"))).toBe(at("2031-04-15T00:00"));
  expect(nextWall(at("2031-03-14T23:59"), month, at("2024-01-15T00:00"))).toBe(at("2031-03-15T00:00"));
  expect(nextWall(at("1999-12-31T00:00"), month, at("2024-01-15T00:00"))).toBe(at("2000-01-15T00:00"));
});
