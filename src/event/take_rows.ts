import type { Batch, Column } from "./batch.ts";

/** Copies of the rows `rows` of a batch, in that order. */
export function takeRows(batch: Batch, rows: Int32Array): Batch {
  const { schema, times, columns, absent, lacking } = batch;
  return {
    schema,
    size: rows.length,
    times: Float64Array.from(rows, (row) => times[row]!),
    columns: columns.map((column) => column && takenColumn(column, rows)),
    absent: absent?.map((marks) => marks && Uint8Array.from(rows, (row) => marks[row]!)),
    lacking,
  };
}

function takenColumn(column: Column, rows: Int32Array): Column {
  switch (column.kind) {
    case "dictionary":
      return { ...column, codes: rows.map((row) => column.codes[row]!) };
    case "text":
      return { ...column, values: Array.from(rows, (row) => column.values[row] ?? null) };
    case "value":
      return { ...column, values: Array.from(rows, (row) => column.values[row] ?? null) };
    case "integer":
      return { ...column, values: Float64Array.from(rows, (row) => column.values[row]!), wide: takenWide(column.wide, rows) };
    case "float": {
      const { nulls } = column;
      return {
        ...column,
        values: Float64Array.from(rows, (row) => column.values[row]!),
        nulls: nulls && Uint8Array.from(rows, (row) => nulls[row]!),
      };
    }
    case "boolean":
      return { ...column, values: Uint8Array.from(rows, (row) => column.values[row]!) };
  }
}

function takenWide(wide: ReadonlyMap<number, bigint> | undefined, rows: Int32Array): ReadonlyMap<number, bigint> | undefined {
  if (wide === undefined || wide.size === 0) return undefined;
  const taken = new Map<number, bigint>();
  for (const [at, row] of rows.entries()) {
    const value = wide.get(row);
    if (value !== undefined) taken.set(at, value);
  }
  return taken;
}
