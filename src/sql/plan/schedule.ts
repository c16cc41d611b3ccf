/** Which values of one field of a schedule are meant; undefined: all of them. */
export type ScheduleField = ReadonlySet<number> | undefined;

export interface ScheduleFields {
  readonly minutes: ScheduleField;
  readonly hours: ScheduleField;
  /** Days of the month from 1; 32 is the last one. */
  readonly days: ScheduleField;
  readonly months: ScheduleField;
  /** Days of the week from Sunday, 0; 10 + n is the last of its kind in the month. */
  readonly weekdays: ScheduleField;
  /** Undefined here is second 0 only. */
  readonly seconds: ScheduleField;
}

/** Instants by the fields of a clock and a calendar (UTC), as in cron. */
export class Schedule {
  readonly #fields: ScheduleFields;

  constructor(fields: ScheduleFields) {
    this.#fields = fields;
  }

  /**
   * The first instant after `timeMs` whose second is meant, as far into that second as `timeMs` is into its own (so has Esper it); undefined when
   * none comes in the next `YEARS_MAX` years, as for the 30th of February.
   */
  next(timeMs: number): number | undefined {
    const at = new Date((Math.floor(timeMs / 1000) + 1) * 1000);
    const endMs = timeMs + YEARS_MAX * 366 * DAY_MS;
    const { months, hours, minutes, seconds } = this.#fields;
    while (at.getTime() <= endMs) {
      // Each step goes to the beginning of the next month, day, hour, minute or second, so that nothing in between is looked at.
      if (!meant(months, at.getUTCMonth() + 1)) at.setTime(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
      else if (!this.#meansDay(at)) at.setTime((Math.floor(at.getTime() / DAY_MS) + 1) * DAY_MS);
      else if (!meant(hours, at.getUTCHours())) at.setTime((Math.floor(at.getTime() / HOUR_MS) + 1) * HOUR_MS);
      else if (!meant(minutes, at.getUTCMinutes())) at.setTime((Math.floor(at.getTime() / MINUTE_MS) + 1) * MINUTE_MS);
      else if (!meant(seconds ?? SECOND_ZERO, at.getUTCSeconds())) at.setTime(at.getTime() + 1000);
      else return at.getTime() + (timeMs - Math.floor(timeMs / 1000) * 1000);
    }
    return undefined;
  }

  /** A day that either the day of the month or the day of the week means, where both are given. */
  #meansDay(at: Date): boolean {
    const { days, weekdays } = this.#fields;
    const day = at.getUTCDate();
    const daysOfMonth = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
    const byDay = days === undefined || days.has(day) || (days.has(LAST_DAY) && day === daysOfMonth);
    const weekday = at.getUTCDay();
    const byWeekday = weekdays === undefined || weekdays.has(weekday) || (weekdays.has(LAST_WEEKDAY + weekday) && day + 7 > daysOfMonth);
    return days !== undefined && weekdays !== undefined ? byDay || byWeekday : byDay && byWeekday;
  }
}

export const LAST_DAY = 32;
export const LAST_WEEKDAY = 10;

function meant(field: ScheduleField, value: number): boolean {
  return field === undefined || field.has(value);
}

const SECOND_ZERO: ReadonlySet<number> = new Set([0]);
/** Long enough for a 29th of February on any day of the week. */
const YEARS_MAX = 41;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
