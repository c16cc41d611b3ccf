import { HotakaError, type MsgpackValue, msgpackOf } from "../../kit/index.ts";
import { type Row, rowToJson, type Value } from "../../event/index.ts";

/** How records stand in a pipe. */
export type PipeFormat = "json" | "msgpack" | "tsv";

/**
 * A record as bytes for a pipe:
 *
 *     json    = object LF
 *     msgpack = map
 *     tsv     = value *( TAB value ) LF         ; of `fields`, in their order
 *
 * In tsv a field that the record lacks, or that is null, is empty; a tab, newline or backslash within a value is `\t`, `\n`, `\r`, `\\`.
 */
export function rowBytes(row: Row, format: PipeFormat, fields: readonly string[]): Buffer {
  switch (format) {
    case "json":
      return Buffer.from(`${rowToJson(row)}\n`);
    case "msgpack":
      return Buffer.from(msgpackOf(packed(row)));
    case "tsv":
      return Buffer.from(`${fields.map((name) => cell(Object.hasOwn(row, name) ? (row[name] ?? null) : null)).join("\t")}\n`);
  }
}

function packed(value: Value): MsgpackValue {
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) return value.map((item: Value) => packed(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]: [string, Value]) => [key, packed(item ?? null)]));
}

function cell(value: Value): string {
  if (value === null) return "";
  const text = typeof value === "string" ? value : rowToJson({ value }).slice('{"value":'.length, -1);
  return text.replaceAll(/[\\\t\n\r]/g, (character) => ESCAPES.get(character)!);
}

/** The record that a cell of tsv stands in, read again. */
export function cellText(text: string): string {
  return text.replaceAll(/\\([tnr\\])/g, (_, letter: string) => LETTERS.get(letter)!);
}

/** Throws HOTAKA_ACTION_FAILED for a record that is longer than may be written. */
export function checkLength(bytes: Buffer, most: number): void {
  if (bytes.length <= most) return;
  throw new HotakaError("HOTAKA_ACTION_FAILED", `a row takes ${bytes.length} bytes; at most ${most} (line_bytes_max) are written.`);
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\r", "\\r"],
]);
const LETTERS: ReadonlyMap<string, string> = new Map([...ESCAPES].map(([character, escape]) => [escape[1]!, character]));
