import type { Schema } from "../../event/index.ts";
import type { Expression } from "./expression.ts";
import type { FilterPath } from "./filter_key.ts";
import type { Schedule } from "./schedule.ts";

/** A pattern with everything decided. A match is an event whose values are the events of the tags, in order of the tags. */
export interface PatternPlan {
  readonly root: PatternNodePlan;
  readonly tags: readonly PatternTag[];
  /** The targets that its filters listen to. */
  readonly targets: ReadonlyMap<string, Schema>;
  /** Of matches of one instant that share an event only the first counts. */
  readonly suppressOverlapping: boolean;
  /** A match takes its events from all matches that are not complete. */
  readonly discardPartials: boolean;
}

export interface PatternTag {
  readonly name: string;
  readonly schema: Schema;
  /** It stands within a repetition, so that it is a list of events. */
  readonly list: boolean;
}

/**
 * The nodes of a pattern. In the conditions of filters stream 0 is the event that is looked at and stream 1 the match so far; in other
 * expressions the match is stream 0.
 */
export type PatternNodePlan =
  | {
      readonly kind: "filter";
      readonly target: string;
      readonly tag: number | undefined;
      readonly condition: Expression | undefined;
      /** What it can be found by. */
      readonly paths: readonly FilterPath[];
      /** Of filters that take the same event, those of the highest level get it; 0 for those that do not consume. */
      readonly level: number;
    }
  | {
      readonly kind: "every";
      readonly child: PatternNodePlan;
      readonly distinct: readonly Expression[];
      readonly expiryMs: number | undefined;
    }
  | {
      readonly kind: "followed_by";
      readonly children: readonly PatternNodePlan[];
      /** How many may wait for each child at once, by index of the child. */
      readonly waiting_max: readonly (number | undefined)[];
    }
  | { readonly kind: "and" | "or"; readonly children: readonly PatternNodePlan[] }
  | { readonly kind: "not"; readonly child: PatternNodePlan }
  | {
      readonly kind: "until";
      readonly child: PatternNodePlan;
      readonly until: PatternNodePlan | undefined;
      /** How often at least and at most: over the match so far. */
      readonly low: Expression | undefined;
      readonly high: Expression | undefined;
      /** The tags within `child`, which are gathered in lists. */
      readonly tags: readonly number[];
    }
  | { readonly kind: "within"; readonly child: PatternNodePlan; readonly duration: Duration; readonly matches_max: Expression | undefined }
  | { readonly kind: "while"; readonly child: PatternNodePlan; readonly condition: Expression }
  | { readonly kind: "interval"; readonly duration: Duration }
  | { readonly kind: "at"; readonly schedule: Schedule };

/** A length of time whose parts are added up: so many times so many calendar months and milliseconds, over the match so far. */
export type Duration = readonly { readonly amount: Expression; readonly months: number; readonly ms: number }[];
