import type { Schema } from "../event/index.ts";
import { analyse } from "./analyse/select.ts";
import { obstacleToEviction } from "./plan/eviction.ts";
import type { Plan } from "./plan/plan.ts";
import { GroupStatement, isGroupPlan } from "./runtime/group_statement.ts";
import { isProjectionPlan, ProjectionStatement } from "./runtime/projection_statement.ts";
import { type Budget, DEFAULT_BUDGET, type Sink, type Statement } from "./statement.ts";
import { parseQuery, SourceText } from "./syntax/index.ts";
import type { OwnDefinitions } from "./vocabulary.ts";

export interface StatementOptions {
  /** The name of the query, for messages and rows. */
  readonly name: string;
  readonly text: string;
  /** The targets there are, with their fields. */
  readonly schemas: ReadonlyMap<string, Schema>;
  /** Where the clock of the statement stands at the beginning: epoch ms, event time. */
  readonly startMs: number;
  readonly budget?: Budget;
  readonly sink: Sink;
  /**
   * Whoever opens the statement makes `Delivery.inserted` events of the target, of which it is asked whether it takes fields that it does
   * not have yet. Without it INSERT INTO is refused.
   */
  readonly inserts?: (target: string) => boolean;
  /** Functions and aggregates that it may call beside those of the language. */
  readonly own?: OwnDefinitions | undefined;
  /** `interpreted` runs the reference, several times slower; for tests. */
  readonly engine?: "generated" | "interpreted";
}

/** Everything about a query that can be known without running it. Throws as `openStatement`. */
export function planOf({
  name,
  text,
  schemas,
  inserts,
  own,
  budget,
}: Pick<StatementOptions, "name" | "text" | "schemas" | "inserts" | "own"> & {
  readonly budget?: Partial<Pick<Budget, "when_full">> | undefined;
}): Plan {
  const source = new SourceText(name, text, own);
  const select = parseQuery(source);
  if (select.insertInto !== undefined && inserts === undefined)
    throw source.error(
      "HOTAKA_SQL_UNSUPPORTED",
      select.insertInto.at,
      "here a query cannot insert into a target; its rows go to its output.",
    );
  const plan = analyse(select, source, schemas, inserts ?? (() => false));
  const obstacle = budget?.when_full === "evict" ? obstacleToEviction(plan) : undefined;
  if (obstacle === undefined) return plan;
  throw source.error(
    "HOTAKA_SQL_UNSUPPORTED",
    0,
    `its budget says "when_full: evict", and with ${obstacle} no group can make room for another. Give it a budget with "when_full: refuse".`,
  );
}

/** Runs a plan on columns; undefined for one that needs more than two kinds of statements. */
export function openOnColumns(
  plan: Plan,
  { startMs, sink, budget = DEFAULT_BUDGET }: Omit<StatementOptions, "name" | "text">,
): Statement | undefined {
  if (isGroupPlan(plan)) return new GroupStatement({ plan, startMs, budget, sink });
  return isProjectionPlan(plan) ? new ProjectionStatement({ plan, startMs, sink }) : undefined;
}
