import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "./index.ts";

test.each([
  ["0", 0],
  ["250ms", 250],
  ["90s", 90_000],
  ["1 min 30 sec", 90_000],
  ["1h30m", 5_400_000],
  ["1.5 h", 5_400_000],
  ["7 days", 604_800_000],
  ["2 weeks", 1_209_600_000],
  [" 10 SEC ", 10_000],
  ["0s", 0],
])("%j is %d ms", (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs);
});

test.each(["", " ", "5", "5 minuts", "min", "-1s", "1 min 30", "1e3s", "s1", "1,5h", "999999999999999 weeks", "constructor"])(
  "%j is not a duration",
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.each([
  [0, "0ms"],
  [-0.2, "0ms"],
  [250, "250ms"],
  [999.7, "1s"],
  [3000, "3s"],
  [59_999, "1m"],
  [3_900_000, "1h 5m"],
  [3_605_000, "1h"],
  [90_061_000, "1d 1h"],
  [-90_000, "-1m 30s"],
])("%d ms is shown as %j", (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

test("what is shown of a duration can be written in the settings, and is less than a fiftieth off", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 * 365 * 86_400_000 }), (durationMs) => {
      const read = parseDuration(formatDuration(durationMs));
      expect(read).toBeDefined();
      expect(Math.abs((read ?? 0) - durationMs)).toBeLessThanOrEqual(Math.max(durationMs / 50, durationMs < 1000 ? 0 : 500));
    }),
  );
});
