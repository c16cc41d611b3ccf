import { HotakaError } from "../kit/index.ts";
import type { Query } from "./query.ts";

/**
 * Throws HOTAKA_QUERY_LOOP when what `query` gives would come back to it, by way of itself or of `others`: each event would make another,
 * without end. Every target between is named.
 */
export function refuseLoop(query: Query, others: Iterable<Query>): void {
  const all = [query, ...others];
  for (const fed of query.feeds) {
    const way = wayBack(fed, query.targets, all, [fed]);
    if (way === undefined) continue;
    const targets = way.map((name) => `"${name}"`).join(" -> ");
    const sentence = `query "${query.name}" would read what it gives itself: ${targets}. Give its rows to a target that nothing before it reads.`;
    throw new HotakaError("HOTAKA_QUERY_LOOP", sentence);
  }
}

/** The targets from `at` to one of `goals`, each fed by a query that reads the one before. */
function wayBack(at: string, goals: readonly string[], queries: readonly Query[], way: string[]): string[] | undefined {
  if (goals.includes(at)) return way;
  for (const { targets, feeds } of queries) {
    if (!targets.includes(at)) continue;
    for (const next of feeds) {
      if (way.includes(next)) continue;
      const found = wayBack(next, goals, queries, [...way, next]);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The targets that `query` reads, and those that the queries read which feed them, and so on. */
export function originsOf(query: Query, queries: readonly Query[]): ReadonlySet<string> {
  const origins = new Set(query.targets);
  // A set hands out also what is added while it is gone through.
  for (const target of origins) {
    for (const feeder of queries) if (feeder.feeds.includes(target)) for (const name of feeder.targets) origins.add(name);
  }
  return origins;
}

/** The queries in groups: those of one group are fed by those of the groups before it alone. */
export function inOrderOfChain(queries: readonly Query[]): Query[][] {
  const groups: Query[][] = [];
  let left = queries;
  while (left.length > 0) {
    const fed = new Set(left.flatMap(({ feeds }) => feeds));
    const first = left.filter(({ targets }) => !targets.some((name) => fed.has(name)));
    // A loop is refused, so there is a first one.
    groups.push(first.length > 0 ? first : [...left]);
    left = first.length > 0 ? left.filter((query) => !first.includes(query)) : [];
  }
  return groups.length > 0 ? groups : [[]];
}
