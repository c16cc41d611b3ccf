import fc from "fast-check";
import { expect, test } from "vitest";
import { batchOf } from "../event/index.ts";
import { HotakaError } from "../kit/index.ts";
import { anyEvent, anyQuery, SCHEMAS } from "../../test/suites/random_language.ts";
import { openStatement } from "./open.ts";

/**
 * What is wrong with a query is found when it is registered, never at an event: queries made at random of everything the language has, most
 * of them wrong in their types, are either refused with a sentence and its place, or take any events without a throw.
 */
test("a query is refused when it is registered, or takes every event", () => {
  const reached = { refused: 0, ran: 0 };
  fc.assert(
    fc.property(anyQuery(), fc.array(anyEvent(), { maxLength: 12 }), (text, events) => {
      const statement = opened(text);
      if (statement === undefined) return void reached.refused++;
      reached.ran++;
      let nowMs = 1_700_000_000_000;
      for (const { target, afterMs, record } of events) {
        nowMs += afterMs;
        if (afterMs > 500) statement.advanceTo(nowMs);
        statement.accept(batchOf(SCHEMAS.get(target)!, [record], [nowMs]));
      }
      const again = opened(text)!;
      expect(again.restore(statement.save())).toBe(true);
      again.advanceTo(nowMs + 3_600_000);
      again.finish();
    }),
    { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 1500) },
  );
  // A generator that is refused every time would find nothing.
  expect(reached.ran).toBeGreaterThan(reached.refused / 20);
});

function opened(text: string): ReturnType<typeof openStatement> | undefined {
  try {
    return openStatement({ name: "q", text, schemas: SCHEMAS, startMs: 1_700_000_000_000, sink: () => {} });
  } catch (thrown) {
    if (thrown instanceof HotakaError && /^query "q", line \d+, column \d+: /.test(thrown.message)) return undefined;
    throw thrown;
  }
}
