/**
 * The time `epochSeconds` in the time zone of this process, in the format of strftime(3) as Ruby has it, with its flags (`%-d`, `%05d`,
 * `%^a`, `%:z`). A directive that does not exist stays as it is written.
 */
export function strftime(format: string, epochSeconds: number): string {
  const time = new Date(epochSeconds * 1000);
  return format.replace(DIRECTIVE, (whole, flags: string, width: string, colons: string, name: string) => {
    const field = fieldOf(name, colons, time, epochSeconds);
    return field === undefined ? whole : fitted(field, flags, width);
  });
}

interface Field {
  readonly text: string;
  readonly width: number;
  readonly padding: "0" | " ";
}

function fieldOf(name: string, colons: string, time: Date, epochSeconds: number): Field | undefined {
  const composed = COMPOSED.get(name);
  if (composed !== undefined) return text(strftime(composed, epochSeconds));
  if (name === "z") return text(offset(time, colons));
  const read = FIELDS[name];
  return colons === "" ? read?.(time, epochSeconds) : undefined;
}

function fitted({ text: value, width, padding }: Field, flags: string, wanted: string): string {
  let shown = value;
  if (flags.includes("^")) shown = shown.toUpperCase();
  // It turns the case of AM and of a time zone, and makes capitals of everything else.
  if (flags.includes("#")) shown = shown === shown.toUpperCase() ? shown.toLowerCase() : shown.toUpperCase();
  if (flags.includes("-")) return shown;
  const pad = flags.includes("_") ? " " : flags.includes("0") ? "0" : padding;
  return shown.padStart(wanted === "" ? width : Math.min(Number(wanted), WIDTH_MAX), pad);
}

function text(value: string): Field {
  return { text: value, width: 0, padding: " " };
}

function number(value: number, width: number, padding: "0" | " " = "0"): Field {
  return { text: String(value), width, padding };
}

/** `+0900`, `+09:00` or `+09:00:00`. */
function offset(time: Date, colons: string): string {
  const minutes = -time.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((part) => String(part).padStart(2, "0"));
  return `${minutes < 0 ? "-" : "+"}${hours}${colons === "" ? "" : ":"}${rest}${colons === "::" ? ":00" : ""}`;
}

function dayOfYear(time: Date): number {
  const start = Date.UTC(time.getFullYear(), 0, 1);
  return (Date.UTC(time.getFullYear(), time.getMonth(), time.getDate()) - start) / DAY_MS + 1;
}

/** Weeks since the first Sunday (`first` 0) or Monday (1) of the year. */
function week(time: Date, first: 0 | 1): number {
  return Math.floor((dayOfYear(time) + 6 - ((time.getDay() - first + 7) % 7)) / 7);
}

/** The week of ISO 8601, and the year it belongs to: that of its Thursday. */
function isoWeek(time: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(Date.UTC(time.getFullYear(), time.getMonth(), time.getDate() + 3 - ((time.getDay() + 6) % 7)));
  const year = thursday.getUTCFullYear();
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1 };
}

function hour12(time: Date): number {
  return time.getHours() % 12 === 0 ? 12 : time.getHours() % 12;
}

const DIRECTIVE = /%([-_0^#]*)(\d*)(:{0,2})([A-Za-z%])/g;
const DAY_MS = 86_400_000;
const WIDTH_MAX = 1024;
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

const COMPOSED: ReadonlyMap<string, string> = new Map([
  ["c", "%a %b %e %H:%M:%S %Y"],
  ["D", "%m/%d/%y"],
  ["F", "%Y-%m-%d"],
  ["R", "%H:%M"],
  ["r", "%I:%M:%S %p"],
  ["T", "%H:%M:%S"],
  ["v", "%e-%^b-%Y"],
  ["X", "%H:%M:%S"],
  ["x", "%m/%d/%y"],
]);

const FIELDS: Readonly<Record<string, (time: Date, epochSeconds: number) => Field>> = {
  Y: (time) => number(time.getFullYear(), 4),
  C: (time) => number(Math.floor(time.getFullYear() / 100), 2),
  y: (time) => number(time.getFullYear() % 100, 2),
  m: (time) => number(time.getMonth() + 1, 2),
  B: (time) => text(MONTHS[time.getMonth()]!),
  b: (time) => text(MONTHS[time.getMonth()]!.slice(0, 3)),
  h: (time) => text(MONTHS[time.getMonth()]!.slice(0, 3)),
  d: (time) => number(time.getDate(), 2),
  e: (time) => number(time.getDate(), 2, " "),
  j: (time) => number(dayOfYear(time), 3),
  H: (time) => number(time.getHours(), 2),
  k: (time) => number(time.getHours(), 2, " "),
  I: (time) => number(hour12(time), 2),
  l: (time) => number(hour12(time), 2, " "),
  P: (time) => text(time.getHours() < 12 ? "am" : "pm"),
  p: (time) => text(time.getHours() < 12 ? "AM" : "PM"),
  M: (time) => number(time.getMinutes(), 2),
  S: (time) => number(time.getSeconds(), 2),
  L: () => text("000"),
  N: () => text("000000000"),
  Z: (time) =>
    text(
      new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts(time).find(({ type }) => type === "timeZoneName")?.value ??
        "",
    ),
  A: (time) => text(DAYS[time.getDay()]!),
  a: (time) => text(DAYS[time.getDay()]!.slice(0, 3)),
  u: (time) => number(time.getDay() === 0 ? 7 : time.getDay(), 1),
  w: (time) => number(time.getDay(), 1),
  s: (_, epochSeconds) => number(epochSeconds, 0),
  G: (time) => number(isoWeek(time).year, 4),
  g: (time) => number(isoWeek(time).year % 100, 2),
  V: (time) => number(isoWeek(time).week, 2),
  U: (time) => number(week(time, 0), 2),
  W: (time) => number(week(time, 1), 2),
  n: () => text("\n"),
  t: () => text("\t"),
  "%": () => text("%"),
};
