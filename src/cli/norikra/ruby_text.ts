import { MsgpackFloat, type MsgpackValue } from "../../kit/index.ts";

/** Values as a Ruby program prints them: what clients of Norikra print is read by scripts. */

type Entries = readonly (readonly [string, MsgpackValue])[];

/** One line of JSON without blanks. */
export function rubyJson(value: MsgpackValue): string {
  if (isList(value)) return `[${value.map(rubyJson).join(",")}]`;
  const entries = entriesOf(value);
  return entries === undefined ? scalarJson(value) : rubyJsonObject(entries);
}

/** As `rubyJson`, for an object whose keys come in this order; a key that comes twice has its first place and its last value. */
export function rubyJsonObject(entries: Entries): string {
  return `{${[...new Map(entries)].map(([key, item]) => `${JSON.stringify(key)}:${rubyJson(item)}`).join(",")}}`;
}

/** JSON in lines, two blanks deeper at each level; an empty object takes two lines. */
export function rubyJsonPretty(value: MsgpackValue, indent = ""): string {
  const deeper = `${indent}  `;
  if (isList(value)) {
    if (value.length === 0) return `[\n\n${indent}]`;
    return `[\n${value.map((item) => deeper + rubyJsonPretty(item, deeper)).join(",\n")}\n${indent}]`;
  }
  const entries = entriesOf(value);
  if (entries === undefined) return scalarJson(value);
  const lines = entries.map(([key, item]) => `${deeper}${JSON.stringify(key)}: ${rubyJsonPretty(item, deeper)}`);
  return `{\n${lines.length === 0 ? "" : `${lines.join(",\n")}\n`}${indent}}`;
}

/** A value as `p` shows it: `{"name"=>"q1", "group"=>nil}`. */
export function rubyInspect(value: MsgpackValue): string {
  if (isList(value)) return `[${value.map(rubyInspect).join(", ")}]`;
  if (typeof value === "string") return inspectedText(value);
  const entries = entriesOf(value);
  if (entries === undefined) return value === null ? "nil" : rubyText(value);
  return `{${entries.map(([key, item]) => `${inspectedText(key)}=>${rubyInspect(item)}`).join(", ")}}`;
}

/** A value as `to_s` gives it. */
export function rubyText(value: MsgpackValue): string {
  if (value === null) return "";
  if (value instanceof MsgpackFloat) return floatText(value.value);
  return typeof value === "object" ? rubyInspect(value) : String(value);
}

function scalarJson(value: MsgpackValue): string {
  if (value instanceof MsgpackFloat) return Number.isFinite(value.value) ? floatText(value.value) : "null";
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

/** Ruby writes a float with its point, and with an exponent from 1.0e+15 and below 0.0001. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-Infinity" : "Infinity";
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude >= 1e15 || magnitude < 1e-4)) {
    const [digits = "", exponent = ""] = value.toExponential().split("e");
    const power = Number(exponent);
    return `${digits.includes(".") ? digits : `${digits}.0`}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.includes(".") ? text : `${text}.0`;
}

function inspectedText(text: string): string {
  const escaped = text.replace(
    INSPECTED,
    (found) => INSPECT_ESCAPES.get(found) ?? `\\u${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`,
  );
  return `"${escaped.replace(/#(?=[{$@])/g, "\\#")}"`;
}

/** The entries of a map; undefined for anything else. */
function entriesOf(value: MsgpackValue): Entries | undefined {
  if (typeof value !== "object" || value === null || value instanceof MsgpackFloat || isList(value)) return undefined;
  return Object.entries(value);
}

/** `Array.isArray` takes a readonly array for one of anything. */
function isList(value: MsgpackValue): value is readonly MsgpackValue[] {
  return Array.isArray(value);
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const INSPECTED = /["\\\u0000-\u001F\u007F-\u009F\u2028\u2029]/g;
const INSPECT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\f", "\\f"],
  ["\v", "\\v"],
  ["\b", "\\b"],
  ["\u0007", "\\a"],
  ["\u001B", "\\e"],
]);
