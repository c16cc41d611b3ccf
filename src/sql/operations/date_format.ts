import type { Value } from "../../event/index.ts";
import type { Operation } from "../plan/expression.ts";
import type { Type } from "../plan/type.ts";

/**
 * Dates as text by a pattern, `yyyy-MM-dd HH:mm:ss`: Java's SimpleDateFormat in its lenient form, in English and UTC. Without the letters that
 * count weeks (`w`, `W`, `F`, `Y`, `u`).
 * @see Java SE API, java.text.SimpleDateFormat
 */
export type DateFormat = { readonly parts: readonly Part[] } | { readonly iso: true };

type Part = { readonly text: string } | { readonly letter: string; readonly count: number };

/** What a pattern means; a sentence where it is none. `iso` stands for ISO 8601. */
export function dateFormat(pattern: string): DateFormat | string {
  if (pattern.trim().toLowerCase() === "iso") return { iso: true };
  const parts: Part[] = [];
  for (const [token, quoted, letter] of pattern.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^]/g)) {
    if (quoted !== undefined) parts.push({ text: quoted === "" ? "'" : quoted.replaceAll("''", "'") });
    else if (letter === undefined) {
      if (token === "'") return "a quote is not closed";
      parts.push({ text: token });
    } else if (!LETTERS.includes(letter)) return `"${letter}" is no letter of a date here; known are ${LETTERS.split("").join(", ")}`;
    else parts.push({ letter, count: token.length });
  }
  return { parts };
}

/** A text as a date, or as epoch ms where `type` is long; null where it does not begin with one. */
export function castByFormat(format: DateFormat, name: string, type: Type): Operation {
  return { name: `cast ${type} by ${name}`, strict: true, nullable: true, evaluate: (text = null) => dateIn(format, text, type) };
}

/** As `castByFormat`, with the pattern as the second argument. */
export function castByAnyFormat(type: Type): Operation {
  const evaluate = (text: Value = null, pattern: Value = null): Value => {
    const format = typeof pattern === "string" ? dateFormat(pattern) : "no text";
    return typeof format === "string" ? null : dateIn(format, text, type);
  };
  return { name: `cast ${type} by format`, strict: true, nullable: true, evaluate };
}

function dateIn(format: DateFormat, text: Value, type: Type): Value {
  if (typeof text !== "string") return null;
  const timeMs = "iso" in format ? isoTime(text) : new DateReader(text).read(format.parts);
  if (timeMs === undefined || !Number.isFinite(timeMs)) return null;
  return type === "date" ? new Date(timeMs) : timeMs;
}

function isoTime(text: string): number | undefined {
  return ISO.test(text) ? Date.parse(/[Zz]|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`) : undefined;
}

/** What was read of a text, each with its turn: of two that say the same, the later one counts. */
interface Field {
  readonly value: number;
  readonly turn: number;
}

class DateReader {
  readonly #text: string;
  #at = 0;
  readonly #fields = new Map<string, Field>();

  constructor(text: string) {
    this.#text = text;
  }

  read(format: readonly Part[]): number | undefined {
    for (const [index, part] of format.entries()) {
      if ("text" in part) {
        if (!this.#text.startsWith(part.text, this.#at)) return undefined;
        this.#at += part.text.length;
        continue;
      }
      const next = format[index + 1];
      const isFollowedByNumber = next !== undefined && "letter" in next && isNumber(next.letter, next.count);
      if (!this.#field(part.letter, part.count, isFollowedByNumber)) return undefined;
    }
    return this.#at === 0 ? undefined : this.#time();
  }

  #field(letter: string, count: number, isFollowedByNumber: boolean): boolean {
    const start = this.#at;
    while (this.#text[this.#at] === " " || this.#text[this.#at] === "\t") this.#at++;
    if (this.#at >= this.#text.length) return false;
    if (letter === "a") return this.#name(letter, ["am", "pm"]);
    if (letter === "G") return this.#name(letter, ["bc", "ad"]);
    if (letter === "E") return this.#name(letter, WEEKDAYS);
    if (letter === "M" && count > 2) return this.#name(letter, MONTHS);
    if (letter === "z" || letter === "Z" || letter === "X") return this.#zone(letter);
    const from = this.#at;
    const value = this.#number(isFollowedByNumber ? start + count : this.#text.length);
    if (value === undefined) return false;
    const isShortYear = letter === "y" && count <= 2 && this.#at - from === 2 && value >= 0;
    this.#set(letter, isShortYear ? value + (value < CENTURY_BEGINS ? 2000 : 1900) : value);
    return true;
  }

  /** A whole number that ends before `end`. */
  #number(end: number): number | undefined {
    if (end > this.#text.length) return undefined;
    const [digits] = /^-?\d{1,18}/.exec(this.#text.slice(this.#at, end)) ?? [];
    this.#at += digits?.length ?? 0;
    return digits === undefined ? undefined : Number(digits);
  }

  /** One of the names, whole or by its first three letters, in any case. */
  #name(letter: string, names: readonly string[]): boolean {
    const rest = this.#text.slice(this.#at).toLowerCase();
    const index = names.findIndex((name) => rest.startsWith(name.slice(0, 3)));
    if (index === -1) return false;
    this.#at += rest.startsWith(names[index]!) ? names[index]!.length : 3;
    this.#set(letter, letter === "M" ? index + 1 : index);
    return true;
  }

  #zone(letter: string): boolean {
    const rest = this.#text.slice(this.#at);
    const [found, sign, hours, minutes = "00"] = (letter === "X" ? ISO_OFFSET : OFFSET).exec(rest) ?? [];
    const [name] = /^[A-Za-z]+/.exec(rest) ?? [];
    const offset =
      found === undefined ? ZONES.get(name?.toUpperCase() ?? "") : Number(`${sign!}1`) * (Number(hours) * 60 + Number(minutes));
    if (offset === undefined) return false;
    this.#at += (found ?? name!).length;
    this.#set("Z", offset);
    return true;
  }

  #set(letter: string, value: number): void {
    this.#fields.set(letter, { value, turn: this.#fields.size });
  }

  #value(letter: string, otherwise: number): number {
    return this.#fields.get(letter)?.value ?? otherwise;
  }

  #time(): number {
    const [year, month] = [this.#value("y", 1970), this.#value("M", 1) - 1];
    const date = new Date(0);
    const day = this.#fields.get("d");
    const dayOfYear = this.#fields.get("D");
    const era = this.#value("G", 1) === 0 ? 1 - year : year;
    if (dayOfYear !== undefined && dayOfYear.turn > (day?.turn ?? -1)) date.setUTCFullYear(era, 0, dayOfYear.value);
    else date.setUTCFullYear(era, month, day?.value ?? 1);
    // A weekday alone is the first of its month.
    if (day === undefined && dayOfYear === undefined && this.#fields.has("E"))
      date.setUTCDate(1 + ((this.#value("E", 0) - date.getUTCDay() + 7) % 7));
    date.setUTCHours(this.#hour(), this.#value("m", 0), this.#value("s", 0), this.#value("S", 0));
    return date.getTime() - this.#value("Z", 0) * 60_000;
  }

  #hour(): number {
    const whole = this.#fields.get("H") ?? this.#fields.get("k");
    const half = this.#fields.get("K") ?? this.#fields.get("h");
    const isHalf = half !== undefined && this.#fields.has("a") && half.turn > (whole?.turn ?? -1);
    if (whole !== undefined && !isHalf) return this.#fields.has("H") ? whole.value : whole.value === 24 ? 0 : whole.value;
    const hour = half === undefined ? 0 : half.value === 12 && this.#fields.has("h") ? 0 : half.value;
    return hour + 12 * this.#value("a", 0);
  }
}

function isNumber(letter: string, count: number): boolean {
  return letter === "M" ? count <= 2 : !"aGEzZX".includes(letter);
}

const LETTERS = "GyMdDEaHkKhmsSzZX";
const MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
/** By minutes before Greenwich. */
const ZONES: ReadonlyMap<string, number> = new Map([
  ["GMT", 0],
  ["UTC", 0],
  ["UT", 0],
  ["Z", 0],
  ["EST", -300],
  ["EDT", -240],
  ["CST", -360],
  ["CDT", -300],
  ["MST", -420],
  ["MDT", -360],
  ["PST", -480],
  ["PDT", -420],
]);
const OFFSET = /^(?:GMT)?([+-])(\d\d):?(\d\d)/i;
const ISO_OFFSET = /^([+-])(\d\d):?(\d\d)?/;
const ISO = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/;
/** Java looks 80 years back from the day it runs; so that a query gives the same on every day, two digits here are of 1946 to 2045. */
const CENTURY_BEGINS = 46;
