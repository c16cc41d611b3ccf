import type { Column, Demand, Field, Schema, Use, Value } from "../event/index.ts";
import { FilledKeys, filledStrings } from "./string_columns.ts";

/**
 * A column that a format fills row by row, anew for every batch, from whatever the bytes of a field say, by the type of the field. What
 * does not fit the type is null: `12 apples` is no integer, and a list is no string.
 */
export type FilledColumn = Column & ColumnFiller;

interface ColumnFiller {
  /** Sets a row to the text of the bytes `[start, end)`. */
  set(row: number, bytes: Buffer, start: number, end: number): void;
  setText(row: number, text: string): void;
  setNull(row: number): void;
}

/** The columns of the fields in demand, in the order of their slots in the schema. */
export class TypedColumns {
  /** By slot, as `Batch.columns` wants them; undefined where nobody asks. */
  readonly columns: (FilledColumn | undefined)[];
  readonly #byName = new Map<string, FilledColumn>();
  readonly #keys: FilledKeys[] = [];

  constructor(schema: Schema, demand: Demand, rows: number) {
    this.columns = schema.fields.map((field) => {
      const use = demand.fields.get(field.name);
      if (use === undefined) return undefined;
      const column = columnOf(schema, field, use, rows);
      if (column instanceof FilledKeys) this.#keys.push(column);
      this.#byName.set(field.name, column);
      return column;
    });
  }

  /** The column of a field, or undefined when nobody asks for it. */
  named(name: string): FilledColumn | undefined {
    return this.#byName.get(name);
  }

  /** Gives codes back that nobody holds: to be called before a batch is begun, when nobody holds the last one. */
  sweep(): void {
    for (const { dictionary } of this.#keys) if (dictionary.wantsSweep) dictionary.sweep();
  }
}

function columnOf(schema: Schema, field: Field, use: Use, rows: number): FilledColumn {
  switch (field.type) {
    case "string":
      return filledStrings(schema, field, use, rows);
    case "integer":
      return new FilledIntegers(rows);
    case "float":
      return new FilledFloats(rows);
    case "boolean":
      return new FilledBooleans(rows);
    case "hash":
    case "array":
      return new FilledValues(rows, field.type);
  }
}

/** Digits with a sign, of 64 bits; a fraction is dropped. */
class FilledIntegers {
  readonly kind = "integer";
  readonly values: Float64Array;
  readonly wide = new Map<number, bigint>();

  constructor(rows: number) {
    this.values = new Float64Array(rows);
  }

  set(row: number, bytes: Buffer, start: number, end: number): void {
    let at = bytes[start] === MINUS ? start + 1 : start;
    let value = 0;
    const firstDigit = at;
    for (let digit = bytes[at]! - ZERO; at < end && digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) value = value * 10 + digit;
    if (at === end && at > firstDigit && at - firstDigit <= SAFE_DIGITS) this.#keep(row, firstDigit > start && value > 0 ? -value : value);
    else this.setText(row, bytes.toString("latin1", start, Math.min(end, start + NUMBER_CHARS_MAX + 1)));
  }

  setText(row: number, text: string): void {
    const digits = /^([+-]?\d{1,40})(?:\.\d*)?$/.exec(text)?.[1];
    if (digits === undefined) {
      this.setNull(row);
      return;
    }
    const value = Number(digits);
    if (Number.isSafeInteger(value)) {
      this.#keep(row, value === 0 ? 0 : value);
      return;
    }
    const wide = BigInt(digits.replace("+", ""));
    if (BigInt.asIntN(64, wide) !== wide) this.setNull(row);
    else {
      this.values[row] = value;
      this.wide.set(row, wide);
    }
  }

  setNull(row: number): void {
    this.#keep(row, Number.NaN);
  }

  #keep(row: number, value: number): void {
    this.values[row] = value;
    // Of the batch before, or of a field that stands twice in a line.
    if (this.wide.size > 0) this.wide.delete(row);
  }
}

/** Decimal numbers with a fraction and an exponent as one likes. */
class FilledFloats {
  readonly kind = "float";
  readonly values: Float64Array;
  readonly nulls: Uint8Array;

  constructor(rows: number) {
    this.values = new Float64Array(rows);
    this.nulls = new Uint8Array(rows);
  }

  set(row: number, bytes: Buffer, start: number, end: number): void {
    this.setText(row, bytes.toString("latin1", start, Math.min(end, start + NUMBER_CHARS_MAX + 1)));
  }

  setText(row: number, text: string): void {
    const isNumber = text.length <= NUMBER_CHARS_MAX && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text);
    this.values[row] = isNumber ? Number(text) : 0;
    this.nulls[row] = isNumber ? 0 : 1;
  }

  setNull(row: number): void {
    this.values[row] = 0;
    this.nulls[row] = 1;
  }
}

/** `true`, `yes`, `on`, `1` and `false`, `no`, `off`, `0`, in any case. */
class FilledBooleans {
  readonly kind = "boolean";
  readonly values: Uint8Array;

  constructor(rows: number) {
    this.values = new Uint8Array(rows);
  }

  set(row: number, bytes: Buffer, start: number, end: number): void {
    this.setText(row, end - start > 5 ? "" : bytes.toString("latin1", start, end));
  }

  setText(row: number, text: string): void {
    this.values[row] = BOOLEANS.get(text.toLowerCase()) ?? NULL_BOOLEAN;
  }

  setNull(row: number): void {
    this.values[row] = NULL_BOOLEAN;
  }
}

/** Nested values, from JSON. */
class FilledValues {
  readonly kind = "value";
  readonly values: Value[];
  readonly #type: "hash" | "array";

  constructor(rows: number, type: "hash" | "array") {
    this.values = Array.from({ length: rows }, () => null);
    this.#type = type;
  }

  set(row: number, bytes: Buffer, start: number, end: number): void {
    this.setText(row, bytes.toString("utf8", start, end));
  }

  setText(row: number, text: string): void {
    this.values[row] = jsonOf(text, this.#type);
  }

  setNull(row: number): void {
    this.values[row] = null;
  }
}

function jsonOf(text: string, type: "hash" | "array"): Value {
  if (!text.startsWith(type === "hash" ? "{" : "[")) return null;
  try {
    return JSON.parse(text) as Value;
  } catch {
    // It is text that only begins like JSON.
    return null;
  }
}

const BOOLEANS: ReadonlyMap<string, number> = new Map([
  ...["true", "yes", "on", "1"].map((word): [string, number] => [word, 1]),
  ...["false", "no", "off", "0"].map((word): [string, number] => [word, 0]),
]);
const NULL_BOOLEAN = 2;
/** Every whole number of so many digits is within ±(2^53 − 1). */
const SAFE_DIGITS = 15;
const NUMBER_CHARS_MAX = 60;
const MINUS = 0x2d;
const ZERO = 0x30;
