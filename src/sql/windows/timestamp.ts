import type { Value } from "../../event/index.ts";
import type { ExpressionParameter, ViewParameter } from "../plan/parameter.ts";
import { durationMs } from "./parameters.ts";

/** An expression over the event that gives epoch ms; a sentence when it is not one. */
export function timestampIn(parameter: ViewParameter | undefined): ExpressionParameter | string {
  const isOne = parameter?.kind === "expression" && parameter.expression.type === "long";
  return isOne ? parameter : "its timestamp must be a field of epoch milliseconds.";
}

/** The parameters of a window that keeps events for an age by a time that they carry; a sentence when they are not these. */
export function timestampAndAgeIn(
  parameters: readonly ViewParameter[],
): { readonly timestamp: ExpressionParameter; readonly ageMs: number } | string {
  const timestamp = timestampIn(parameters[0]);
  if (typeof timestamp === "string") return timestamp;
  const ageMs = durationMs(parameters[1], "age");
  if (typeof ageMs === "string") return ageMs;
  return parameters.length > 2 ? "it takes a timestamp and an age." : { timestamp, ageMs };
}

/** An event without a timestamp counts as of the beginning of time: it leaves with the next one. */
export function timestampOf(value: Value): number {
  return value === null ? Number.NEGATIVE_INFINITY : Number(value);
}
