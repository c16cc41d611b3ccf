import type { ExpressionNode, PeriodUnit, SourceText } from "../syntax/index.ts";

/** Milliseconds of a period such as `1 min 30 sec`. Months and years have no fixed length and are refused. */
export function periodMs(node: Extract<ExpressionNode, { kind: "period" }>, source: SourceText): number {
  let totalMs = 0;
  for (const { amount, unit } of node.parts) {
    const unitMs = UNITS_MS[unit];
    if (unitMs === undefined) throw source.error("HOTAKA_SQL_UNSUPPORTED", node.at, `a ${unit} has no fixed length; say how many days.`);
    if (amount.kind !== "literal" || typeof amount.value !== "number") {
      throw source.error("HOTAKA_SQL_INVALID", amount.at, `a period is made of numbers, as 1 min 30 sec.`);
    }
    totalMs += amount.value * unitMs;
  }
  return Math.round(totalMs);
}

const UNITS_MS: Readonly<Partial<Record<PeriodUnit, number>>> = {
  week: 604_800_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
};
