import { type Batch, type Column, type FieldType, type Schema, TextArray, type Value } from "../event/index.ts";

/** Rows as `node:v8` can write them down: no reference to a dictionary, columns by the name of their field. */
export interface SavedBatch {
  readonly times: Float64Array;
  readonly columns: readonly SavedColumn[];
}

interface SavedColumn {
  readonly field: string;
  readonly type: FieldType;
  readonly values: SavedValues;
  readonly absent?: Uint8Array | undefined;
}

/** Strings of a dictionary column are written once each. */
type SavedValues =
  | { readonly kind: "codes"; readonly codes: Int32Array; readonly texts: readonly string[] }
  | { readonly kind: "text"; readonly values: readonly (string | null)[] }
  | { readonly kind: "integer"; readonly values: Float64Array; readonly wide: ReadonlyMap<number, bigint> | undefined }
  | { readonly kind: "float"; readonly values: Float64Array; readonly nulls: Uint8Array | undefined }
  | { readonly kind: "boolean"; readonly values: Uint8Array }
  | { readonly kind: "value"; readonly values: readonly Value[] };

/** A copy of the rows of `batch` that may be kept. */
export function saveBatch(batch: Batch): SavedBatch {
  const columns: SavedColumn[] = [];
  for (const { name, type, slot } of batch.schema.fields) {
    const column = batch.columns[slot];
    const absent = batch.absent?.[slot]?.slice(0, batch.size);
    if (column !== undefined) columns.push({ field: name, type, values: savedValues(column, batch.size), absent });
  }
  return { times: batch.times.slice(0, batch.size), columns };
}

/** The batch again, on a schema that has, or now gets, its fields. Strings come back as text columns. */
export function batchFromSaved(saved: SavedBatch, schema: Schema): Batch {
  const slots = saved.columns.map(({ field, type, absent }) => schema.add(field, type, absent !== undefined).slot);
  const columns: (Column | undefined)[] = Array.from({ length: schema.fields.length });
  const absent: (Uint8Array | undefined)[] = Array.from({ length: schema.fields.length });
  for (const [at, column] of saved.columns.entries()) {
    columns[slots[at]!] = columnOf(column.values);
    absent[slots[at]!] = column.absent;
  }
  const isAnyAbsent = absent.some((marks) => marks !== undefined);
  return { schema, size: saved.times.length, times: saved.times, columns, absent: isAnyAbsent ? absent : undefined };
}

function savedValues(column: Column, size: number): SavedValues {
  switch (column.kind) {
    case "dictionary":
      return savedCodes(column.codes, size, (code) => column.dictionary.text(code));
    case "text":
      return { kind: "text", values: Array.from({ length: size }, (_, row) => column.text(row)) };
    case "integer":
      return { kind: "integer", values: column.values.slice(0, size), wide: column.wide };
    case "float":
      return { kind: "float", values: column.values.slice(0, size), nulls: column.nulls?.slice(0, size) };
    case "boolean":
      return { kind: "boolean", values: column.values.slice(0, size) };
    case "value":
      return { kind: "value", values: column.values.slice(0, size) };
  }
}

function savedCodes(codes: Int32Array, size: number, textOf: (code: number) => string): SavedValues {
  const own = new Map<number, number>();
  const texts: string[] = [];
  const saved = new Int32Array(size);
  for (let row = 0; row < size; row++) {
    const code = codes[row]!;
    let written = code < 0 ? -1 : own.get(code);
    if (written === undefined) {
      written = texts.push(textOf(code)) - 1;
      own.set(code, written);
    }
    saved[row] = written;
  }
  return { kind: "codes", codes: saved, texts };
}

function columnOf(values: SavedValues): Column {
  if (values.kind === "text") return new TextArray(values.values);
  if (values.kind !== "codes") return values;
  const texts: (string | null)[] = [];
  for (const code of values.codes) texts.push(code < 0 ? null : values.texts[code]!);
  return new TextArray(texts);
}
