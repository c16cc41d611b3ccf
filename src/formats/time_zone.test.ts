import { expect, test } from "vitest";
import { timeZoneOf } from "./time_zone.ts";

test.each([
  ["UTC", "2024-05-06T12:00:00Z", "2024-05-06T12:00:00Z"],
  ["+09:00", "2024-05-06T12:00:00Z", "2024-05-06T03:00:00Z"],
  ["-0330", "2024-05-06T12:00:00Z", "2024-05-06T15:30:00Z"],
  ["Asia/Tokyo", "2024-05-06T12:00:00Z", "2024-05-06T03:00:00Z"],
  ["Europe/Berlin", "2024-01-06T12:00:00Z", "2024-01-06T11:00:00Z"],
  ["Europe/Berlin", "2024-07-06T12:00:00Z", "2024-07-06T10:00:00Z"],
  // The hour from 2:00 is there twice on this day, and on the other not at all.
  ["Europe/Berlin", "2024-10-27T02:30:00Z", "2024-10-27T00:30:00Z"],
  ["Europe/Berlin", "2024-10-27T03:30:00Z", "2024-10-27T02:30:00Z"],
  ["Europe/Berlin", "2024-03-31T01:59:59Z", "2024-03-31T00:59:59Z"],
  ["Europe/Berlin", "2024-03-31T03:00:00Z", "2024-03-31T01:00:00Z"],
])("in %s the clock shows %s at %s", (zone, wall, utc) => {
  expect(new Date(timeZoneOf(zone)!.utcMs(Date.parse(wall))).toISOString()).toBe(new Date(utc).toISOString());
});

test("local is the zone of this machine", () => {
  expect(timeZoneOf("local")!.utcMs(Date.UTC(2024, 4, 6, 12, 30))).toBe(new Date(2024, 4, 6, 12, 30).getTime());
});

test.each(["", "Tokyo/Asia", "+9", "+99:00", "+09:60"])("%j is no zone", (text) => {
  expect(timeZoneOf(text)).toBeUndefined();
});
