import type { Batch, Column } from "./batch.ts";
import type { TextColumn } from "./text_column.ts";

/** The rows `rows` of a batch, in that order: a batch that is valid as long as that one, and as `rows` stay as they are. */
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
      return new TakenTexts(column, rows);
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

/** Asks the column that rows were taken of, which remembers what it was asked for. */
class TakenTexts implements TextColumn {
  readonly kind = "text";
  readonly #column: TextColumn;
  readonly #rows: Int32Array;

  constructor(column: TextColumn, rows: Int32Array) {
    this.#column = column;
    this.#rows = rows;
  }

  text(row: number): string | null {
    return this.#column.text(this.#rows[row]!);
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
