import { expect, test } from "vitest";
import { recordBatch } from "../../test/fakes/record_batch.ts";
import { Demand, type FieldType, rowAt, Schema, type Use, type Value } from "../event/index.ts";
import { Counter } from "../kit/index.ts";
import { FilteredIntake } from "./filtered_intake.ts";
import { RecordPlan } from "./record_plan.ts";

const FIELDS = { host: "string", path: "string", code: "integer" } as const satisfies Record<string, FieldType>;

/** A target of which some fields are wanted. */
class Target {
  readonly schema: Schema;
  readonly demand = new Demand();
  readonly events: Record<string, Value>[] = [];
  batches = 0;

  constructor(fields: Readonly<Record<string, FieldType>>) {
    this.schema = new Schema("t", fields);
  }

  want(fields: Readonly<Record<string, Use>>): void {
    this.demand.ask(this, new Map(Object.entries(fields)));
  }

  accept(batch: Parameters<typeof rowAt>[0]): void {
    this.batches++;
    if (batch.schema !== this.schema) throw new Error("a batch of another schema came");
    for (const column of batch.columns) {
      if (column?.kind === "dictionary" && !this.dictionaries.includes(column.dictionary)) throw new Error("its codes are of others");
    }
    for (let row = 0; row < batch.size; row++) {
      const values = rowAt(batch, row);
      this.events.push(
        Object.fromEntries([...this.demand.fields.keys()].map((name) => [name, values[this.schema.field(name)!.slot] ?? null])),
      );
    }
  }

  get dictionaries(): unknown[] {
    return this.schema.fields.map((field) => this.schema.dictionary(field));
  }
}

function rig(plan: RecordPlan) {
  const target = new Target(plan.fieldsOf(FIELDS));
  const dropped = new Counter();
  const intake = new FilteredIntake({ plan, fields: FIELDS, target, dropped });
  const send = (events: readonly Record<string, Value>[]): void => {
    const times = events.map((_, at) => at);
    intake.accept(recordBatch(intake.schema, intake.demand.fields, events, times));
  };
  return { target, intake, dropped, send };
}

const EVENTS = [
  { host: "a", path: "/x", code: 200 },
  { host: "b", path: "/y", code: 404 },
  { host: "a", path: "/z", code: 500 },
];

test("the source is asked for what the target wants, by its own names, and for what filters read", () => {
  const plan = new RecordPlan("t");
  plan.require([plan.field("code")], ([code]) => Number(code) >= 400);
  plan.rename("host", "client");
  const { target, intake, send, dropped } = rig(plan);
  expect([...intake.demand.fields]).toEqual([["code", "value"]]);
  target.want({ client: "key" });
  expect(Object.fromEntries(intake.demand.fields)).toEqual({ code: "value", host: "key" });
  send(EVENTS);
  expect(target.events).toEqual([{ client: "b" }, { client: "a" }]);
  expect(dropped.value).toBe(1);
});

test("a field of which there is a copy, and one that is made of others, stand under each of their names", () => {
  const plan = new RecordPlan("t");
  plan.set("copy", plan.field("host"));
  plan.set("line", {
    kind: "made",
    type: "string",
    of: [plan.field("host"), plan.field("path")],
    make: (values) => values.map((value) => (typeof value === "string" ? value : "")).join(""),
  });
  const { target, send } = rig(plan);
  target.want({ host: "key", copy: "key", line: "key", code: "value" });
  send(EVENTS.slice(0, 1));
  expect(target.events).toEqual([{ host: "a", copy: "a", line: "a/x", code: 200 }]);
});

test("a batch of which nothing is left is not handed on", () => {
  const plan = new RecordPlan("t");
  plan.require([plan.field("none")], ([value]) => value !== undefined);
  const { target, send, dropped } = rig(plan);
  target.want({ host: "value" });
  send(EVENTS);
  expect([target.batches, dropped.value]).toEqual([0, 3]);
});
