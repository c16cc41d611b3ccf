import { plusPeriod } from "../plan/period.ts";

/**
 * Calendar arithmetic as Esper's date-time methods do it: java.util.Calendar, lenient, in UTC, with weeks that begin on Sunday and a first
 * week that holds 1 January. Instants are epoch ms.
 */
export type CalendarField = "msec" | "sec" | "min" | "hour" | "day" | "week" | "month" | "year";

/** The field that a word names; undefined for none. */
export function calendarField(word: string): CalendarField | undefined {
  return WORDS.get(word.toLowerCase());
}

export function fieldOf(instantMs: number, field: CalendarField): number {
  const date = new Date(instantMs);
  switch (field) {
    case "msec":
      return date.getUTCMilliseconds();
    case "sec":
      return date.getUTCSeconds();
    case "min":
      return date.getUTCMinutes();
    case "hour":
      return date.getUTCHours();
    case "day":
      return date.getUTCDate();
    case "week":
      return weekOfYear(instantMs);
    case "month":
      return date.getUTCMonth();
    case "year":
      return date.getUTCFullYear();
  }
}

/** Sunday is 1. */
export function dayOfWeek(instantMs: number): number {
  return new Date(instantMs).getUTCDay() + 1;
}

export function dayOfYear(instantMs: number): number {
  return Math.floor((instantMs - Date.UTC(new Date(instantMs).getUTCFullYear(), 0)) / DAY_MS) + 1;
}

/** Sets one field; a value beyond its range runs over into the next, as 31 February into March. */
export function withField(instantMs: number, field: CalendarField, value: number): number {
  const date = new Date(instantMs);
  switch (field) {
    case "msec":
      return date.setUTCMilliseconds(value);
    case "sec":
      return date.setUTCSeconds(value);
    case "min":
      return date.setUTCMinutes(value);
    case "hour":
      return date.setUTCHours(value);
    case "day":
      return date.setUTCDate(value);
    case "week":
      return instantMs + (value - weekOfYear(instantMs)) * 7 * DAY_MS;
    case "month":
      return date.setUTCMonth(value);
    case "year":
      return date.setUTCFullYear(value);
  }
}

export function withDate(instantMs: number, year: number, month: number, day: number): number {
  return new Date(instantMs).setUTCFullYear(year, month, day);
}

export function withTime(instantMs: number, hour: number, minute: number, second: number, ms: number): number {
  return new Date(instantMs).setUTCHours(hour, minute, second, ms);
}

/** The least or greatest value that a field can have where it stands: the last day of this month. */
export function extremeOf(instantMs: number, field: CalendarField, greatest: boolean): number {
  const date = new Date(instantMs);
  switch (field) {
    case "msec":
      return greatest ? 999 : 0;
    case "sec":
    case "min":
      return greatest ? 59 : 0;
    case "hour":
      return greatest ? 23 : 0;
    case "day":
      return greatest ? new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate() : 1;
    case "week":
      return greatest ? weekOfYear(Date.UTC(date.getUTCFullYear(), 11, 24)) : 1;
    case "month":
      return greatest ? 11 : 0;
    case "year":
      return greatest ? YEAR_MAX : 1;
  }
}

export function truncated(instantMs: number, field: RoundedField): number {
  let result = instantMs;
  for (const below of ROUNDED.slice(0, ROUNDED.indexOf(field))) result = withField(result, below, extremeOf(result, below, false));
  return result;
}

/** To the next beginning, also from an instant that is one itself: so Esper does. */
export function roundedUp(instantMs: number, field: RoundedField): number {
  return field === "msec" ? instantMs : plusOne(truncated(instantMs, field), field);
}

/** Up from the half of the next smaller field's range: after 30 minutes, after 12 hours, after the 16th. */
export function roundedHalf(instantMs: number, field: RoundedField): number {
  if (field === "msec") return instantMs;
  let result = withoutSmallParts(instantMs, field);
  let up = false;
  for (const below of ROUNDED.slice(0, ROUNDED.indexOf(field))) {
    const least = extremeOf(result, below, false);
    const offset = fieldOf(result, below) - least;
    up = offset > Math.trunc((extremeOf(result, below, true) - least) / 2);
    result = withField(result, below, least);
  }
  return up ? plusOne(result, field) : result;
}

/** A week cannot be rounded to. */
export type RoundedField = Exclude<CalendarField, "week">;

/** Parts below one half go first, so that they do not count towards the half of a larger one. */
function withoutSmallParts(instantMs: number, field: RoundedField): number {
  let result = instantMs;
  const [ms, seconds, minutes] = [fieldOf(result, "msec"), fieldOf(result, "sec"), fieldOf(result, "min")];
  if (ms < 500) result -= ms;
  if (field === "sec") return result;
  if (seconds < 30) result -= seconds * 1000;
  if (field === "min") return result;
  return minutes < 30 ? result - minutes * 60_000 : result;
}

function plusOne(instantMs: number, field: RoundedField): number {
  if (field === "month") return plusPeriod(instantMs, { months: 1, ms: 0 });
  if (field === "year") return plusPeriod(instantMs, { months: 12, ms: 0 });
  return withField(instantMs, field, fieldOf(instantMs, field) + 1);
}

function weekOfYear(instantMs: number): number {
  const year = new Date(instantMs).getUTCFullYear();
  const nextStart = weekStart(Date.UTC(year + 1, 0));
  if (instantMs >= nextStart) return 1;
  return Math.floor((instantMs - weekStart(Date.UTC(year, 0))) / (7 * DAY_MS)) + 1;
}

/** The Sunday at or before the beginning of a day. */
function weekStart(dayMs: number): number {
  return dayMs - new Date(dayMs).getUTCDay() * DAY_MS;
}

const DAY_MS = 86_400_000;
const YEAR_MAX = 292_278_994;

/** From the smallest: rounding to one clears those before it. */
const ROUNDED: readonly RoundedField[] = ["msec", "sec", "min", "hour", "day", "month", "year"];

const WORDS: ReadonlyMap<string, CalendarField> = new Map(
  (
    [
      ["msec", ["msec", "millisecond", "milliseconds"]],
      ["sec", ["sec", "second", "seconds"]],
      ["min", ["min", "minute", "minutes"]],
      ["hour", ["hour", "hours"]],
      ["day", ["day", "days"]],
      ["week", ["week", "weeks"]],
      ["month", ["month", "months"]],
      ["year", ["year", "years"]],
    ] as const
  ).flatMap(([field, words]) => words.map((word) => [word, field] as const)),
);
