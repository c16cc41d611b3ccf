import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";

const backoff = { firstMs: 1000, mostMs: 60_000 };

test("the wait doubles with each failure and stays at the most", () => {
  const waits = [1, 2, 3, 7, 5000].map((failures) => backoffMs(backoff, failures, () => 1));
  expect(waits).toEqual([1000, 2000, 4000, 60_000, 60_000]);
});

test("chance takes away at most half", () => {
  expect(backoffMs(backoff, 3, () => 0)).toBe(2000);
  expect(backoffMs(backoff, 3, () => 0.5)).toBe(3000);
});
