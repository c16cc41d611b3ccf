/**
 * The type of an expression: Esper's, by their Java names in small letters. `integer` is 32 bits wide and `long` 64, `float` 32 and
 * `double` 64; a field of type integer is a `long`, one of type float a `double`. `value` is a nested value whose type is not known.
 */
export type Type = "null" | "boolean" | "integer" | "long" | "float" | "double" | "string" | "value";

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
