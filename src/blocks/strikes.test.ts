import { describe, expect, test } from "vitest";
import { type RepeatPolicy, strikesLeft, termOf } from "./strikes.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const repeat: RepeatPolicy = { factor: 2, forMaxMs: 30 * DAY_MS, forgivenAfterMs: 7 * DAY_MS };

describe("a term", () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 4],
    [5, 16],
  ])("of an hour at strike %i is %i hours", (strikes, hours) => {
    expect(termOf(HOUR_MS, strikes, repeat)).toBe(hours * HOUR_MS);
  });

  test("is not made longer than the longest, whatever the strikes; one that was asked for longer stays so", () => {
    expect(termOf(HOUR_MS, 12, repeat)).toBe(30 * DAY_MS);
    expect(termOf(HOUR_MS, 100_000, repeat)).toBe(30 * DAY_MS);
    expect(termOf(90 * DAY_MS, 5, repeat)).toBe(90 * DAY_MS);
  });

  test("is for good when it was asked for so, and stays the same with a factor of 1 or without a strike", () => {
    expect(termOf(undefined, 3, repeat)).toBeUndefined();
    expect(termOf(HOUR_MS, 9, { ...repeat, factor: 1 })).toBe(HOUR_MS);
    expect(termOf(HOUR_MS, 0, repeat)).toBe(HOUR_MS);
  });
});

describe("strikes", () => {
  test("are forgiven one by one, each after its time without a block", () => {
    const last = { strikes: 3, untilMs: 0 };
    expect(strikesLeft(last, 7 * DAY_MS - 1, repeat)).toBe(3);
    expect(strikesLeft(last, 7 * DAY_MS, repeat)).toBe(2);
    expect(strikesLeft(last, 20 * DAY_MS, repeat)).toBe(1);
    expect(strikesLeft(last, 3000 * DAY_MS, repeat)).toBe(0);
  });

  test("are not forgiven while the block stands, or when it never ends", () => {
    expect(strikesLeft({ strikes: 3, untilMs: 100 * DAY_MS }, 50 * DAY_MS, repeat)).toBe(3);
    expect(strikesLeft({ strikes: 3, untilMs: undefined }, 5000 * DAY_MS, repeat)).toBe(3);
  });

  test("of who was never blocked are none", () => {
    expect(strikesLeft(undefined, 0, repeat)).toBe(0);
  });
});
