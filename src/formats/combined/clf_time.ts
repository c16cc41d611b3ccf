/**
 * Epoch milliseconds of the 26 bytes of a time as Apache and nginx write it, or NaN.
 *
 *     time  = day "/" month "/" year ":" hour ":" minute ":" second SP zone
 *     day   = 2DIGIT, one that the month has     month = "Jan" ... "Dec"     year = 4DIGIT, 1970 or later
 *     zone  = ("+" / "-") 2DIGIT 2DIGIT, at most 14 hours
 *
 * A leap second (60) reads as the second before it: Unix time has no other place for it.
 */
export function clfTimeMs(bytes: Uint8Array, at: number): number {
  if (bytes[at + 2] !== SLASH || bytes[at + 6] !== SLASH || bytes[at + 11] !== COLON) return Number.NaN;
  if (bytes[at + 14] !== COLON || bytes[at + 17] !== COLON || bytes[at + 20] !== SPACE) return Number.NaN;
  const day = twoDigits(bytes, at);
  const month = MONTHS.indexOf(String.fromCharCode(bytes[at + 3]!, bytes[at + 4]!, bytes[at + 5]!));
  const year = twoDigits(bytes, at + 7) * 100 + twoDigits(bytes, at + 9);
  const hour = twoDigits(bytes, at + HOUR);
  const minute = twoDigits(bytes, at + MINUTE);
  const second = twoDigits(bytes, at + SECOND);
  const zoneMinutes = zone(bytes, at + 21);
  if (month < 0 || !(year >= 1970) || !(hour <= 23) || !(minute <= 59) || !(second <= 60) || Number.isNaN(zoneMinutes)) return Number.NaN;
  const midnightMs = Date.UTC(year, month, day);
  if (!(day >= 1) || new Date(midnightMs).getUTCDate() !== day) return Number.NaN;
  return midnightMs - zoneMinutes * 60_000 + clfSecondOfDay(bytes, at) * 1000;
}

/** How many seconds a time that was found good is behind the midnight of its day. */
export function clfSecondOfDay(bytes: Uint8Array, at: number): number {
  return (twoDigits(bytes, at + HOUR) * 60 + twoDigits(bytes, at + MINUTE)) * 60 + Math.min(twoDigits(bytes, at + SECOND), 59);
}

export const CLF_TIME_BYTES = 26;

/** Minutes east of Greenwich. */
function zone(bytes: Uint8Array, at: number): number {
  const sign = bytes[at] === PLUS ? 1 : bytes[at] === MINUS ? -1 : Number.NaN;
  const hours = twoDigits(bytes, at + 1);
  const minutes = twoDigits(bytes, at + 3);
  const total = hours * 60 + minutes;
  return minutes <= 59 && total <= ZONE_MINUTES_MAX ? sign * total : Number.NaN;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

const HOUR = 12;
const MINUTE = 15;
const SECOND = 18;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const ZONE_MINUTES_MAX = 14 * 60;
const SPACE = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;
const SLASH = 0x2f;
const ZERO = 0x30;
const COLON = 0x3a;
