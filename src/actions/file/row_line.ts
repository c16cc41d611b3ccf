import type { ActionRow } from "../../component/index.ts";
import { rowToJson, type Value } from "../../event/index.ts";

/** How rows are written. */
export type LineForm = "json" | "ltsv";

/**
 * A row as one line, with its newline:
 *
 *     json = {"time":"2026-11-20T10:00:00.000Z","query":"...","key":"...","row":{...}}
 *     ltsv = time:... TAB query:... TAB key:... TAB column:value ...    ; a column of one of the first three names has `row_` before it
 *
 * In LTSV there is no way to write a tab or a newline: they become blanks, as Fluentd writes them. A null is an empty value there.
 */
export function rowLine(row: ActionRow, form: LineForm): string {
  const head = { time: new Date(row.timeMs).toISOString(), query: row.query, key: row.key };
  if (form === "json") return `${JSON.stringify(head).slice(0, -1)},"row":${rowToJson(row.row)}}\n`;
  const columns = Object.entries(row.row).map(([name, value]) => [Object.hasOwn(head, name) ? `row_${name}` : name, textOf(value)]);
  const fields = [...Object.entries(head), ...columns];
  return `${fields.map(([name = "", value = ""]) => `${label(name)}:${plain(value)}`).join("\t")}\n`;
}

/** The key in a line that `rowLine` wrote; undefined in another one. */
export function keyOfLine(line: string, form: LineForm): string | undefined {
  if (form === "ltsv") return /^time:[^\t]*\tquery:[^\t]*\tkey:([^\t]*)/.exec(line)?.[1];
  try {
    const read: unknown = JSON.parse(line);
    return typeof read === "object" && read !== null && "key" in read && typeof read.key === "string" ? read.key : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: Value): string {
  if (value === null) return "";
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object") return rowToJson({ value }).slice('{"value":'.length, -1);
  return String(value);
}

function label(name: string): string {
  return plain(name).replaceAll(":", "_");
}

function plain(text: string): string {
  return text.replaceAll(/[\t\r\n]/g, " ");
}
