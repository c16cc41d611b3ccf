import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchOf, type Value } from "../../event/index.ts";
import { openStatement } from "../open.ts";
import type { Delivery } from "../statement.ts";
import { anyEvent, anyQuery, SCHEMAS } from "../../../test/suites/random_language.ts";

/** However events come to a query, and whatever happens in between, the rows are the same. */
describe("a query of anything the language has gives the same rows", () => {
  test("generated or interpreted, event by event or in batches, with its state saved and taken up on the way", () => {
    const reached = { ran: 0, refused: 0 };
    const fed = fc.array(fc.tuple(anyEvent(), fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 14 });
    fc.assert(
      fc.property(anyQuery(), fed, (text, events) => {
        if (!isQuery(text)) return void reached.refused++;
        reached.ran++;
        const steps = events.map(([event, ends, restart]): Step => ({ ...event, ends, restart }));
        const expected = rowsOf({ text, steps, engine: "interpreted", way: "event by event" });
        for (const engine of ["generated", "interpreted"] as const)
          for (const way of ["event by event", "in batches", "restarted"] as const)
            expect({ engine, way, rows: rowsOf({ text, steps, engine, way }) }).toEqual({ engine, way, rows: expected });
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 600) },
    );
    // A generator that is refused every time would find nothing.
    expect(reached.ran).toBeGreaterThan(reached.refused / 20);
  });
});

interface Step {
  readonly target: string;
  readonly afterMs: number;
  readonly record: Readonly<Record<string, Value>>;
  /** A batch ends before it. */
  readonly ends: boolean;
  readonly restart: boolean;
}

interface Run {
  readonly text: string;
  readonly steps: readonly Step[];
  readonly engine: "generated" | "interpreted";
  readonly way: "event by event" | "in batches" | "restarted";
}

const START_MS = 1_700_000_000_000;

function isQuery(text: string): boolean {
  try {
    openStatement({ name: "q", text, schemas: SCHEMAS, startMs: START_MS, sink: () => {} });
    return true;
  } catch {
    return false;
  }
}

/** The rows of each instant, sorted. */
function rowsOf({ text, steps, engine, way }: Run): Record<string, string[]> {
  const instants: Record<string, string[]> = {};
  const sink = (delivery: Delivery): void => note(delivery, instants);
  const open = (): ReturnType<typeof openStatement> =>
    openStatement({ name: "q", text, schemas: SCHEMAS, startMs: START_MS, engine, sink });
  let statement = open();
  let nowMs = START_MS;
  let batch: { readonly step: Step; readonly timeMs: number }[] = [];
  const handOn = (): void => {
    if (batch.length === 0) return;
    const schema = SCHEMAS.get(batch[0]!.step.target)!;
    statement.accept(
      batchOf(
        schema,
        batch.map(({ step }) => step.record),
        batch.map(({ timeMs }) => timeMs),
      ),
    );
    batch = [];
  };
  for (const step of steps) {
    nowMs += step.afterMs;
    if (!statement.demand.has(step.target)) continue;
    if (way !== "in batches" || step.ends || batch[0]?.step.target !== step.target) handOn();
    batch.push({ step, timeMs: nowMs });
    if (way !== "restarted" || !step.restart) continue;
    handOn();
    const fresh = open();
    expect(fresh.restore(statement.save())).toBe(true);
    statement.close();
    statement = fresh;
  }
  handOn();
  statement.advanceTo(nowMs + 3_600_000);
  statement.finish();
  for (const texts of Object.values(instants)) texts.sort();
  return instants;
}

function note({ timeMs, endMs, rows, removed, inserted = [] }: Delivery, instants: Record<string, string[]>): void {
  const texts = (instants[`${timeMs} ${endMs}`] ??= []);
  for (const [sign, list] of [
    ["+", rows],
    ["-", removed],
    [">", inserted],
  ] as const)
    texts.push(...list.map((row) => sign + JSON.stringify(Object.entries(row), exactly)));
}

/** JSON knows neither wide integers nor what is no number. */
function exactly(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  return typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? `number ${Object.is(value, -0) ? "-0" : value}`
    : value;
}
