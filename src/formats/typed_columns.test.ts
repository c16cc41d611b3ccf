import { expect, test } from "vitest";
import { Demand, type FieldType, Schema, type Use, type Value, valueAt } from "../event/index.ts";
import { TypedColumns } from "./typed_columns.ts";

test.each<[FieldType, string, Value]>([
  ["string", "a b", "a b"],
  ["string", "", ""],
  ["integer", "12", 12],
  ["integer", "-12", -12],
  ["integer", "-0", 0],
  ["integer", "+12", 12],
  ["integer", "12.9", 12],
  ["integer", "9007199254740993", 9_007_199_254_740_993n],
  ["integer", "-9223372036854775808", -(2n ** 63n)],
  ["integer", "9223372036854775808", null],
  ["integer", "0000000000000000000012", 12],
  ["integer", "", null],
  ["integer", "-", null],
  ["integer", "12 apples", null],
  ["integer", "1e3", null],
  ["integer", "0x10", null],
  ["integer", "9".repeat(100), null],
  ["float", "1.5", 1.5],
  ["float", "-.5e-3", -0.0005],
  ["float", "12", 12],
  ["float", "", null],
  ["float", "NaN", null],
  ["float", "Infinity", null],
  ["float", "1.5s", null],
  ["boolean", "true", true],
  ["boolean", "No", false],
  ["boolean", "1", true],
  ["boolean", "falsehood", null],
  ["boolean", "", null],
  ["hash", '{"a":[1]}', { a: [1] }],
  ["hash", "[1]", null],
  ["hash", "{", null],
  ["array", "[1]", [1]],
])("a %s field takes %s as %s, from bytes, as text, and in place of another value", (type, text, value) => {
  const { columns } = new TypedColumns(new Schema("t", { field: type }), wanting({ field: "value" }), 2);
  const bytes = Buffer.from(`7${text}7`);
  columns[0]!.set(0, bytes, 1, bytes.length - 1);
  columns[0]!.setText(1, text);
  expect([0, 1].map((row) => valueAt(columns[0], row))).toEqual([value, value]);
  columns[0]!.setNull(0);
  columns[0]!.setText(1, "9223372036854775807");
  columns[0]!.set(1, bytes, 1, bytes.length - 1);
  expect([0, 1].map((row) => valueAt(columns[0], row))).toEqual([null, value]);
});

test("only fields in demand have a column, by name and by slot; a key is a code", () => {
  const typed = new TypedColumns(
    new Schema("t", { host: "string", path: "string", size: "integer" }),
    wanting({ host: "key", size: "value" }),
    1,
  );
  expect(typed.columns.map((column) => column?.kind)).toEqual(["dictionary", undefined, "integer"]);
  expect(typed.named("host")).toBe(typed.columns[0]);
  expect(typed.named("path")).toBeUndefined();
});

test("strings that nobody keeps are forgotten", () => {
  const schema = new Schema("t", { host: "string" });
  const typed = new TypedColumns(schema, wanting({ host: "key" }), 1);
  for (let n = 0; n < 70_000; n++) typed.columns[0]!.setText(0, `host ${n}`);
  typed.sweep();
  expect(schema.dictionary(schema.field("host")!).size).toBe(0);
});

function wanting(fields: Readonly<Record<string, Use>>): Demand {
  const demand = new Demand();
  demand.ask(demand, new Map(Object.entries(fields)));
  return demand;
}
