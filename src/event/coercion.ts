import type { FieldType } from "./schema.ts";
import type { Value } from "./value.ts";

/**
 * How a value that came with an event becomes one of the type of its field. The rules are those of Norikra (`to_s`, `to_i` and `to_f` of
 * Ruby), because queries are brought here from there: text is read as far as it is a number, and 0 where it is none.
 */

/** The type that a field is given by the first value of it that is seen: null and what is no plain value make it a string. */
export function typeOfValue(value: unknown): FieldType {
  switch (typeof value) {
    case "boolean":
      return "boolean";
    case "bigint":
      return "integer";
    case "number":
      return Number.isInteger(value) ? "integer" : "float";
    case "object":
      if (value === null || value instanceof Date) return "string";
      return Array.isArray(value) ? "array" : "hash";
    default:
      return "string";
  }
}

/** The whole number at the beginning of a text, 0 where there is none; null beyond 64 bits. */
export function integerOfText(text: string): number | bigint | null {
  const digits = /^\s{0,64}([+-]?\d{1,64}(?:_\d{1,64}){0,8})/.exec(text)?.[1]?.replaceAll("_", "");
  if (digits === undefined) return 0;
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number + 0 : integerWithin(BigInt(digits));
}

/** The number at the beginning of a text, 0 where there is none. */
export function floatOfText(text: string): number {
  const digits = /^\s{0,64}([+-]?(?:\d[\d_]{0,400})?(?:\.\d{1,400})?(?:e[+-]?\d{1,4})?)/i.exec(text)?.[1]?.replaceAll("_", "") ?? "";
  const number = Number.parseFloat(digits);
  return Number.isNaN(number) ? 0 : number;
}

/** The whole part of a double; null where it has none or is beyond 64 bits. */
export function integerOfFloat(value: number): number | bigint | null {
  const whole = Math.trunc(value) + 0;
  if (Number.isSafeInteger(whole)) return whole;
  return whole >= -(2 ** 63) && whole < 2 ** 63 ? BigInt(whole) : null;
}

/** An integer in the one form that it has as a `Value`; null beyond 64 bits. */
export function integerWithin(value: bigint): number | bigint | null {
  if (BigInt.asIntN(64, value) !== value) return null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The text of a double, which always shows that it is one: `1.0`, `1.0e+16`. */
export function textOfFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    const [digits = "", exponent = ""] = value.toExponential().split("e");
    const sign = exponent.startsWith("-") ? "-" : "+";
    return `${digits.includes(".") ? digits : `${digits}.0`}e${sign}${exponent.slice(1).padStart(2, "0")}`;
  }
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.includes(".") ? text : `${text}.0`;
}

/** Whether a text counts as true: all but `false`. */
export function truthOfText(text: string): boolean {
  return text.length !== 5 || text.toLowerCase() !== "false";
}

/**
 * A nested value as it may be kept: a copy without what no field can hold. Null where it is nested deeper than `NESTING_MAX`. Its keys are
 * those that it has itself, and may be `__proto__`.
 */
export function nestedValue(value: unknown, depth = 0): Value | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return value;
    case "bigint":
      return integerWithin(value);
    case "object":
      return value === null ? null : nestedContainer(value, depth);
    default:
      return null;
  }
}

function nestedContainer(value: object, depth: number): Value | undefined {
  if (value instanceof Date) return value;
  if (depth >= NESTING_MAX) return undefined;
  if (Array.isArray(value)) {
    const items: Value[] = [];
    for (const item of value as readonly unknown[]) {
      const kept = nestedValue(item, depth + 1);
      if (kept === undefined) return undefined;
      items.push(kept);
    }
    return items;
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  const entries: [string, Value][] = [];
  for (const [key, item] of value instanceof Map ? (value as Map<unknown, unknown>) : Object.entries(value)) {
    const kept = nestedValue(item, depth + 1);
    if (kept === undefined) return undefined;
    if (typeof key === "string") entries.push([key, kept]);
  }
  return Object.fromEntries(entries);
}

/** Hashes and arrays within each other, beyond which a value is refused: whoever walks one calls itself. */
const NESTING_MAX = 64;
