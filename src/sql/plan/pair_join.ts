import type { Expression } from "./expression.ts";
import { equalitiesOf, type StreamEquality } from "./equality.ts";
import { needsEvents } from "./needs_events.ts";
import type { Plan } from "./plan.ts";

/**
 * An inner join of two targets whose events stay by age or by number, found by a field that both have, with a row for each pair: what
 * `PairJoinStatement` runs.
 */
export interface PairJoin {
  /** The slot of the field that must be equal, by stream. */
  readonly keys: readonly [number, number];
  /** Events without the field are equal too. */
  readonly nulls: boolean;
  /** How events leave, by stream. */
  readonly paces: readonly [Stay, Stay];
  /** What must hold of a pair beside that. */
  readonly conditions: readonly Expression[];
}

/** How long an event stays: so many ms, or until so many others have come. */
export type Stay = { readonly by: "time"; readonly ageMs: number } | { readonly by: "count"; readonly count: number };

/** Undefined where a plan is anything else. */
export function pairJoinOf(plan: Plan): PairJoin | undefined {
  if (plan.streams.length !== 2 || plan.joins[0]!.type !== "inner" || !isPlain(plan) || needsEvents(plan)) return undefined;
  const [left, right] = plan.streams;
  if (left!.target === right!.target) return undefined;
  const stays = plan.streams.map(stayOf);
  const conditions = [plan.where, plan.joins[0]!.on].flatMap(partsOfAnd);
  const found = conditions.flatMap((condition) => equalitiesOf(condition).flatMap((equality) => keysOf(equality, condition)))[0];
  if (stays[0] === undefined || stays[1] === undefined || found === undefined) return undefined;
  return {
    keys: found.keys,
    nulls: found.nulls,
    paces: [stays[0], stays[1]],
    conditions: conditions.filter((condition) => condition !== found.condition),
  };
}

function isPlain(plan: Plan): boolean {
  if (plan.limiter !== undefined || plan.subqueries.length > 0 || plan.insertInto !== undefined || plan.unidirectional !== undefined)
    return false;
  if (plan.shape !== "plain" || plan.having !== undefined || plan.output !== "istream" || plan.reading.wildcards.size > 0) return false;
  return !plan.distinct && plan.orderBy.length === 0 && plan.limit === undefined && plan.offset === 0;
}

function stayOf({ views, previous }: Plan["streams"][number]): Stay | undefined {
  const [view, ...more] = views;
  const pace = view?.form.pace;
  if (more.length > 0 || previous !== undefined || pace?.kind !== "slide" || pace.by === "timestamp") return undefined;
  return pace;
}

function partsOfAnd(condition: Expression | undefined): readonly Expression[] {
  if (condition === undefined) return [];
  return condition.op === "and" ? condition.parts.flatMap(partsOfAnd) : [condition];
}

/** Strings and whole numbers that are equal are the same value; a double that is not a number is not equal to itself. */
function keysOf({ left, right, nulls }: StreamEquality, condition: Expression): Found[] {
  const [first, second] = left.stream === 0 ? [left.expression, right.expression] : [right.expression, left.expression];
  if (first.op !== "field" || second.op !== "field" || first.type !== second.type) return [];
  return first.type === "string" || first.type === "long" ? [{ keys: [first.slot, second.slot], nulls, condition }] : [];
}

interface Found {
  readonly keys: PairJoin["keys"];
  readonly nulls: boolean;
  readonly condition: Expression;
}
