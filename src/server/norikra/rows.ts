import type { PooledRow } from "../../catalog/index.ts";
import type { MsgpackWriter } from "../../kit/index.ts";

type Columns = readonly { readonly name: string; readonly type: string }[];
type Value = PooledRow["row"][string];

/**
 * Rows as the RPC gives them: `[[unix_seconds, {column: value}], ...]`. A column of doubles is written as floats also where a value is
 * whole: a Ruby client shows 2.0 for it, and 2 for an integer.
 */
export function writeRows(writer: MsgpackWriter, rows: readonly PooledRow[], columns: Columns): void {
  const floats = new Set(columns.filter(({ type }) => type === "double" || type === "float").map(({ name }) => name));
  writer.arrayLength(rows.length);
  for (const { timeMs, row } of rows) {
    writer.arrayLength(2);
    writer.number(Math.floor(timeMs / 1000));
    const entries = Object.entries(row);
    writer.mapLength(entries.length);
    for (const [name, value] of entries) {
      writer.text(name);
      if (typeof value === "number" && floats.has(name)) writer.float(value);
      else writeValue(writer, value);
    }
  }
}

function writeValue(writer: MsgpackWriter, value: Value): void {
  if (value instanceof Date) return writer.number(value.getTime());
  if (typeof value !== "object" || value === null) return writer.value(value);
  if (isList(value)) {
    writer.arrayLength(value.length);
    for (const item of value) writeValue(writer, item);
    return;
  }
  const entries = Object.entries(value);
  writer.mapLength(entries.length);
  for (const [name, item] of entries) {
    writer.text(name);
    writeValue(writer, item);
  }
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
