import type { FieldType, Schema, Use } from "../../event/index.ts";
import type { Accumulator, CellForm, WindowDefinition, WindowForm } from "../vocabulary.ts";
import type { Expression, Operation } from "./expression.ts";
import type { OutputPlan } from "./output.ts";
import type { ExpressionParameter, ViewParameter } from "./parameter.ts";
import type { PatternPlan } from "./pattern.ts";
import type { Reading } from "./reading.ts";
import type { RowPatternPlan } from "./row_pattern.ts";
import type { Type } from "./type.ts";

/** A query with everything decided: what the runtime is built from. */
export interface Plan {
  readonly name: string;
  /** The statement as written; with the name it identifies saved state. */
  readonly text: string;
  /** FROM, WHERE and GROUP BY as written. */
  readonly source: readonly string[];
  readonly reading: Reading;
  readonly streams: readonly StreamPlan[];
  /** Between the first stream and the second, the second and the third, and so on. */
  readonly joins: readonly JoinPlan[];
  /** The one stream whose events are joined with what the others hold, while those move nothing. */
  readonly unidirectional: number | undefined;
  /** Those within others stand before them. */
  readonly subqueries: readonly SubqueryPlan[];
  readonly where: Expression | undefined;
  readonly keys: readonly Expression[];
  /**
   * With ROLLUP, CUBE or GROUPING SETS: each set as the bits of the keys that are absent in it. A group then has its set as one more value
   * behind its keys. Undefined: one set with all keys.
   */
  readonly groupingSets: readonly number[] | undefined;
  readonly aggregates: readonly AggregatePlan[];
  readonly having: Expression | undefined;
  readonly items: readonly ItemPlan[];
  readonly shape: Shape;
  /** The target that INSERT INTO names, which takes what this query puts out as its events. */
  readonly insertInto: InsertPlan | undefined;
  /** Whether the insert stream, the remove stream or both are put out. */
  readonly output: "istream" | "rstream" | "irstream";
  readonly distinct: boolean;
  readonly orderBy: readonly { readonly expression: Expression; readonly descending: boolean }[];
  readonly limit: number | undefined;
  readonly offset: number;
  /** The OUTPUT clause; undefined: every change is put out at once. */
  readonly limiter: OutputPlan | undefined;
}

/** Whether a query has none of the clauses that only the event-by-event runtime knows. */
export function isPlainSelect(plan: Plan): boolean {
  return (
    plan.limiter === undefined &&
    plan.groupingSets === undefined &&
    plan.streams.length === 1 &&
    plan.subqueries.length === 0 &&
    plan.insertInto === undefined
  );
}

/**
 * How rows come out of events (Esper 5.2 manual, appendix A.2 "output control and aggregation"):
 * - `plain`: a row for each event;
 * - `total`: aggregates only: one row for each change;
 * - `total_with_fields`: aggregates beside fields: a row for each event;
 * - `grouped`: only aggregates and group keys: a row for each group touched;
 * - `grouped_with_fields`: fields beside them that are not group keys: a row for each event.
 */
export type Shape = "plain" | "total" | "total_with_fields" | "grouped" | "grouped_with_fields";

export interface InsertPlan {
  readonly target: string;
  /** Which rows become events. */
  readonly stream: "istream" | "rstream" | "irstream";
  /** What the target has to hold, in the order of the select list. */
  readonly fields: readonly { readonly name: string; readonly type: FieldType }[];
}

export interface StreamPlan {
  readonly target: string;
  readonly alias: string;
  readonly schema: Schema;
  /** Where its events are the matches of a pattern; undefined for those of a target. */
  readonly pattern: PatternPlan | undefined;
  /** All conditions between the parentheses behind the target: events that fail it never enter the window. */
  readonly filter: Expression | undefined;
  /** The windows as written. */
  readonly views: readonly ViewPlan[];
  /** All of them as one: what holds the events of the stream. */
  readonly window: WindowForm | undefined;
  /** A MATCH_RECOGNIZE over what the window gives on; the query then reads its measures. */
  readonly rowPattern: RowPatternPlan | undefined;
  /** How the query looks at what came before an event; undefined where it does not. */
  readonly previous: PreviousPlan | undefined;
  /** The fields read from this stream. */
  readonly demand: ReadonlyMap<string, Use>;
}

export interface PreviousPlan {
  /** How many events back `prior` goes. */
  readonly priorMax: number;
  /**
   * What `prev` counts in: the events in order of arrival, those of the batch that is let go, or the order that the window keeps them in.
   * Undefined where it is not used.
   */
  readonly window: "arrival" | "batch" | "order" | undefined;
  /** What each key counts by itself. */
  readonly keys: readonly Expression[];
}

export interface JoinPlan {
  readonly type: "inner" | "left" | "right" | "full";
  readonly on: Expression | undefined;
}

export interface ViewPlan {
  readonly definition: WindowDefinition;
  readonly form: WindowForm;
  /** The parameters with their constants worked out, in order. */
  readonly parameters: readonly ViewParameter[];
  /** The aggregates in a parameter: of the events that the window holds. */
  readonly aggregates: ReadonlyMap<ExpressionParameter, readonly AggregatePlan[]>;
}

export interface AggregatePlan {
  /** What two aggregates share exactly when they are the same. */
  readonly fingerprint: string;
  readonly args: readonly Expression[];
  /** Only events for which it holds are taken in. */
  readonly filter: Expression | undefined;
  readonly type: Type;
  /** The first of `args` is the event itself: it cannot be worked out without events. */
  readonly takesEvent: boolean;
  /** It never forgets: `leave` takes nothing back, and it outlives every batch of the window. */
  readonly ever: boolean;
  open(): Accumulator;
  /** How it is kept in a few numbers, where it can be. */
  readonly cells: CellForm | undefined;
}

export interface ItemPlan {
  readonly name: string;
  readonly type: Type;
  readonly expression: Expression;
}

/**
 * A SELECT within an expression. Its stream is stream 0; stream 1 holds what it takes from outside: the arguments of the call that stands
 * in its place.
 */
export interface SubqueryPlan {
  /** What stands for it in expressions; a running statement puts one in its place that looks at what the window holds. */
  readonly operation: Operation;
  readonly stream: StreamPlan;
  readonly where: Expression | undefined;
  readonly keys: readonly Expression[];
  readonly aggregates: readonly AggregatePlan[];
  readonly form: SubqueryForm;
  /** Whether it depends on the row that it is asked for. */
  readonly correlated: boolean;
}

export type SubqueryForm =
  /** The value of the one row; null when there is none or more than one. */
  | { readonly kind: "value"; readonly item: Expression }
  | { readonly kind: "exists" }
  /** The one row as an event with the columns as its fields; when there is none or more than one, null or (`always`) an event of nulls. */
  | { readonly kind: "row"; readonly items: readonly Expression[]; readonly always: boolean }
  /** All rows as a list, null when there are none: `rows` as events with the columns as their fields, or the values of the one column. */
  | { readonly kind: "list"; readonly items: readonly Expression[]; readonly rows: boolean }
  /** Whether a condition holds for one row (`in`, `any`) or for all. */
  | { readonly kind: "any" | "all"; readonly test: Expression };
