import { contains, type Expression } from "./expression.ts";
import type { Plan } from "./plan.ts";
import { isSubquery } from "./subquery.ts";

/**
 * Whether the rows of a change depend on when they are worked out: by the clock, or by what windows hold besides the events of the change. Of
 * the aggregates only rates do, which are among those that never forget.
 */
export function dependsOnInstant({ items, having, orderBy, aggregates }: Plan): boolean {
  const read = [...items, ...orderBy, ...(having === undefined ? [] : [{ expression: having }])].map(({ expression }) => expression);
  for (const { args, filter } of aggregates) read.push(...args, ...(filter === undefined ? [] : [filter]));
  return aggregates.some(({ ever }) => ever) || read.some((expression) => contains(expression, isOfInstant));
}

function isOfInstant(part: Expression): boolean {
  return part.op === "now" || part.op === "previous" || (part.op === "call" && isSubquery(part.operation));
}
