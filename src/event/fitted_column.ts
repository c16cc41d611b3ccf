import type { Column } from "./batch.ts";
import type { Dictionary } from "./dictionary.ts";
import type { FieldType } from "./schema.ts";
import { TextArray } from "./text_column.ts";
import type { Value } from "./value.ts";

/**
 * A column of values that came without a type, each fitted to the type of the field: a string field takes any scalar as its text, an
 * integer field drops the fraction; what does not fit is null. It is filled over and over: what `fill` gave is valid until the next time.
 */
export class FittedColumn {
  readonly fill: (values: readonly Value[], size: number) => Column;

  /** With a dictionary, which only a string field may have, the column is one of codes. */
  constructor(type: FieldType, dictionary?: Dictionary) {
    this.fill = dictionary === undefined ? FILLERS[type]() : keys(dictionary);
  }
}

type Fill = FittedColumn["fill"];

function keys(dictionary: Dictionary): Fill {
  let codes = new Int32Array(0);
  return (values, size) => {
    if (codes.length < size) codes = new Int32Array(size);
    for (let row = 0; row < size; row++) {
      const text = asString(values[row]!);
      codes[row] = text === null ? -1 : dictionary.codeOf(text);
    }
    return { kind: "dictionary", codes, dictionary };
  };
}

const FILLERS: Readonly<Record<FieldType, () => Fill>> = {
  string() {
    const texts: (string | null)[] = [];
    const column = new TextArray(texts);
    return (values, size) => {
      for (let row = 0; row < size; row++) texts[row] = asString(values[row]!);
      return column;
    };
  },
  integer() {
    let numbers = new Float64Array(0);
    return (values, size) => {
      if (numbers.length < size) numbers = new Float64Array(size);
      let wide: Map<number, bigint> | undefined;
      for (let row = 0; row < size; row++) {
        const value = asInteger(values[row]!);
        if (typeof value === "bigint") (wide ??= new Map()).set(row, value);
        numbers[row] = value === null ? Number.NaN : Number(value);
      }
      return { kind: "integer", values: numbers, wide };
    };
  },
  float() {
    let numbers = new Float64Array(0);
    let nulls = new Uint8Array(0);
    return (values, size) => {
      if (numbers.length < size) {
        numbers = new Float64Array(size);
        nulls = new Uint8Array(size);
      }
      let hasNulls = false;
      for (let row = 0; row < size; row++) {
        const value = values[row]!;
        const isNumber = typeof value === "number" || typeof value === "bigint";
        numbers[row] = isNumber ? Number(value) : 0;
        nulls[row] = isNumber ? 0 : 1;
        if (!isNumber) hasNulls = true;
      }
      return { kind: "float", values: numbers, nulls: hasNulls ? nulls : undefined };
    };
  },
  boolean() {
    let flags = new Uint8Array(0);
    return (values, size) => {
      if (flags.length < size) flags = new Uint8Array(size);
      for (let row = 0; row < size; row++) {
        const value = values[row]!;
        flags[row] = typeof value === "boolean" ? Number(value) : 2;
      }
      return { kind: "boolean", values: flags };
    };
  },
  hash: () => containers("hash"),
  array: () => containers("array"),
};

function containers(type: "hash" | "array"): Fill {
  const taken: Value[] = [];
  return (values, size) => {
    for (let row = 0; row < size; row++) taken[row] = asContainer(values[row]!, type);
    return { kind: "value", values: taken };
  };
}

function asString(value: Value): string | null {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" ? String(value) : null;
}

function asInteger(value: Value): number | bigint | null {
  if (typeof value === "number") {
    const whole = Math.trunc(value);
    if (Number.isSafeInteger(whole)) return whole;
    return whole >= -(2 ** 63) && whole < 2 ** 63 ? BigInt(whole) : null;
  }
  if (typeof value !== "bigint") return null;
  const folded = BigInt.asIntN(64, value);
  return folded >= BigInt(Number.MIN_SAFE_INTEGER) && folded <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(folded) : folded;
}

function asContainer(value: Value, type: "hash" | "array"): Value {
  if (typeof value !== "object" || value === null || value instanceof Date) return null;
  return Array.isArray(value) === (type === "array") ? value : null;
}
