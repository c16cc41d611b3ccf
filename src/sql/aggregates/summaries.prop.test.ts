import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Value } from "../../event/index.ts";
import type { Accumulator, AggregateDefinition } from "../vocabulary.ts";
import { approxCountDistinct } from "./approx_count_distinct.ts";
import { percentile } from "./percentile.ts";
import { topK } from "./top_k.ts";

/** Percentiles, distinct and frequent values against what a list of all values says, while values come and go and states are restored. */
const RUNS = { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 300) };

describe("percentile", () => {
  test("is the value of the nearest rank, whatever came and went", () => {
    const step = fc.record({ value: fc.integer({ min: -20, max: 20 }), leaves: fc.boolean(), restart: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.array(step, { maxLength: 80 }), (percent, steps) => {
        const held: number[] = [];
        let found = open(percentile, "long", percent);
        for (const { value, leaves, restart } of steps) {
          if (leaves && held.length > 0) found.leave([held.shift()!]);
          else found.enter([held[held.push(value) - 1]!], 0);
          if (restart) found = restarted(found, () => open(percentile, "long", percent));
          const sorted = held.toSorted((left, right) => left - right);
          const rank = Math.max(1, Math.ceil((sorted.length * percent) / 100));
          expect(found.value(0)).toBe(sorted[rank - 1] ?? null);
        }
      }),
      RUNS,
    );
  });
});

describe("approx_count_distinct", () => {
  test("is exact while there are few values, in any order of coming and going", () => {
    const step = fc.record({ value: fc.integer({ min: 0, max: 30 }).map(String), leaves: fc.boolean(), restart: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const held: string[] = [];
        let found = open(approxCountDistinct, "string");
        for (const { value, leaves, restart } of steps) {
          if (leaves && held.length > 0) found.leave([held.shift()!]);
          else found.enter([held[held.push(value) - 1]!], 0);
          if (restart) found = restarted(found, () => open(approxCountDistinct, "string"));
          expect(found.value(0)).toBe(new Set(held).size);
        }
      }),
      RUNS,
    );
  });

  test.each([1500, 5000, 50_000])("is within five standard errors of %i values, and again when half of them have left", (count) => {
    const found = open(approxCountDistinct, "string");
    for (let index = 0; index < count; index++) for (let times = index % 3; times >= 0; times--) found.enter([`192.0.2.${index}`], 0);
    expect(Math.abs(Number(found.value(0)) - count) / count).toBeLessThan(0.08);
    for (let index = 0; index < count / 2; index++) for (let times = index % 3; times >= 0; times--) found.leave([`192.0.2.${index}`]);
    expect(Math.abs(Number(found.value(0)) - count / 2) / (count / 2)).toBeLessThan(0.08);
  });

  test("is exact again once everything has left", () => {
    const found = open(approxCountDistinct, "long");
    for (let index = 0; index < 3000; index++) found.enter([index], 0);
    for (let index = 0; index < 3000; index++) found.leave([index]);
    expect(found.value(0)).toBe(0);
    for (let index = 0; index < 1000; index++) found.enter([index], 0);
    expect(found.value(0)).toBe(1000);
  });
});

describe("top_k", () => {
  test("is exact while there are few values, in any order of coming and going", () => {
    const step = fc.record({ value: fc.integer({ min: 0, max: 9 }), leaves: fc.boolean(), restart: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 80 }), (k, steps) => {
        const held: number[] = [];
        let found = open(topK, "long", k);
        for (const { value, leaves, restart } of steps) {
          if (leaves && held.length > 0) found.leave([held.shift()!]);
          else found.enter([held[held.push(value) - 1]!], 0);
          if (restart) found = restarted(found, () => open(topK, "long", k));
          expect(found.value(0)).toEqual(mostFrequent(held, k));
        }
      }),
      RUNS,
    );
  });

  test("never misses a value with more than a thousandth of the events among any number of others, also in a sliding window", () => {
    const found = open(topK, "string", 2);
    const held: string[] = [];
    for (let index = 0; index < 60_000; index++) {
      const value = index % 100 === 0 ? "often" : index % 150 === 1 ? "also" : `once ${index}`;
      found.enter([value], 0);
      held.push(value);
      if (held.length > 20_000) found.leave([held[held.length - 20_001]!]);
    }
    expect(found.value(0)).toEqual(["often", "also"]);
  });
});

test("top_k gives hashes and arrays that are equally frequent in the same order, whichever came first", () => {
  const values: Value[] = [{ path: "/" }, [1], {}, [[2]], { agent: 1 }];
  fc.assert(
    fc.property(fc.shuffledSubarray(values, { minLength: values.length }), (shuffled) => {
      const found = open(topK, "string", 5);
      for (const value of shuffled) found.enter([value], 0);
      expect(found.value(0)).toEqual([[1], [[2]], { agent: 1 }, { path: "/" }, {}]);
    }),
    RUNS,
  );
});

function open(definition: AggregateDefinition, type: "long" | "string", constant?: number): Accumulator {
  const types = constant === undefined ? [type] : ([type, "integer"] as const);
  const form = definition.resolve({
    types,
    constants: [undefined, constant],
    descending: [],
    star: false,
    distinct: false,
    row: "event:0",
  });
  if (typeof form === "string") throw new Error(form);
  return form.open();
}

function restarted(accumulator: Accumulator, openAgain: () => Accumulator): Accumulator {
  const again = openAgain();
  again.restore(structuredClone(accumulator.save()));
  return again;
}

function mostFrequent(values: readonly Value[], k: number): Value[] {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .toSorted(([left, leftCount], [right, rightCount]) => rightCount - leftCount || Number(left) - Number(right))
    .slice(0, k)
    .map(([value]) => value);
}
