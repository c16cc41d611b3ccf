/**
 * Values that are not finite cannot be taken out of a sum again: infinity less infinity is no number. So how many of them are in a sum is counted
 * apart, in one number: those of infinity by ones, those of its negative by `NEGATIVE`, and NaN as one of each, for that is what they add up
 * to. There may be 2^26 of each.
 */
export function nonFinite(value: number): number {
  if (value === Number.POSITIVE_INFINITY) return 1;
  return value === Number.NEGATIVE_INFINITY ? NEGATIVE : 1 + NEGATIVE;
}

/** A sum of finite values with those in it that are not, as `nonFinite` counts them. */
export function sumWith(sum: number, counted: number): number {
  if (counted === 0) return sum;
  if (counted < NEGATIVE) return Number.POSITIVE_INFINITY;
  return counted % NEGATIVE === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
}

const NEGATIVE = 2 ** 26;
