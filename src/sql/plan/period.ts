/** A length of time: so many milliseconds, or so many calendar months (UTC) and then milliseconds. */
export interface Period {
  readonly months: number;
  readonly ms: number;
}

export function periodOf(ms: number): Period {
  return { months: 0, ms };
}

/** The instant that lies `count` periods after `timeMs`; before it where `count` is negative. The 31st of a shorter month is its last day. */
export function plusPeriod(timeMs: number, { months, ms }: Period, count = 1): number {
  return plusMonths(timeMs, months * count) + ms * count;
}

/** The next wall of the grid of `period` through `referenceMs` that lies after `nowMs`. */
export function nextWall(nowMs: number, period: Period, referenceMs: number): number {
  if (period.months === 0) return referenceMs + (Math.floor((nowMs - referenceMs) / period.ms) + 1) * period.ms;
  // A month has 28 days at least and 31 at most: the guess is never too late, and some steps too early.
  const monthMs = nowMs < referenceMs ? MONTH_MS_MIN : MONTH_MS_MAX;
  let count = Math.floor((nowMs - referenceMs) / (period.months * monthMs + period.ms)) - 1;
  while (plusPeriod(referenceMs, period, count) <= nowMs) count++;
  return plusPeriod(referenceMs, period, count);
}

function plusMonths(timeMs: number, months: number): number {
  if (months === 0) return timeMs;
  const date = new Date(timeMs);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const days = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, days));
  return date.getTime();
}

const MONTH_MS_MIN = 28 * 86_400_000;
const MONTH_MS_MAX = 31 * 86_400_000;
