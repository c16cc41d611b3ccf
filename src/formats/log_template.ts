import type { Format } from "../component/index.ts";
import type { FieldType } from "../event/index.ts";
import { type FieldParser, FieldScanner, type FoundFields } from "./field_scanner.ts";
import { TimeReader } from "./time_text.ts";

/** A variable of a log format: the fields that it gives, and how its text ends. */
export interface TemplateVariable {
  /** `request` gives method, path and protocol beside the fields named. Empty for one that is passed over. */
  readonly field: string;
  readonly type: FieldType;
  /**
   * `free` may hold blanks though it stands without quotes, since a stranger chooses it (a user's name); `list` may hold ", " and " : "
   * (times of several upstream servers); `time` is the time of the event, in the notation `timeFormat`.
   */
  readonly kind: "plain" | "free" | "list" | "request" | "time";
  readonly timeFormat?: string;
}

/** A log format taken apart: texts that stand in every line, with a variable between each two of them. */
export interface LogTemplate {
  /** One more than variables. Only the first and the last may be empty. */
  readonly literals: readonly string[];
  readonly variables: readonly TemplateVariable[];
  /** Whether the server writes escapes as JSON has them, which are then decoded; others are kept as they are written. */
  readonly hasJsonEscapes: boolean;
}

/** What is wrong with a template, or undefined when lines can be told by it. */
export function faultOf({ literals, variables }: LogTemplate): string | undefined {
  if (variables.length === 0) return "a format with at least one variable was wanted";
  if (variables.length > VARIABLES_MAX) return `at most ${VARIABLES_MAX} variables were wanted`;
  if (literals.slice(1, -1).includes("")) return "something between each two variables was wanted, by which they can be told apart";
  const names = variables.flatMap(fieldsOf).map(([name]) => name);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  return twice === undefined ? undefined : `${twice} is given twice; each field once was wanted`;
}

/** The format of lines written by a template that `faultOf` has passed. */
export function templateFormat(template: LogTemplate): Format {
  const fields = template.variables.flatMap(fieldsOf);
  const names = fields.map(([name]) => name);
  const time = template.variables.find(({ kind }) => kind === "time");
  const parser = new TemplateParser(template, names);
  return {
    fields: Object.fromEntries(fields),
    scanner: (schema, demand) =>
      new FieldScanner({
        schema,
        demand,
        names,
        parser,
        time:
          time === undefined
            ? undefined
            : { name: time.field, reader: new TimeReader({ time_format: time.timeFormat ?? "auto", time_zone: "local" }) },
      }),
  };
}

function fieldsOf({ field, type, kind }: TemplateVariable): [string, FieldType][] {
  if (kind === "request") return REQUEST_FIELDS.map((name) => [name, "string"]);
  return field === "" ? [] : [[field, type]];
}

/**
 * Tells the variables of a line apart by the texts between them, in time proportional to its length.
 *
 * A variable behind a quote ends at the next quote without a backslash before it: servers escape what strangers send. Any other ends
 * where the text behind it begins for the first time. Where a free one stands, the variables behind it up to the next quote are found
 * from their end, so that it takes what is left, and no user's name can pass for the time. `-` is null. Anything behind the end refuses
 * the line; a last variable in quotes that lacks the closing one was cut off, and is taken as far as it goes.
 */
class TemplateParser implements FieldParser {
  readonly #template: LogTemplate;
  readonly #literals: readonly Buffer[];
  /** By variable: the place of its field, of the method for a request; -1 for none. */
  readonly #fields: readonly number[];
  /** By variable that is free: the last one that is found from its end; -1 for others. */
  readonly #tails: readonly number[];
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  constructor(template: LogTemplate, names: readonly string[]) {
    const { literals, variables } = template;
    this.#template = template;
    this.#literals = literals.map((literal) => Buffer.from(literal));
    this.#fields = variables.map(({ field, kind }) => names.indexOf(kind === "request" ? REQUEST_FIELDS[0] : field));
    this.#tails = variables.map(({ kind }, at) => (kind === "free" && !literals[at]!.endsWith('"') ? tailOf(literals, at) : -1));
    this.#starts = new Int32Array(variables.length);
    this.#ends = new Int32Array(variables.length);
  }

  parse(bytes: Buffer, start: number, end: number, found: FoundFields): string | undefined {
    if (start === end) return "empty";
    const literals = this.#literals;
    const count = this.#fields.length;
    if (!standsAt(bytes, start, end, literals[0]!)) return "beginning";
    let at = start + literals[0]!.length;
    for (let variable = 0; variable < count; variable++) {
      const tail = this.#tails[variable]!;
      if (tail >= 0) {
        at = this.#findFromEnd(bytes, at, end, variable, tail);
        if (at < 0) return this.#reason(variable);
        variable = tail;
      } else {
        const valueEnd = this.#endOf(bytes, at, end, variable);
        if (valueEnd < 0) return this.#reason(variable);
        this.#starts[variable] = at;
        this.#ends[variable] = valueEnd;
        at = Math.min(end, valueEnd + literals[variable + 1]!.length);
      }
    }
    if (at !== end) return "trailing";
    for (let variable = 0; variable < count; variable++) this.#take(bytes, variable, found);
    return undefined;
  }

  /** Where the value of a variable ends that begins at `at`, or -1. */
  #endOf(bytes: Buffer, at: number, end: number, variable: number): number {
    const literal = this.#literals[variable + 1]!;
    const isLast = variable === this.#fields.length - 1;
    if (isLast && literal.length === 0) return end;
    if (literal[0] === QUOTE) {
      const quote = closingQuote(bytes, at, end);
      // Loggers and syslog cut long lines; who sends an agent of 10 KB must not be overlooked for it.
      if (quote < 0) return isLast ? end : -1;
      return standsAt(bytes, quote, end, literal) ? quote : -1;
    }
    const isList = this.#template.variables[variable]!.kind === "list";
    for (let from = at; ;) {
      const place = indexOf(bytes, literal, from, end);
      if (place < 0 || !isList || !goesOn(bytes, place, end)) return place;
      from = place + 1;
    }
  }

  /** Finds the variables from a free one to `tail` from their end, which stands before the next quote. Gives where the text behind them ends, or -1. */
  #findFromEnd(bytes: Buffer, at: number, end: number, free: number, tail: number): number {
    const after = this.#literals[tail + 1]!;
    let right = end;
    let next = end;
    if (after.length > 0) {
      const quoteIn = after.indexOf(QUOTE);
      const quote = quoteIn < 0 ? -1 : closingQuote(bytes, at, end);
      right = quoteIn < 0 ? end - after.length : quote - quoteIn;
      if (right < at || !standsAt(bytes, right, end, after)) return -1;
      next = right + after.length;
    }
    for (let variable = tail; variable > free; variable--) {
      const before = this.#literals[variable]!;
      const place = lastIndexOf(bytes, before, at, right);
      if (place < 0) return -1;
      this.#starts[variable] = place + before.length;
      this.#ends[variable] = right;
      right = place;
    }
    this.#starts[free] = at;
    this.#ends[free] = right;
    return next;
  }

  #take(bytes: Buffer, variable: number, found: FoundFields): void {
    const field = this.#fields[variable]!;
    const start = this.#starts[variable]!;
    const end = this.#ends[variable]!;
    const isNothing = start === end || (end === start + 1 && bytes[start] === DASH);
    if (field < 0 || isNothing) return;
    const { variables, hasJsonEscapes } = this.#template;
    if (variables[variable]!.kind === "request") takeRequest(bytes, start, end, field, found);
    else if (hasJsonEscapes && found.isWanted[field] === 1 && bytes.subarray(start, end).includes(BACKSLASH))
      found.setText(field, unescaped(bytes.toString("utf8", start, end)));
    else found.set(field, start, end);
  }

  #reason(variable: number): string {
    const { field, kind } = this.#template.variables[variable]!;
    return kind === "request" ? "request" : field === "" ? "literal" : field;
  }
}

/** The method, the path and the protocol of a request `[start, end)`; a path may hold blanks, for a stranger writes them. */
function takeRequest(bytes: Buffer, start: number, end: number, field: number, found: FoundFields): void {
  let methodEnd = start;
  while (methodEnd < end && bytes[methodEnd] !== SPACE) methodEnd++;
  if (methodEnd > start) found.set(field, start, methodEnd);
  let pathStart = methodEnd;
  while (pathStart < end && bytes[pathStart] === SPACE) pathStart++;
  let protocolStart = end;
  while (protocolStart > pathStart && bytes[protocolStart - 1] !== SPACE) protocolStart--;
  if (protocolStart === pathStart) {
    if (pathStart < end) found.set(field + 1, pathStart, end);
    return;
  }
  let pathEnd = protocolStart;
  while (pathEnd > pathStart && bytes[pathEnd - 1] === SPACE) pathEnd--;
  found.set(field + 1, pathStart, pathEnd);
  if (protocolStart < end) found.set(field + 2, protocolStart, end);
}

/** The last variable behind a free one before a text with a quote, or the last of all. */
function tailOf(literals: readonly string[], free: number): number {
  let tail = free;
  while (tail < literals.length - 2 && !literals[tail + 1]!.includes('"')) tail++;
  return tail;
}

/** Times of several upstream servers: `0.001, 0.002 : 0.003`. */
function goesOn(bytes: Buffer, place: number, end: number): boolean {
  if (bytes[place] !== SPACE || place + 1 >= end) return false;
  if (bytes[place - 1] === COMMA) return true;
  if (bytes[place + 1] === COLON && bytes[place + 2] === SPACE) return true;
  return bytes[place - 1] === COLON && bytes[place - 2] === SPACE;
}

function closingQuote(bytes: Buffer, from: number, end: number): number {
  let isEscaped = false;
  for (let at = from; at < end; at++) {
    const byte = bytes[at];
    if (byte === QUOTE && !isEscaped) return at;
    isEscaped = byte === BACKSLASH && !isEscaped;
  }
  return -1;
}

function standsAt(bytes: Buffer, at: number, end: number, text: Buffer): boolean {
  if (at + text.length > end) return false;
  for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text[index]) return false;
  return true;
}

// Not `Buffer.indexOf`: it would look for the text in all the lines behind this one.
function indexOf(bytes: Buffer, text: Buffer, from: number, end: number): number {
  const first = text[0]!;
  for (let at = from; at + text.length <= end; at++) if (bytes[at] === first && standsAt(bytes, at, end, text)) return at;
  return -1;
}

function lastIndexOf(bytes: Buffer, text: Buffer, from: number, end: number): number {
  const first = text[0]!;
  for (let at = end - text.length; at >= from; at--) if (bytes[at] === first && standsAt(bytes, at, end, text)) return at;
  return -1;
}

function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    // It was cut within an escape.
    return text;
  }
}

const REQUEST_FIELDS = ["method", "path", "protocol"] as const;
const VARIABLES_MAX = 100;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const DASH = 0x2d;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
