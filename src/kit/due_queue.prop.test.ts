import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DueQueue } from "./due_queue.ts";

test("a DueQueue gives keys up at their time, whatever was moved or taken out before", () => {
  const change = fc.record({
    kind: fc.constantFrom("set", "delete", "take"),
    key: fc.integer({ min: 0, max: 12 }),
    dueMs: fc.integer({ min: 0, max: 50 }),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 80 }), (changes) => {
      const queue = new DueQueue<number>();
      const plain = new Map<number, number>();
      for (const { kind, key, dueMs } of changes) {
        const [answer, expected] =
          kind === "set" ? [queue.set(key, dueMs), void plain.set(key, dueMs)] : askBoth(queue, plain, kind, key, dueMs);
        expect(answer).toEqual(expected);
        expect(queue.size).toBe(plain.size);
        expect(queue.nextDueMs).toBe(plain.size === 0 ? undefined : Math.min(...plain.values()));
      }
    }),
    { numRuns: 500 },
  );
});

/** What the queue answers, and what a plain map sorted anew says. Keys due at the same time may come in any order. */
function askBoth(queue: DueQueue<number>, plain: Map<number, number>, kind: string, key: number, dueMs: number): [unknown, unknown] {
  if (kind === "delete") return [queue.delete(key), plain.delete(key)];
  const taken = queue.takeDue(dueMs).map((each) => [plain.get(each)!, each] as const);
  const due = [...plain].filter(([, at]) => at <= dueMs).map(([each, at]) => [at, each] as const);
  for (const [, each] of due) plain.delete(each);
  return [
    [times(taken), keys(taken)],
    [times(due).toSorted((a, b) => a - b), keys(due)],
  ];
}

type Pairs = readonly (readonly [dueMs: number, key: number])[];

function times(pairs: Pairs): number[] {
  return pairs.map(([dueMs]) => dueMs);
}

function keys(pairs: Pairs): number[] {
  return pairs.map(([, key]) => key).toSorted((a, b) => a - b);
}
