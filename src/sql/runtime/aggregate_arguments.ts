import type { Value } from "../../event/index.ts";
import type { Expression } from "../plan/expression.ts";
import type { AggregatePlan } from "../plan/plan.ts";
import type { Tuple } from "../vocabulary.ts";
import type { Evaluate } from "./evaluation.ts";
import type { Scope } from "./interpreter.ts";

/** What an aggregate is told of events: whether it takes them in at all, and its arguments. */
export interface AggregateArguments {
  takes(events: Tuple): boolean;
  values(events: Tuple): Value[];
}

export function argumentsOf(plan: AggregatePlan, evaluation: (expression: Expression) => Evaluate): AggregateArguments {
  const filter = plan.filter && evaluation(plan.filter);
  const values = plan.args.map(evaluation);
  return {
    takes: (events) => filter === undefined || filter(eventScope(events)) === true,
    values: (events) => values.map((value) => value(eventScope(events))),
  };
}

/** A scope of events alone. The instant is theirs: the same when they enter and when they leave. */
export function eventScope(events: Tuple): Scope {
  return { events, aggregates: [], key: [], nowMs: Math.max(...events.map((event) => event?.timeMs ?? 0)) };
}
