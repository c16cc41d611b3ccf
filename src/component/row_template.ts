import { rowToJson, type Value } from "../event/index.ts";
import { oneLine } from "../kit/index.ts";
import type { ActionRow } from "./action.ts";
import type { Zod } from "./definition.ts";
import { worded } from "./settings_types.ts";

/** Text with the values of a row in it, on one line: what is not fit for a line of a log or a terminal is replaced. */
export type RowTemplate = (row: ActionRow) => string;

/**
 * A template in the settings: `${field}` stands for the value of that field, `${query}` and `${time}` (ISO 8601, UTC) for the row's
 * query and time where it has no such field, `$${` for `${` itself. A field that the row does not have, or that is null, reads `-`. The
 * text is cut at 2,000 characters.
 */
export function template(z: Zod) {
  return worded(z, "a text such as ${requests} requests by ${host}", (text) => {
    if (/\$\{[^}]*$/.test(text.replaceAll("$${", ""))) return { wrong: "a } to close the last ${ was wanted" };
    if (text.includes("${}")) return { wrong: "the name of a field between ${ and } was wanted" };
    return { value: templateOf(text) };
  });
}

function templateOf(text: string): RowTemplate {
  return (row) =>
    oneLine(
      text.replace(PLACEHOLDER, (_, name?: string) => (name === undefined ? "${" : fieldText(row, name))),
      CHARS_MAX,
    );
}

function fieldText({ row, query, timeMs }: ActionRow, name: string): string {
  if (Object.hasOwn(row, name)) return valueText(row[name] ?? null);
  if (name === "query") return query;
  return name === "time" ? new Date(timeMs).toISOString() : "-";
}

function valueText(value: Value): string {
  if (value === null) return "-";
  if (typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object") return rowToJson({ value }).slice('{"value":'.length, -1);
  return String(value);
}

/** `$${`, or `${name}`. */
const PLACEHOLDER = /\$\$\{|\$\{([^}]+)\}/g;
const CHARS_MAX = 2000;
