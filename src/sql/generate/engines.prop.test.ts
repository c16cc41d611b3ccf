import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchOf, Dictionary, Schema } from "../../event/index.ts";
import { openStatement } from "../open.ts";
import type { Delivery, Statement } from "../statement.ts";
import { byInstant, FIELDS, join, laidOut, query, type Step, step } from "../../../test/suites/random_queries.ts";

/**
 * The generated statements against the interpreter: random queries over random events, in random batches, some of them with a column by
 * dictionary, with the state saved and restored on the way. Every instant must bring the same rows.
 */
describe("generated code", () => {
  test("gives the rows of the interpreter, whatever the query, the events, the layout and the restarts", () => {
    fc.assert(
      fc.property(query, fc.array(step(), { minLength: 1, maxLength: 60 }), (text, steps) => {
        const expected = run(text, "interpreted", steps);
        const found = run(text, "generated", steps);
        expect(byInstant(found)).toEqual(byInstant(expected));
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 1000) },
    );
  });

  test("gives the rows of the interpreter for joins of two targets", () => {
    fc.assert(
      fc.property(join, fc.array(step(["access", "login"]), { minLength: 1, maxLength: 60 }), (text, steps) => {
        expect(byInstant(run(text, "generated", steps))).toEqual(byInstant(run(text, "interpreted", steps)));
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 1000) },
    );
  });
});

function run(text: string, engine: "generated" | "interpreted", steps: readonly Step[]): Delivery[] {
  const schemas = new Map(["access", "login"].map((target) => [target, new Schema(target, FIELDS)]));
  const dictionary = new Dictionary();
  const deliveries: Delivery[] = [];
  const open = (): Statement =>
    openStatement({
      name: "q",
      text,
      schemas,
      startMs: 0,
      engine,
      sink: (delivery) => deliveries.push(delivery),
    });
  let statement = open();
  let nowMs = 0;
  for (const { target, afterMs, records, layout, restart } of steps) {
    nowMs += afterMs;
    if (records.length === 0) statement.advanceTo(nowMs);
    else {
      const times = records.map(() => nowMs);
      const { batch, end } = laidOut(batchOf(schemas.get(target)!, records, times), layout, dictionary);
      statement.accept(batch);
      end();
    }
    if (layout === "dictionary" && restart) dictionary.sweep();
    if (restart) {
      const fresh = open();
      if (!fresh.restore(statement.save())) throw new Error("a statement did not take up its own state");
      statement.close();
      statement = fresh;
    }
  }
  statement.advanceTo(nowMs + 60_000);
  statement.finish();
  return deliveries;
}
