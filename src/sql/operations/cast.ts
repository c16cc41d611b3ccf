import type { Value } from "../../event/index.ts";
import type { Operation } from "../plan/expression.ts";
import type { Type } from "../plan/type.ts";
import { type Long, long } from "./long.ts";
import { numberText } from "./number_text.ts";

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
  ["short", "integer"],
  ["byte", "integer"],
  ["char", "string"],
]);

/** Types of Java that are narrower than those of the language: of a number the lowest bits stay, of a text its first character. */
const NARROW: ReadonlyMap<string, (value: Value) => Value> = new Map<string, (value: Value) => Value>([
  ["short", (value) => wholeOf(value, 16)],
  ["byte", (value) => wholeOf(value, 8)],
  ["char", (value) => (typeof value === "string" ? (value[0] ?? null) : null)],
]);

/** As `cast`, to the type of that name. */
export function castNamed(from: Type, name: string, type: Type): Operation {
  const narrow = NARROW.get(name);
  return narrow === undefined
    ? cast(from, type)
    : { name: `cast ${from} ${name}`, strict: true, nullable: true, evaluate: (value = null) => narrow(value) };
}

/** A value of type `from` as another type; null where it cannot be: a text that is no number, a number too wild for the type. */
function cast(from: Type, type: Type): Operation {
  const name = `cast ${from} ${type}`;
  if (type === "string") return { name, strict: true, nullable: true, evaluate: (value) => textOf(value, from) };
  return { name, strict: true, nullable: true, evaluate: (value) => castValue(value, type) };
}

/** The text of a value as Java's `toString` gives it; null for nested values. */
export function textOf(value: Value, type: Type): string | null {
  if (typeof value === "number") return numberText(value, type);
  return value instanceof Date ? value.toISOString() : typeof value === "object" ? null : String(value);
}

/** As a cast, of one value that is not null. */
export function castValue(value: Value, type: Type): Value {
  switch (type) {
    case "boolean":
      return typeof value === "boolean" ? value : typeof value === "string" ? (BOOLEANS.get(value.toLowerCase()) ?? null) : null;
    case "integer":
    case "long": {
      const whole = wholeNumber(value);
      if (whole === null || type === "long") return whole;
      return wholeOf(value, 32);
    }
    case "float":
    case "double": {
      const number = numberIn(value);
      return number === null || type === "double" ? number : Math.fround(number);
    }
    default:
      return value;
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["false", false],
]);

/** Null for a text that is no number, and for what is neither a number nor a text. */
function numberIn(value: Value): number | null {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "string" || value.trim() === "") return null;
  const number = Number(value);
  return Number.isNaN(number) ? null : number;
}

/** The lowest bits of a number; null of a text whose number has more. */
function wholeOf(value: Value, bits: number): Value {
  const whole = wholeNumber(value);
  if (whole === null) return null;
  const narrow = Number(BigInt.asIntN(bits, BigInt(whole)));
  return typeof value === "string" && narrow !== whole ? null : narrow;
}

function wholeNumber(value: Value): Long | null {
  if (typeof value === "bigint") return value;
  if (typeof value === "string") {
    const digits = value.trim().replace(/^\+/, "");
    if (!/^-?\d{1,40}$/.test(digits)) return null;
    return BigInt.asIntN(64, BigInt(digits)) === BigInt(digits) ? long(BigInt(digits)) : null;
  }
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  return Number.isSafeInteger(Math.trunc(value)) ? Math.trunc(value) + 0 : long(BigInt(Math.trunc(value)));
}
