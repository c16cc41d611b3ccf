import type { FieldType } from "../../event/index.ts";

/**
 * The type of an expression: Esper's, by their Java names in small letters. `integer` is 32 bits wide and `long` 64, `float` 32 and
 * `double` 64; a field of type integer is a `long`, one of type float a `double`. `value` is a nested value whose type is not known.
 * An event of the n-th row type of the query (its streams come first) is `event:n`; a list of any of these ends with `[]`.
 */
export type Type = ItemType | `${ItemType}[]`;

type ItemType = "null" | "boolean" | "integer" | "long" | "float" | "double" | "string" | "date" | "value" | `event:${number}`;

export function isNumeric(type: Type): boolean {
  return type === "integer" || type === "long" || type === "float" || type === "double";
}

/** Whether a value of this type is a whole number: a `number` without a fraction, or a `bigint`. */
export function isIntegral(type: Type): boolean {
  return type === "integer" || type === "long";
}

/** The type in which two numbers meet: `double` if either is, or a float with a long; then `float`, `long`, `integer`. */
export function widerNumber(left: Type, right: Type): Type {
  if (left === "null") return right;
  if (right === "null") return left;
  if (left === "double" || right === "double") return "double";
  if (left === "float" || right === "float") return left === "long" || right === "long" ? "double" : "float";
  return left === "long" || right === "long" ? "long" : "integer";
}

/** The list of values of a type. What is in a list of lists is not followed further. */
export function listOf(type: Type): Type {
  return isListType(type) ? "value[]" : `${type}[]`;
}

export function isListType(type: Type): type is `${ItemType}[]` {
  return type.endsWith("[]");
}

/** What a list holds; undefined for what is no list. */
export function itemOf(type: Type): Type | undefined {
  return isListType(type) ? (type.slice(0, -2) as ItemType) : undefined;
}

export function eventType(rowType: number): Type {
  return `event:${rowType}`;
}

/** The number of the row type of an event; undefined for what is no event. */
export function rowTypeOf(type: Type): number | undefined {
  return type.startsWith("event:") && !isListType(type) ? Number(type.slice("event:".length)) : undefined;
}

/** The type of a field that holds values of a type: whole numbers are 64 bits wide there, others doubles. */
export function fieldTypeOf(type: Type): FieldType {
  if (type === "boolean" || type === "string") return type;
  if (isIntegral(type)) return "integer";
  if (isNumeric(type)) return "float";
  if (isListType(type)) return "array";
  return type === "null" ? "string" : "hash";
}

/** Whether values of a type stand in an order: nested ones, lists and events do not. */
export function hasOrder(type: Type): boolean {
  return type !== "value" && !type.endsWith("[]") && rowTypeOf(type) === undefined;
}
