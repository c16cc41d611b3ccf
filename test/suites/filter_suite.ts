import { expect, test } from "vitest";
import { z } from "zod";
import type { FilterDefinition } from "../../src/component/index.ts";
import type { FieldType, Value } from "../../src/event/index.ts";
import { recordBatch } from "../fakes/record_batch.ts";
import { Counter } from "../../src/kit/index.ts";
import { FilteredIntake } from "../../src/routes/filtered_intake.ts";
import { FilteredWriter } from "../../src/routes/filtered_writer.ts";
import { RecordPlan } from "../../src/routes/record_plan.ts";
import { TakenEvents } from "../fakes/event_columns.ts";
import { componentSuite } from "./component_suite.ts";
import { RecordingIntake } from "./source_fakes.ts";

/** What every filter promises. */
export function filterSuite<Config>(definition: FilterDefinition<Config>): void {
  componentSuite(definition);

  test("does the same with events of any shape and with events that come as columns", () => {
    for (const example of definition.examples) {
      expect(asColumns(definition, example)).toEqual(filtered(definition, example, EVENTS));
    }
  });
}

/** The events that come through a filter, with the fields that they then have; `opened` is what it has opened, if it does. */
export function filtered<Config, Opened>(
  definition: FilterDefinition<Config, Opened>,
  settings: unknown,
  events: readonly Readonly<Record<string, unknown>>[],
  opened?: Opened,
): Record<string, Value>[] {
  const taken = new TakenEvents();
  const writer = new FilteredWriter(planOf(definition, settings, opened), taken.columns, new Counter());
  const through: Record<string, Value>[] = [];
  for (const event of events) {
    const before = taken.events.length;
    writer.take(event, 5);
    writer.flush();
    // The columns give null for what an event does not have but others had.
    for (const made of taken.events.slice(before)) through.push(present(made));
  }
  return through;
}

function asColumns<Config>(definition: FilterDefinition<Config>, settings: unknown): Record<string, Value>[] {
  const plan = planOf(definition, settings);
  const target = new RecordingIntake("t", plan.fieldsOf(FIELDS));
  const intake = new FilteredIntake({ plan, fields: FIELDS, target, dropped: new Counter() });
  const times = EVENTS.map(() => 5);
  intake.accept(recordBatch(intake.schema, intake.demand.fields, EVENTS, times));
  return target.events.map(({ at, ...fields }) => {
    expect(at).toBe(5);
    return present(fields);
  });
}

/** The plan for a tag to which no filter has added anything. */
export function emptyPlan(tag = "app.web"): RecordPlan {
  return new RecordPlan(tag);
}

function planOf<Config, Opened>(definition: FilterDefinition<Config, Opened>, settings: unknown, opened?: Opened): RecordPlan {
  const plan = emptyPlan();
  definition.apply(definition.config(z).parse(settings), plan, opened);
  return plan;
}

/** Without what is null. */
function present(event: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null));
}

const FIELDS = {
  level: "string",
  path: "string",
  method: "string",
  remote: "string",
  session: "string",
  code: "integer",
} as const satisfies Record<string, FieldType>;
const EVENTS = Array.from({ length: 40 }, (_, n) => ({
  level: n % 2 === 0 ? "error" : "info",
  path: n % 3 === 0 ? "/health" : "/",
  method: "GET",
  remote: `192.0.2.${n}`,
  session: `s${n % 7}`,
  code: 200 + n,
}));
