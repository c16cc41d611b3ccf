import { isList, type Schema, type Value } from "../../event/index.ts";
import { memberOf } from "../runtime/interpreter.ts";
import type { Operation } from "../plan/expression.ts";

/** `{a, b}`. */
export const arrayOf: Operation = { name: "array", strict: false, nullable: false, evaluate: (...items) => items };

/** `list[2]`, counted from 0; null where there is no such item. */
export const itemAt: Operation = {
  name: "item",
  strict: true,
  nullable: true,
  evaluate: (list, index) => (isList(list) ? (list[Number(index)] ?? null) : null),
};

/** An event, or each of a list of events, as the record that a reader sees. */
export function asRecord(schema: Schema): Operation {
  const record = (event: Value): Value =>
    event === null ? null : Object.fromEntries(schema.fields.map(({ name, slot }) => [name, memberOf(event, slot)]));
  return {
    name: `record of ${schema.target}`,
    strict: true,
    nullable: true,
    evaluate: (value = null) => (isList(value) ? value.map(record) : record(value)),
  };
}

/** A list of one. */
export const listOfOne: Operation = { name: "list of one", strict: true, nullable: false, evaluate: (item = null) => [item] };
