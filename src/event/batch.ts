import type { Dictionary } from "./dictionary.ts";
import type { Schema } from "./schema.ts";
import type { TextColumn } from "./text_column.ts";
import type { Value } from "./value.ts";

/**
 * Events of one target as typed columns: how events travel from a source to every statement.
 *
 * A batch belongs to whoever made it and is made over again: it, its arrays and the bytes that its texts stand in are valid until the call it
 * was handed to returns.
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
  /**
   * By slot: 1 for each row whose event does not have the field at all, which is less than null; undefined where every event has it. Without
   * it every event has every field.
   */
  readonly absent?: readonly (Uint8Array | undefined)[] | undefined;
  /** Slots of fields that the events may have had and that were not kept: who asks for them now did not when the events came. */
  readonly lacking?: readonly number[] | undefined;
}

export type Column = DictionaryColumn | TextColumn | IntegerColumn | FloatColumn | BooleanColumn | ValueColumn;

/** Strings by code, for fields that are grouped by or compared for equality. -1 is null. */
export interface DictionaryColumn {
  readonly kind: "dictionary";
  readonly codes: Int32Array;
  readonly dictionary: Dictionary;
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
      return column.text(row);
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
