import type { Schema } from "../../event/index.ts";
import type { Expression } from "./expression.ts";

/**
 * A MATCH_RECOGNIZE with everything decided. Stream 0 of its expressions is the match: an event whose values are, by variable, the event or
 * the list of events that it took. In the condition of a state stream 1 is the event that is tested.
 */
export interface RowPatternPlan {
  /** Over the event alone, as stream 0. */
  readonly partitionBy: readonly Expression[];
  readonly measures: readonly Expression[];
  /** The measures as fields: what the query around reads. */
  readonly gives: Schema;
  readonly variables: readonly RowVariable[];
  readonly automaton: RowAutomaton;
  readonly allMatches: boolean;
  readonly skip: "past_last_row" | "to_next_row" | "to_current_row";
  readonly interval: { readonly ms: number; readonly orTerminated: boolean } | undefined;
  /** How many events back `prev` goes. */
  readonly previousMax: number;
}

export interface RowVariable {
  readonly name: string;
  /** It can take more than one event, so that it is a list. */
  readonly list: boolean;
}

/** The pattern as states, each of which waits for one event. */
export interface RowAutomaton {
  readonly states: readonly RowState[];
  readonly starts: readonly number[];
}

export interface RowState {
  readonly variable: number;
  /** Undefined: it takes any event. */
  readonly condition: Expression | undefined;
  /** The condition reads what the match took before. */
  readonly readsMatch: boolean;
  /** It stands in a repetition that takes as much as it can. */
  readonly greedy: boolean;
  /** The states that may wait for the event behind; in order of preference. */
  readonly next: readonly number[];
  /** A match may end with it. */
  readonly final: boolean;
}
