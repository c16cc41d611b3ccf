import type { Row, Value } from "../../event/index.ts";
import { order } from "../operations/comparison.ts";
import type { Plan } from "../plan/plan.ts";
import type { Evaluate } from "./evaluation.ts";
import { identityOf } from "./group.ts";
import type { Scope } from "./interpreter.ts";

/** A row before DISTINCT, ORDER BY and LIMIT, with what it is sorted by. */
export interface Candidate {
  readonly row: Row;
  readonly sortKey: readonly Value[];
}

/** Makes the rows of a query from the scopes that its shape provides. */
export class RowMaker {
  readonly #items: readonly (readonly [string, Evaluate])[];
  readonly #having: Evaluate | undefined;
  readonly #orderBy: readonly Evaluate[];

  constructor(plan: Plan, evaluation: (expression: Plan["items"][number]["expression"]) => Evaluate) {
    this.#items = plan.items.map(({ name, expression }) => [name, evaluation(expression)]);
    this.#having = plan.having && evaluation(plan.having);
    this.#orderBy = plan.orderBy.map(({ expression }) => evaluation(expression));
  }

  /** The row of a scope; undefined when HAVING refuses it. */
  make(scope: Scope): Candidate | undefined {
    if (this.#having !== undefined && this.#having(scope) !== true) return undefined;
    return {
      row: Object.fromEntries(this.#items.map(([name, item]) => [name, item(scope)])),
      sortKey: this.#orderBy.map((key) => key(scope)),
    };
  }
}

/** What is put out of the rows of one instant: ORDER BY, then LIMIT, then DISTINCT of what is left, in the order that Esper has. */
export function finishRows(plan: Plan, candidates: readonly Candidate[]): Row[] {
  if (isOneRow(plan)) return candidates.map(({ row }) => row);
  const { distinct, orderBy, limit, offset } = plan;
  const sorted = orderBy.length === 0 ? candidates : candidates.toSorted((left, right) => compareCandidates(plan, left, right));
  const cut = limit === undefined && offset === 0 ? sorted : sorted.slice(offset, limit === undefined ? undefined : offset + limit);
  return (distinct ? distinctRows(cut) : cut).map(({ row }) => row);
}

/** As in Esper, what is one row by itself is put out whatever LIMIT says: that of an ungrouped query, and the last of those without groups. */
function isOneRow({ shape, limiter }: Plan): boolean {
  const { trigger, select } = limiter ?? {};
  if (trigger === undefined) return shape === "total";
  if (select === "last") return shape === "total" || shape === "total_with_fields" || shape === "plain";
  return select === "snapshot" && shape === "total";
}

/** By ORDER BY. */
export function compareCandidates(plan: Plan, left: Candidate, right: Candidate): number {
  for (const [index, { descending }] of plan.orderBy.entries()) {
    const compared = order(left.sortKey[index] ?? null, right.sortKey[index] ?? null);
    if (compared !== 0) return descending ? -compared : compared;
  }
  return 0;
}

function distinctRows(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Map<Value, Candidate>();
  for (const candidate of candidates) {
    const identity = identityOf(Object.values(candidate.row));
    if (!seen.has(identity)) seen.set(identity, candidate);
  }
  return [...seen.values()];
}
