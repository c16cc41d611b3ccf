import type { Expression } from "./expression.ts";
import type { Period } from "./period.ts";
import type { Schedule } from "./schedule.ts";

/** The OUTPUT clause: which of the rows are put out, and when. */
export interface OutputPlan {
  /** `default` puts out every row, held back until the next output. */
  readonly select: "default" | "all" | "first" | "last" | "snapshot";
  /** Nothing is put out before. */
  readonly after: { readonly events: number } | { readonly period: Period } | undefined;
  /** When it is put out; undefined: at once. */
  readonly trigger: OutputTrigger | undefined;
}

export type OutputTrigger =
  | { readonly by: "events"; readonly count: number }
  | { readonly by: "time"; readonly period: Period }
  | { readonly by: "schedule"; readonly schedule: Schedule }
  /** Its stream 0 holds what `OUTPUT_STATE` names. */
  | { readonly by: "condition"; readonly condition: Expression };
