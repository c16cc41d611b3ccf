import { expect, test } from "vitest";
import { z } from "zod";
import { TimeReader, timeSettings } from "./time_text.ts";

function read(text: string, time_format = "auto", time_zone = "UTC"): string | undefined {
  const ms = new TimeReader({ time_format, time_zone }).read(Buffer.from(`x${text}x`), 1, 1 + text.length, 0);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

test.each([
  ["2013-02-28T12:00:00Z", "2013-02-28T12:00:00.000Z"],
  ["2013-02-28 12:00:00 +0000", "2013-02-28T12:00:00.000Z"],
  ["2013-02-28 12:00:00", "2013-02-28T12:00:00.000Z"],
  ["2013/02/28 12:00:00.5", "2013-02-28T12:00:00.500Z"],
  ["2013-02-28T12:00:00,123456789+09", "2013-02-28T03:00:00.123Z"],
  ["2013-02-28T12:00:60.999-09:30", "2013-02-28T21:30:59.999Z"],
  ["2013-02-28 12:00", "2013-02-28T12:00:00.000Z"],
  ["2013-02-28", "2013-02-28T00:00:00.000Z"],
  ["28/Feb/2013:12:00:00 +0900", "2013-02-28T03:00:00.000Z"],
  ["1362020400", "2013-02-28T03:00:00.000Z"],
  ["1362020400.5", "2013-02-28T03:00:00.500Z"],
  ["1362020400.001", "2013-02-28T03:00:00.001Z"],
  ["1362020400123", "2013-02-28T03:00:00.123Z"],
  ["1362020400123456", "2013-02-28T03:00:00.123Z"],
  ["1362020400123456789", "2013-02-28T03:00:00.123Z"],
])("%s is told by its look to be %s", (text, time) => {
  expect(read(text)).toBe(time);
});

test.each(["", "now", "-", "2013-02-30T00:00:00Z", "2013-13-01", "2013-02-28T24:00:00Z", "12 and more", "1e9", `1${"0".repeat(70)}`])(
  "%j is no time",
  (text) => {
    expect(read(text)).toBeUndefined();
  },
);

test("a format that is named takes nothing else", () => {
  expect(read("1362020400", "epoch")).toBe("2013-02-28T03:00:00.000Z");
  expect(read("1362020400123", "epoch_ms")).toBe("2013-02-28T03:00:00.123Z");
  expect(read("1362020400", "iso8601")).toBeUndefined();
  expect(read("2013-02-28T12:00:00Z", "epoch")).toBeUndefined();
});

test("a time without an offset is of the zone of the settings", () => {
  expect(read("2013-02-28 12:00:00", "auto", "Asia/Tokyo")).toBe("2013-02-28T03:00:00.000Z");
  expect(read("2013-02-28 12:00:00Z", "auto", "Asia/Tokyo")).toBe("2013-02-28T12:00:00.000Z");
});

test("a time that comes again is the same, and one that differs in one byte is not", () => {
  const reader = new TimeReader({ time_format: "auto", time_zone: "UTC" });
  const at = (text: string): number => reader.read(Buffer.from(text), 0, text.length, 0);
  expect([at("2024-05-06T12:00:01Z"), at("2024-05-06T12:00:01Z"), at("2024-05-06T12:00:02Z"), at("2014-05-06T12:00:02Z")]).toEqual(
    ["2024-05-06T12:00:01Z", "2024-05-06T12:00:01Z", "2024-05-06T12:00:02Z", "2014-05-06T12:00:02Z"].map((text) => Date.parse(text)),
  );
  expect([at("bad"), at("bad"), at("2014-05-06T12:00:02Z")]).toEqual([Number.NaN, Number.NaN, Date.parse("2014-05-06T12:00:02Z")]);
});

test("settings that cannot be read are refused with the reason", () => {
  const schema = z.strictObject(timeSettings(z));
  expect(schema.parse({})).toEqual({ time_format: "auto", time_zone: "local" });
  expect(schema.safeParse({ time_format: "%Y-%m-%d %i" }).error?.issues[0]?.message).toContain("%i is not known");
  expect(schema.safeParse({ time_zone: "Mars/Base" }).success).toBe(false);
});
