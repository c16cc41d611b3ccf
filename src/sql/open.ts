import { BUILT_IN_FUNCTIONS } from "./analyse/built_in_function.ts";
import { pairJoinOf } from "./plan/pair_join.ts";
import { openOnColumns, planOf, type StatementOptions } from "./plan_of.ts";
import { generated } from "./generate/evaluation.ts";
import { interpreted } from "./runtime/evaluation.ts";
import { EventStatement } from "./runtime/event_statement.ts";
import { PairJoinStatement } from "./runtime/pair_join_statement.ts";
import { aggregates, functions } from "./standard.ts";
import { DEFAULT_BUDGET, type Statement } from "./statement.ts";

/** Starts a query. Throws HOTAKA_SQL_* with line and column when it cannot be one. */
export function openStatement(options: StatementOptions): Statement {
  const plan = planOf(options);
  const { startMs, sink, budget = DEFAULT_BUDGET, engine = "generated" } = options;
  if (engine === "interpreted") return new EventStatement({ plan, startMs, budget, sink, evaluation: interpreted });
  const onColumns = openOnColumns(plan, options);
  if (onColumns !== undefined) return onColumns;
  if (pairJoinOf(plan) !== undefined) return new PairJoinStatement({ plan, startMs, budget, sink });
  return new EventStatement({ plan, startMs, budget, sink, evaluation: generated });
}

/** Whether the language has a function or an aggregate of that name. */
export function isFunctionName(name: string): boolean {
  const lower = name.toLowerCase();
  return BUILT_IN_FUNCTIONS.has(lower) || [...functions, ...aggregates].some((known) => known.name === lower);
}
