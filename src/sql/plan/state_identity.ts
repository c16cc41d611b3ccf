import type { Plan } from "./plan.ts";

/**
 * What the state of a statement is of: two plans with the same can take up the state of each other. Where its rows stand for groups it is
 * what stands before SELECT's work: FROM, WHERE, GROUP BY, the aggregates in their order and the fields that are read. Names, HAVING, ORDER BY
 * and what is worked out of the aggregates may differ, so a query can be edited while events flow. Where more of the query holds state it is
 * the whole text.
 */
export function stateIdentity(plan: Plan): string {
  const { streams, aggregates, limiter, subqueries, insertInto, output, distinct } = plan;
  const isWhole = limiter !== undefined || subqueries.length > 0 || insertInto !== undefined || distinct;
  const fields = streams.map(({ schema, demand }) =>
    schema.fields.filter(({ name }) => demand.has(name)).map(({ name, slot, type }) => [name, slot, type]),
  );
  // What every field is asked of is another plan with each new field, and is to go on all the same.
  const isEveryField = plan.reading.wildcards.size > 0;
  return JSON.stringify([
    isWhole || isEveryField ? plan.text : [plan.source, output, aggregates.map(({ fingerprint }) => fingerprint)],
    streams.map(({ previous }) => previous && [previous.priorMax, previous.window ?? null]),
    isEveryField ? [] : fields,
  ]);
}
