import type { TimeZone } from "./time_zone.ts";
import { timeZoneOf } from "./time_zone.ts";

/** Epoch ms of a time as text, or NaN. `nowMs` tells the year of a time that lacks it: the latest that is not in the future. */
export type ReadTime = (text: string, nowMs: number) => number;

/** What is wrong with a pattern, or undefined when it can be read. */
export function isReadable(pattern: string): string | undefined {
  const parts = partsOf(pattern);
  if (typeof parts === "string") return parts;
  const has = (...letters: string[]): boolean => parts.some(({ letter }) => letters.includes(letter));
  if (!has("s", "Q") && !(has("d", "e", "j") && has("H", "I", "k", "l"))) return "a pattern with a day and an hour, or with %s, was wanted";
  return undefined;
}

/**
 * A reader of times by a pattern of strptime, for a pattern that `isReadable` has passed. The whole text must fit.
 *
 *     %Y %y %m %d %e %j %b %B %h %H %k %I %l %M %S %p    parts of a date and a time; English names, in any case
 *     %L %N %3N %6N %9N %f                               a fraction of a second
 *     %z %Z                                              +0900, +09:00, Z, UTC, GMT
 *     %s %Q                                              epoch seconds, epoch milliseconds
 *     %a %A                                              a weekday, which is passed over
 *     %T %F %D %R %c                                     several of these; %n, %t and blanks are any blanks; %% is %
 */
export function compileStrptime(pattern: string, zone: TimeZone): ReadTime {
  const parts = partsOf(pattern);
  if (typeof parts === "string") throw new TypeError(parts);
  const expression = new RegExp(`^${parts.map(({ source }) => source).join("")}$`, "i");
  const letters = parts.map(({ letter }) => letter).filter((letter) => letter !== "");
  const hasYear = letters.some((letter) => "YysQ".includes(letter));
  return (text, nowMs) => {
    const groups = expression.exec(text);
    if (groups === null) return Number.NaN;
    const fields = new Map(letters.map((letter, at) => [letter, groups[at + 1]!]));
    if (hasYear) return timeOf(fields, 0, zone);
    // A day is room for a clock that is ahead and for zones that are not as was thought.
    const year = new Date(nowMs + DAY_MS).getUTCFullYear();
    const ms = timeOf(fields, year, zone);
    return ms <= nowMs + DAY_MS ? ms : timeOf(fields, year - 1, zone);
  };
}

type Fields = ReadonlyMap<string, string>;

function timeOf(fields: Fields, yearNow: number, zone: TimeZone): number {
  const number = (letter: string): number | undefined => (fields.has(letter) ? Number(fields.get(letter)) : undefined);
  const fractionMs = Math.floor(Number(`0.${fields.get("N") ?? "0"}`) * 1000 + 0.0005);
  const seconds = number("s");
  if (seconds !== undefined) return seconds * 1000 + fractionMs;
  const epochMs = number("Q");
  if (epochMs !== undefined) return epochMs;

  const short = number("y");
  // As POSIX has it: 69 to 99 are of the last century.
  const year = number("Y") ?? (short === undefined ? yearNow : short + (short < 69 ? 2000 : 1900));
  const dayOfYear = number("j");
  const month = dayOfYear === undefined ? (monthOf(fields.get("b")) ?? number("m") ?? 1) : 1;
  const day = dayOfYear ?? number("d") ?? 1;
  const hour = hourOf(number("H"), number("I"), fields.get("p"));
  const [minute, second] = [number("M") ?? 0, number("S") ?? 0];
  if (hour === undefined || minute > 59 || second > 60 || month < 1 || month > 12 || day < 1) return Number.NaN;
  const midnightMs = Date.UTC(year, month - 1, day);
  if (dayOfYear === undefined ? new Date(midnightMs).getUTCDate() !== day : new Date(midnightMs).getUTCFullYear() !== year)
    return Number.NaN;
  const wallMs = midnightMs + ((hour * 60 + minute) * 60 + Math.min(second, 59)) * 1000 + fractionMs;
  const own = fields.get("z");
  return (own === undefined ? zone : zoneOf(own))?.utcMs(wallMs) ?? Number.NaN;
}

function monthOf(name: string | undefined): number | undefined {
  return name === undefined ? undefined : MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

function hourOf(hour: number | undefined, half: number | undefined, meridian: string | undefined): number | undefined {
  if (hour !== undefined) return hour <= 23 ? hour : undefined;
  if (half === undefined) return 0;
  if (half < 1 || half > 12) return undefined;
  return (half % 12) + (meridian?.toLowerCase() === "pm" ? 12 : 0);
}

function zoneOf(text: string): TimeZone | undefined {
  return timeZoneOf(/^[a-z]/i.test(text) ? "UTC" : text.replace(/^([+-]\d\d)$/, "$1:00"));
}

interface Part {
  /** What its group holds; empty where it has none. */
  readonly letter: string;
  /** A part of a regular expression, with one group or none; none can be read in two ways, so reading takes linear time. */
  readonly source: string;
}

/** The parts of a pattern, or what is wrong with it. */
function partsOf(pattern: string): Part[] | string {
  if (pattern.length > PATTERN_LENGTH_MAX) return `at most ${PATTERN_LENGTH_MAX} characters were wanted`;
  const parts: Part[] = [];
  const whole = pattern.replaceAll(/%([TFDRcn])/g, (directive, letter: string) => SHORTHANDS.get(letter) ?? directive);
  for (const [token] of whole.matchAll(/%[369]?[A-Za-z%]|%|\s+|[^%\s]+/g)) {
    if (!token.startsWith("%")) {
      parts.push({ letter: "", source: /^\s/.test(token) ? "\\s+" : token.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&") });
      continue;
    }
    const part = DIRECTIVES.get(token.replace(/^%[369]N$/, "%N"));
    if (part === undefined) return `${token} is not known; known are ${[...DIRECTIVES.keys()].join(" ")} %T %F %D %R %c`;
    if (part.letter !== "" && parts.some(({ letter }) => letter === part.letter))
      return `${token} stands twice, or beside another for the same`;
    parts.push(part);
  }
  return parts;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAY_MS = 86_400_000;
const PATTERN_LENGTH_MAX = 200;
const MONTH =
  "(january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)";
const WEEKDAY = "(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun)";
const TWO = " ?(\\d\\d?)";

const SHORTHANDS: ReadonlyMap<string, string> = new Map([
  ["T", "%H:%M:%S"],
  ["F", "%Y-%m-%d"],
  ["D", "%m/%d/%y"],
  ["R", "%H:%M"],
  ["c", "%a %b %e %H:%M:%S %Y"],
  ["n", " "],
]);

const DIRECTIVES: ReadonlyMap<string, Part> = new Map([
  ["%Y", { letter: "Y", source: "(\\d{4})" }],
  ["%y", { letter: "y", source: "(\\d\\d)" }],
  ["%m", { letter: "m", source: TWO }],
  ["%d", { letter: "d", source: TWO }],
  ["%e", { letter: "d", source: TWO }],
  ["%j", { letter: "j", source: "(\\d{3})" }],
  ["%b", { letter: "b", source: MONTH }],
  ["%B", { letter: "b", source: MONTH }],
  ["%h", { letter: "b", source: MONTH }],
  ["%H", { letter: "H", source: TWO }],
  ["%k", { letter: "H", source: TWO }],
  ["%I", { letter: "I", source: TWO }],
  ["%l", { letter: "I", source: TWO }],
  ["%M", { letter: "M", source: "(\\d\\d)" }],
  ["%S", { letter: "S", source: "(\\d\\d)" }],
  ["%p", { letter: "p", source: "(am|pm)" }],
  ["%L", { letter: "N", source: "(\\d{1,9})" }],
  ["%N", { letter: "N", source: "(\\d{1,9})" }],
  ["%f", { letter: "N", source: "(\\d{1,9})" }],
  ["%z", { letter: "z", source: "(z|utc|gmt|[+-]\\d\\d(?::?\\d\\d)?)" }],
  ["%Z", { letter: "z", source: "(z|utc|gmt|[+-]\\d\\d(?::?\\d\\d)?)" }],
  ["%s", { letter: "s", source: "(\\d{1,12})" }],
  ["%Q", { letter: "Q", source: "(\\d{1,15})" }],
  ["%a", { letter: "", source: WEEKDAY }],
  ["%A", { letter: "", source: WEEKDAY }],
  ["%t", { letter: "", source: "\\s+" }],
  ["%%", { letter: "", source: "%" }],
]);
