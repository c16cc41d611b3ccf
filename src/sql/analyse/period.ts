import type { Period } from "../plan/period.ts";
import type { ExpressionNode, PeriodUnit, SourceText } from "../syntax/index.ts";

type PeriodNode = Extract<ExpressionNode, { kind: "period" }>;

/** A period such as `1 min 30 sec` or `1 month`. */
export function periodOfNode(node: PeriodNode, source: SourceText): Period {
  let [months, ms] = [0, 0];
  let smaller = 0;
  for (const { amount, unit } of node.parts) {
    const size = UNITS.indexOf(unit);
    if (size < smaller)
      throw source.error("HOTAKA_SQL_INVALID", amount.at, "a period names its larger unit first, and each unit once, as 1 min 30 sec.");
    smaller = size + 1;
    if (amount.kind !== "literal" || typeof amount.value !== "number") {
      throw source.error("HOTAKA_SQL_INVALID", amount.at, "a period is made of numbers, as 1 min 30 sec.");
    }
    const calendar = UNITS_MONTHS[unit];
    if (calendar === undefined) ms += amount.value * UNITS_MS[unit]!;
    else if (Number.isInteger(amount.value)) months += amount.value * calendar;
    else throw source.error("HOTAKA_SQL_INVALID", amount.at, `a period has a whole number of ${unit}s.`);
  }
  return { months, ms: Math.round(ms) };
}

/** As `periodOfNode`, in milliseconds, where months and years, which have no fixed length, cannot be. */
export function periodMs(node: PeriodNode, source: SourceText): number {
  const { months, ms } = periodOfNode(node, source);
  if (months > 0) throw source.error("HOTAKA_SQL_UNSUPPORTED", node.at, "months and years have no fixed length; say how many days.");
  return ms;
}

/** How long one of a unit is: a year or a month in calendar months, any other in milliseconds. */
export function lengthOfUnit(unit: PeriodUnit): Period {
  return { months: UNITS_MONTHS[unit] ?? 0, ms: UNITS_MS[unit] ?? 0 };
}

/** The larger before the smaller. */
const UNITS: readonly PeriodUnit[] = ["year", "month", "week", "day", "hour", "minute", "second", "millisecond"];

const UNITS_MONTHS: Readonly<Partial<Record<PeriodUnit, number>>> = { year: 12, month: 1 };

const UNITS_MS: Readonly<Partial<Record<PeriodUnit, number>>> = {
  week: 604_800_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
};
