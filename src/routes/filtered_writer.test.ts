import { expect, test } from "vitest";
import { TakenEvents } from "../../test/fakes/event_columns.ts";
import { MsgpackEvents } from "../event/index.ts";
import { Counter, msgpackOf } from "../kit/index.ts";
import { FilteredWriter } from "./filtered_writer.ts";
import { RecordPlan } from "./record_plan.ts";

/** A plan that lets on events whose field `level` is "error". */
function errorsOnly(): RecordPlan {
  const plan = new RecordPlan("t");
  plan.require([plan.field("level")], ([level]) => level === "error");
  return plan;
}

function rig(plan: RecordPlan, wanted?: readonly string[]) {
  const [taken, dropped] = [new TakenEvents(wanted), new Counter()];
  return { taken, dropped, writer: new FilteredWriter(plan, taken.columns, dropped) };
}

test("a target learns no field from events that are left out, and every field from those that are taken", () => {
  const { taken, dropped, writer } = rig(errorsOnly());
  writer.take({ level: "debug", noise: 1 }, 1);
  writer.take({ level: "error", code: 7 }, 2);
  writer.take({ level: "debug", noise: 2 }, 3);
  writer.take({ code: 8, level: "error" }, 4);
  writer.flush();
  expect(taken.schema.fields.map(({ name }) => name)).toEqual(["level", "code"]);
  expect(taken.events).toEqual([
    { level: "error", code: 7 },
    { level: "error", code: 8 },
  ]);
  expect(taken.times).toEqual([2, 4]);
  expect(dropped.value).toBe(2);
});

test("a filter that counts counts each event once, however often it is read", () => {
  const plan = new RecordPlan("t");
  let asked = 0;
  plan.require([], () => ++asked > 0);
  plan.set("made", { kind: "made", type: "integer", of: [], make: () => 1 });
  const { taken, writer } = rig(plan);
  for (const event of [{ a: 1 }, { b: 2 }, { a: 1, c: 3 }]) writer.take(event, 0);
  writer.flush();
  expect(asked).toBe(3);
  expect(taken.events).toHaveLength(3);
});

test("a field that only a filter reads is read, and is none of the target", () => {
  const { taken, writer } = rig(errorsOnly(), ["code"]);
  writer.take({ level: "error", code: 1 }, 0);
  writer.take({ level: "info", code: 2 }, 0);
  writer.flush();
  expect(taken.events).toEqual([{ code: 1 }]);
});

test("events of MessagePack are filtered as objects are, and what is cut off leaves nothing behind", () => {
  const { taken, writer } = rig(errorsOnly());
  const reader = new MsgpackEvents(writer);
  const [good, bad] = [Buffer.from(msgpackOf({ level: "error", n: [1, { a: 2 }] })), Buffer.from(msgpackOf({ level: "info", n: 1 }))];
  expect(reader.take(good, 0, good.length, 1)).toBe(good.length);
  expect(reader.take(good, 0, good.length - 1, 2)).toBe(-1);
  expect(reader.take(bad, 0, bad.length, 3)).toBe(bad.length);
  expect(reader.take(good, 0, good.length, 4)).toBe(good.length);
  writer.flush();
  expect(taken.times).toEqual([1, 4]);
});

test("keys are data, whatever they are called", () => {
  const plan = errorsOnly();
  plan.rename("constructor", "made_by");
  plan.remove("__proto__");
  const { taken, writer } = rig(plan);
  writer.take(JSON.parse('{"level":"error","__proto__":1,"constructor":"x","toString":2}'), 0);
  writer.flush();
  expect(taken.events).toEqual([{ level: "error", made_by: "x", toString: 2 }]);
});

test("keys without end, and long ones, are forgotten again", () => {
  const { taken, writer } = rig(errorsOnly(), ["level"]);
  for (let n = 0; n < 5000; n++) writer.take({ level: "error", [`key_${n}`]: n, ["k".repeat(2000)]: 1 }, 0);
  writer.flush();
  expect(taken.events).toHaveLength(5000);
});
