import { type Period, periodOf } from "../plan/period.ts";
import type { ExpressionParameter, ViewParameter } from "../plan/parameter.ts";

/** A duration above 0; a number without a unit is seconds. A sentence when it is neither. */
export function durationOf(parameter: ViewParameter | undefined, name: string): Period | string {
  const period =
    parameter?.kind === "duration"
      ? parameter.value
      : parameter?.kind === "number"
        ? periodOf(Math.round(parameter.value * 1000))
        : undefined;
  if (period === undefined) return `its ${name} must be a duration, as 1 min or 30 sec.`;
  return period.ms > 0 || period.months > 0 ? period : `its ${name} must be above 0.`;
}

/** A duration of fixed length, in ms: for windows by a time that events carry. A sentence when it is not. */
export function durationMs(parameter: ViewParameter | undefined, name: string): number | string {
  const period = durationOf(parameter, name);
  if (typeof period === "string") return period;
  return period.months === 0 ? period.ms : `its ${name} must have a fixed length; say how many days.`;
}

/** A count of events, 1 or more. A sentence when it is not; as in Esper, 5L and 5.0 are none. */
export function countOf(parameter: ViewParameter | undefined, name: string): number | string {
  if (parameter?.kind !== "number" || parameter.type !== "integer") return `its ${name} must be a whole number, as 5.`;
  return parameter.value >= 1 ? parameter.value : `its ${name} must be 1 or more.`;
}

/** The words of an option string such as 'FORCE_UPDATE, START_EAGER'; a sentence when one is not known. */
export function optionsOf(text: string, known: readonly string[]): ReadonlySet<string> | string {
  const words = text
    .split(",")
    .map((word) => word.trim().toUpperCase())
    .filter((word) => word !== "");
  const unknown = words.find((word) => !known.includes(word));
  return unknown === undefined ? new Set(words) : `there is no option '${unknown}'. Options: ${known.join(", ")}.`;
}

/** One or more expressions over the event; a sentence when there are none or one of them is a constant. */
export function expressionsOf(parameters: readonly ViewParameter[], name: string): readonly ExpressionParameter[] | string {
  const expressions = parameters
    .filter((parameter) => parameter.kind === "expression")
    .filter(({ expression }) => expression.op !== "constant");
  const wrong = expressions.length === 0 || expressions.length < parameters.length;
  return wrong ? `it takes ${name}: one or more expressions over the event.` : expressions;
}
