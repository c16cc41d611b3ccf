import type { ViewParameter } from "../plan/parameter.ts";

/** A duration above 0 in ms; a number without a unit is seconds. A sentence when it is neither. */
export function durationMs(parameter: ViewParameter | undefined, name: string): number | string {
  const ms =
    parameter?.kind === "duration" ? parameter.value : parameter?.kind === "number" ? Math.round(parameter.value * 1000) : undefined;
  if (ms === undefined) return `its ${name} must be a duration, as 1 min or 30 sec.`;
  return ms > 0 ? ms : `its ${name} must be above 0.`;
}

/** A count of events, 1 or more. A sentence when it is not. */
export function countOf(parameter: ViewParameter | undefined, name: string): number | string {
  if (parameter?.kind !== "number" || !Number.isInteger(parameter.value)) return `its ${name} must be a whole number.`;
  return parameter.value >= 1 ? parameter.value : `its ${name} must be 1 or more.`;
}

/** The words of an option string such as 'FORCE_UPDATE, START_EAGER'; a sentence when one is not known. */
export function optionsOf(text: string, known: readonly string[]): ReadonlySet<string> | string {
  const words = text.split(",").map((word) => word.trim().toUpperCase());
  const unknown = words.find((word) => !known.includes(word));
  return unknown === undefined ? new Set(words) : `there is no option '${unknown}'. Options: ${known.join(", ")}.`;
}
