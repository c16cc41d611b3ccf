import { assert } from "../kit/index.ts";
import type { Dictionary } from "./dictionary.ts";
import { fieldPath, valueAtPath } from "./field_path.ts";
import type { Field, Schema } from "./schema.ts";
import type { Value } from "./value.ts";

/**
 * Events of one target as typed columns: how events travel from a source to every statement.
 *
 * A batch belongs to whoever made it and is made over again: it and its arrays are valid until the call it was handed to returns.
 * Who keeps anything of it copies it. Arrays may be longer than `size`; what is behind `size` means nothing.
 */
export interface Batch {
  readonly schema: Schema;
  /** Rows, 0 to 65,536. */
  readonly size: number;
  /** The time of each row in epoch ms: event time, or arrival time where the source has none. Not necessarily in order. */
  readonly times: Float64Array;
  /** By `Field.slot`; undefined where nobody asked for the field, which then reads as null. */
  readonly columns: readonly (Column | undefined)[];
}

export type Column = DictionaryColumn | TextColumn | IntegerColumn | FloatColumn | BooleanColumn | ValueColumn;

/** Strings by code, for fields that are grouped by or compared for equality. -1 is null. */
export interface DictionaryColumn {
  readonly kind: "dictionary";
  readonly codes: Int32Array;
  readonly dictionary: Dictionary;
}

/** Strings as they are. */
export interface TextColumn {
  readonly kind: "text";
  readonly values: readonly (string | null)[];
}

/** Integers of 64 bits, nearly all of them within ±(2^53 − 1). */
export interface IntegerColumn {
  readonly kind: "integer";
  /** NaN is null. Where `wide` has the row, its value is there. */
  readonly values: Float64Array;
  /** Values beyond ±(2^53 − 1), by row. Empty and absent mean the same. */
  readonly wide: ReadonlyMap<number, bigint> | undefined;
}

/** IEEE doubles. */
export interface FloatColumn {
  readonly kind: "float";
  readonly values: Float64Array;
  /** 1 where the row is null; undefined when none is. (NaN is a value.) */
  readonly nulls: Uint8Array | undefined;
}

/** True, false or null. */
export interface BooleanColumn {
  readonly kind: "boolean";
  /** 0 false, 1 true, 2 null. */
  readonly values: Uint8Array;
}

/** Nested values, for hash and array fields. */
export interface ValueColumn {
  readonly kind: "value";
  readonly values: readonly Value[];
}

/** The value of one row of a column; null where there is no column. */
export function valueAt(column: Column | undefined, row: number): Value {
  if (column === undefined) return null;
  switch (column.kind) {
    case "dictionary": {
      const code = column.codes[row]!;
      return code < 0 ? null : column.dictionary.text(code);
    }
    case "text":
    case "value":
      return column.values[row] ?? null;
    case "integer": {
      const wide = column.wide?.get(row);
      if (wide !== undefined) return wide;
      const value = column.values[row]!;
      return Number.isNaN(value) ? null : value;
    }
    case "float":
      return column.nulls?.[row] === 1 ? null : column.values[row]!;
    case "boolean": {
      const value = column.values[row]!;
      return value === 2 ? null : value === 1;
    }
  }
}

/** The values of one row by field slot: what the event-at-a-time part of the engine works on. */
export function rowAt(batch: Batch, row: number): Value[] {
  const values: Value[] = [];
  for (const field of batch.schema.fields) values.push(valueAt(batch.columns[field.slot], row));
  return values;
}

/**
 * A batch of records that came as objects, one time (epoch ms) each. A value is fitted to the type of its field, and is null where it
 * does not fit: a string field takes any scalar as its text, an integer field drops the fraction. A nested field, as `req.path`, is found
 * by its path in the record.
 */
export function batchOf(schema: Schema, records: readonly Readonly<Record<string, Value>>[], times: ArrayLike<number>): Batch {
  assert(times.length === records.length, `${records.length} records came with ${times.length} times`);
  const columns = schema.fields.map((field) => columnOf(field, records));
  return { schema, size: records.length, times: Float64Array.from(times), columns };
}

function columnOf(field: Field, records: readonly Readonly<Record<string, Value>>[]): Column {
  const at = reader(field.name, records);
  const rows = records.length;
  switch (field.type) {
    case "string": {
      const values: (string | null)[] = [];
      for (let row = 0; row < rows; row++) values.push(asString(at(row)));
      return { kind: "text", values };
    }
    case "integer": {
      const values = new Float64Array(rows);
      const wide = new Map<number, bigint>();
      for (let row = 0; row < rows; row++) {
        const value = asInteger(at(row));
        if (typeof value === "bigint") wide.set(row, value);
        values[row] = value === null ? Number.NaN : Number(value);
      }
      return { kind: "integer", values, wide: wide.size === 0 ? undefined : wide };
    }
    case "float": {
      const values = new Float64Array(rows);
      const nulls = new Uint8Array(rows);
      for (let row = 0; row < rows; row++) {
        const value = at(row);
        if (typeof value === "number" || typeof value === "bigint") values[row] = Number(value);
        else nulls[row] = 1;
      }
      return { kind: "float", values, nulls: nulls.includes(1) ? nulls : undefined };
    }
    case "boolean": {
      const values = new Uint8Array(rows);
      for (let row = 0; row < rows; row++) {
        const value = at(row);
        values[row] = typeof value === "boolean" ? Number(value) : 2;
      }
      return { kind: "boolean", values };
    }
    case "hash":
    case "array": {
      const values: Value[] = [];
      for (let row = 0; row < rows; row++) values.push(asContainer(at(row), field.type));
      return { kind: "value", values };
    }
  }
}

/** A nested field is looked for by its whole name first: a source may have taken the record apart already. */
function reader(name: string, records: readonly Readonly<Record<string, Value>>[]): (row: number) => Value {
  const path = fieldPath(name);
  return (row) => {
    const record = records[row]!;
    if (Object.hasOwn(record, name)) return record[name] ?? null;
    return path === undefined ? null : valueAtPath(record, path);
  };
}

function asString(value: Value): string | null {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" ? String(value) : null;
}

function asInteger(value: Value): number | bigint | null {
  if (typeof value === "bigint") {
    const folded = BigInt.asIntN(64, value);
    return folded >= BigInt(Number.MIN_SAFE_INTEGER) && folded <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(folded) : folded;
  }
  if (typeof value !== "number") return null;
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole)) return whole;
  return whole >= -(2 ** 63) && whole < 2 ** 63 ? BigInt(whole) : null;
}

function asContainer(value: Value, type: "hash" | "array"): Value {
  if (typeof value !== "object" || value === null || value instanceof Date) return null;
  return Array.isArray(value) === (type === "array") ? value : null;
}
