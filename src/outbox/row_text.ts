import type { Row, Value } from "../event/index.ts";

/**
 * A row as text that reads back as the same row: JSON, with what JSON lacks as an object of one key that begins with `$`.
 *
 *     {"$bigint": "1152921504606846976"}   {"$date": 1763632800000}   {"$number": "NaN" | "Infinity" | "-Infinity" | "-0"}
 *
 * A key of the row that itself begins with `$` gets one more.
 */
export function rowText(row: Row): string {
  return JSON.stringify(encode(row));
}

/** The row of a text that `rowText` wrote. Undefined when it is no such text. */
export function rowOfText(text: string): Row | undefined {
  try {
    const value = decode(JSON.parse(text));
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function encode(value: Value): unknown {
  if (typeof value === "bigint") return { $bigint: value.toString() };
  if (value instanceof Date) return { $date: value.getTime() };
  if (typeof value === "number")
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: Object.is(value, -0) ? "-0" : String(value) };
  if (Array.isArray(value)) return value.map((item: Value) => encode(item));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.startsWith("$") ? `$${key}` : key, encode(item)]));
}

function decode(value: unknown): Value {
  if (Array.isArray(value)) return value.map((item) => decode(item));
  if (typeof value !== "object" || value === null) return isPlain(value) ? value : null;
  const entries: readonly [string, unknown][] = Object.entries(value);
  const [first] = entries;
  if (first !== undefined && entries.length === 1) {
    const [tag, content] = first;
    if (tag === "$bigint") return BigInt(String(content));
    if (tag === "$date") return new Date(Number(content));
    if (tag === "$number") return Number(content);
  }
  return Object.fromEntries(entries.map(([key, item]) => [key.startsWith("$$") ? key.slice(1) : key, decode(item)]));
}

function isMap(value: Value): value is { readonly [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
