import type { Match } from "../kit/index.ts";

/** An action, by the tags that it gives and those that it answers. */
export interface AnsweringAction {
  readonly gives: readonly string[];
  readonly fits: Match;
}

/**
 * The circles of actions that answer each other's tags, as their places in the list: each would have the other go on for ever. A circle is
 * given once, from the first of it on; one action that answers itself is none of these.
 */
export function answerLoops(actions: readonly AnsweringAction[]): number[][] {
  const answered = actions.map(({ gives }, from) =>
    actions.flatMap(({ fits }, to) => (to !== from && gives.some((tag) => fits(tag)) ? [to] : [])),
  );
  return actions.flatMap((_, first) => {
    const way = wayBack(first, answered);
    return way === undefined ? [] : [way];
  });
}

/** The shortest way from `first` back to it by way of actions behind it in the list. */
function wayBack(first: number, answered: readonly (readonly number[])[]): number[] | undefined {
  const seen = new Set([first]);
  let ways = [[first]];
  while (ways.length > 0) {
    const next: number[][] = [];
    for (const way of ways) {
      for (const to of answered[way.at(-1)!]!) {
        if (to === first) return way;
        if (to < first || seen.has(to)) continue;
        seen.add(to);
        next.push([...way, to]);
      }
    }
    ways = next;
  }
  return undefined;
}
