/**
 * A value of a field, an expression or a row. An integer is a `number` while it is within ±(2^53 − 1) and a `bigint` beyond (64 bits,
 * two's complement), never a `bigint` within: so equal values are equal by `===`. A missing field and null are the same.
 */
export type Value = null | boolean | number | bigint | string | Date | readonly Value[] | { readonly [key: string]: Value };

/** What a statement puts out: its columns in the order of the select list. */
export type Row = Readonly<Record<string, Value>>;

/** Whether a value is a list. (`Array.isArray` takes a readonly array for one of anything.) */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** A JSON text of a row. A `bigint` is written as its digits, a number that JSON lacks (NaN, Infinity) as null, a date as epoch ms. */
export function rowToJson(row: Row): string {
  return toJson(row);
}

function toJson(value: Value): string {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Date) return String(value.getTime());
  if (Array.isArray(value)) return `[${value.map((item: Value) => toJson(item)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([key, item]: [string, Value]) => `${JSON.stringify(key)}:${toJson(item ?? null)}`)
      .join(",")}}`;
  }
  return JSON.stringify(value);
}
