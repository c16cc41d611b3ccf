/** Hours of the day in which people are not told. */
export interface QuietHours {
  /** Minutes after midnight. An end before the beginning is on the next day. */
  readonly fromMinute: number;
  readonly toMinute: number;
  /** Days on which they begin, 0 is Sunday. */
  readonly days: readonly number[];
  /** IANA name of the time zone. */
  readonly timeZone: string;
}

/** When the quiet hours that hold at `nowMs` end (epoch ms); undefined when none do. */
export function quietUntilMs(hours: QuietHours, nowMs: number): number | undefined {
  const { day, minute } = localTime(hours.timeZone, nowMs);
  const { fromMinute, toMinute, days } = hours;
  const isOverMidnight = toMinute <= fromMinute;
  const beganToday = minute >= fromMinute && (isOverMidnight || minute < toMinute) && days.includes(day);
  const beganYesterday = isOverMidnight && minute < toMinute && days.includes((day + 6) % 7);
  if (!beganToday && !beganYesterday) return undefined;
  const minutesLeft = beganToday && isOverMidnight ? toMinute + DAY_MINUTES - minute : toMinute - minute;
  const endMs = nowMs - (nowMs % MINUTE_MS) + minutesLeft * MINUTE_MS;
  // Where clocks are put forward or back before the end, the end is an hour off until it is asked again.
  const shift = ((toMinute - localTime(hours.timeZone, endMs).minute + DAY_MINUTES * 1.5) % DAY_MINUTES) - DAY_MINUTES / 2;
  return Math.max(endMs + shift * MINUTE_MS, nowMs + 1);
}

/** Minutes after midnight of `22:00`; undefined when the text is not a time of day. */
export function parseTimeOfDay(text: string): number | undefined {
  const parts = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  return parts === null ? undefined : Number(parts[1]) * 60 + Number(parts[2]);
}

/** True of a name that the machine's time zone data has. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

function localTime(timeZone: string, timeMs: number): { readonly day: number; readonly minute: number } {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(timeMs)
      .map(({ type, value }) => [type, value]),
  );
  return {
    day: DAYS.indexOf(parts.get("weekday") ?? ""),
    minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")),
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", { timeZone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** As `Intl` names them in English, from Sunday. */
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const DAY_MINUTES = 1440;
const MINUTE_MS = 60_000;
