import { contains, type Expression } from "./expression.ts";
import type { Plan } from "./plan.ts";

/**
 * Whether a query can be run only with its events at hand: it speaks of an event as a whole, of those before it, or of the stream a row is
 * of; or an aggregate is given events, or outlives the window. Statements on columns keep none of this.
 */
export function needsEvents(plan: Plan): boolean {
  const read = [...plan.keys, ...plan.items.map(({ expression }) => expression), ...plan.orderBy.map(({ expression }) => expression)];
  for (const expression of [plan.where, plan.having, ...plan.streams.map(({ filter }) => filter)]) {
    if (expression !== undefined) read.push(expression);
  }
  for (const { args, filter } of plan.aggregates) read.push(...args, ...(filter === undefined ? [] : [filter]));
  if (plan.streams.some(({ pattern, rowPattern }) => pattern !== undefined || rowPattern !== undefined)) return true;
  return plan.aggregates.some(({ takesEvent, ever }) => takesEvent || ever) || read.some((expression) => contains(expression, isOfEvents));
}

function isOfEvents({ op }: Expression): boolean {
  return op === "event" || op === "member" || op === "istream" || op === "previous";
}
