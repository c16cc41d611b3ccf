import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Batch, batchOf, Dictionary, Schema } from "../../event/index.ts";
import { byInstant, FIELDS, laidOut, query, related, step, type Step } from "../../../test/suites/random_queries.ts";
import { openStatement } from "../open.ts";
import type { Delivery, Statement } from "../statement.ts";
import { SharedStates } from "../shared_states.ts";
import { SharedStatements } from "./shared_statements.ts";

/** One query of many: when it comes and goes, counted in steps. */
interface Guest {
  readonly text: string;
  readonly comes: number;
  readonly stays: number;
}

const STEPS_MAX = 40;

describe("statements that take events together", () => {
  test("give what each gives alone, whoever comes and goes, over any events, layouts and restarts", () => {
    const stay = fc.record({
      comes: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat({ max: STEPS_MAX - 1 })),
      stays: fc.oneof(fc.constant(STEPS_MAX), fc.nat({ max: STEPS_MAX })),
    });
    const texts = fc.array(
      fc.oneof(
        query.map((text) => [text]),
        related,
      ),
      { minLength: 1, maxLength: 3 },
    );
    const guestList = texts.chain((all) => fc.tuple(...all.flat().map((text) => stay.map((one): Guest => ({ text, ...one })))));
    fc.assert(
      fc.property(guestList, fc.array(step(), { minLength: 1, maxLength: STEPS_MAX }), (guests, steps) => {
        const together = runTogether(guests, steps);
        const alone = guests.map((one) => runAlone(one, steps));
        expect(together.map(byInstant)).toEqual(alone.map(byInstant));
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 80) },
    );
  });
});

/** Every batch, with the time before it; some have late rows. */
function* batchesOf(
  schema: Schema,
  steps: readonly Step[],
): Generator<{ index: number; nowMs: number; batch: Batch | undefined; step: Step }> {
  const dictionary = new Dictionary();
  let nowMs = 0;
  for (const [index, one] of steps.entries()) {
    nowMs += one.afterMs;
    const times = one.records.map((_, row) => Math.max(0, nowMs + (row % 3 === 2 ? -700 : 0)));
    const lent = one.records.length === 0 ? undefined : laidOut(batchOf(schema, one.records, times), one.layout, dictionary);
    yield { index, nowMs, batch: lent?.batch, step: one };
    lent?.end();
    if (one.restart) dictionary.sweep();
  }
}

function runAlone({ text, comes, stays }: Guest, steps: readonly Step[]): Delivery[] {
  const schema = new Schema("access", FIELDS);
  const deliveries: Delivery[] = [];
  let statement: Statement | undefined;
  let clockMs = 0;
  for (const { index, nowMs, batch } of batchesOf(schema, steps)) {
    if (index === comes) statement = open(text, schema, deliveries, clockMs);
    if (index === comes + stays) {
      statement?.close();
      statement = undefined;
    }
    clockMs = Math.max(clockMs, nowMs);
    if (batch === undefined) statement?.advanceTo(nowMs);
    else statement?.accept(batch);
  }
  statement?.advanceTo(clockMs + 60_000);
  return deliveries;
}

function runTogether(guests: readonly Guest[], steps: readonly Step[]): Delivery[][] {
  const schema = new Schema("access", FIELDS);
  const deliveries = guests.map((): Delivery[] => []);
  let shared = new SharedStatements({ lookEvery: 1 });
  const present = new Map<number, Statement>();
  const enter = (guest: number, statement: Statement): void => {
    present.set(guest, statement);
    shared.add({
      statement,
      broke: (thrown) => {
        throw thrown;
      },
    });
  };
  let clockMs = 0;
  for (const { index, nowMs, batch, step: one } of batchesOf(schema, steps)) {
    for (const [guest, { text, comes, stays }] of guests.entries()) {
      if (index === comes) enter(guest, open(text, schema, deliveries[guest]!, clockMs));
      const statement = present.get(guest);
      if (index !== comes + stays || statement === undefined) continue;
      shared.remove(statement);
      statement.close();
      present.delete(guest);
    }
    clockMs = Math.max(clockMs, nowMs);
    if (batch === undefined) shared.advanceTo(nowMs, index % 2 === 0);
    else shared.accept(batch);
    if (one.restart) {
      const images = new Map([...present].map(([guest, statement]) => [guest, statement.save()]));
      const states = new Map<string, Uint8Array>();
      for (const { sharedState } of present.values()) if (sharedState !== undefined) states.set(sharedState.id, sharedState.save());
      const saved = new SharedStates((id) => states.get(id));
      for (const statement of present.values()) statement.close();
      shared.close();
      shared = new SharedStatements({ lookEvery: 1 });
      for (const [guest, image] of images) {
        const fresh = open(guests[guest]!.text, schema, deliveries[guest]!, 0);
        if (!fresh.restore(image, saved)) throw new Error("a statement did not take up its own state");
        enter(guest, fresh);
      }
    }
  }
  shared.advanceTo(clockMs + 60_000, false);
  return deliveries;
}

function open(text: string, schema: Schema, deliveries: Delivery[], startMs: number): Statement {
  const schemas = new Map([["access", schema]]);
  return openStatement({ name: "q", text, schemas, startMs, sink: (delivery) => deliveries.push(delivery) });
}
