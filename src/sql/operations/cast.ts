import type { Value } from "../../event/index.ts";
import type { Operation } from "../plan/expression.ts";
import type { Type } from "../plan/type.ts";
import { type Long, long } from "./long.ts";

/** The words that `cast` takes for a type, last part of a Java name included: `int`, `java.lang.String`. */
export const CAST_TYPES: ReadonlyMap<string, Type> = new Map([
  ["int", "integer"],
  ["integer", "integer"],
  ["long", "long"],
  ["float", "float"],
  ["double", "double"],
  ["string", "string"],
  ["boolean", "boolean"],
  ["bool", "boolean"],
]);

/** A value as another type; null where it cannot be: a text that is no number, a number too wild for the type. */
export function cast(type: Type): Operation {
  return { name: `cast ${type}`, strict: true, nullable: true, evaluate: (value) => castValue(value, type) };
}

function castValue(value: Value, type: Type): Value {
  switch (type) {
    case "string":
      return value instanceof Date ? value.toISOString() : typeof value === "object" ? null : String(value);
    case "boolean":
      return typeof value === "boolean" ? value : typeof value === "string" ? value.toLowerCase() === "true" : null;
    case "integer":
    case "long": {
      const whole = wholeNumber(value);
      if (whole === null || type === "long") return whole;
      return Number(BigInt.asIntN(32, BigInt(whole)));
    }
    case "float":
    case "double": {
      const number =
        typeof value === "string"
          ? value.trim() === ""
            ? Number.NaN
            : Number(value)
          : typeof value === "boolean"
            ? Number.NaN
            : Number(value);
      if (Number.isNaN(number) && !(typeof value === "number")) return null;
      return type === "float" ? Math.fround(number) : number;
    }
    case "null":
    case "value":
      return value;
  }
}

function wholeNumber(value: Value): Long | null {
  if (typeof value === "bigint") return value;
  if (typeof value === "string") return /^[+-]?\d{1,19}$/.test(value.trim()) ? long(BigInt(value.trim())) : null;
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  return Number.isSafeInteger(Math.trunc(value)) ? Math.trunc(value) + 0 : long(BigInt(Math.trunc(value)));
}
