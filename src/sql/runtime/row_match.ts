import type { Value } from "../../event/index.ts";
import type { RowVariable } from "../plan/row_pattern.ts";
import type { StatementEvent } from "../vocabulary.ts";

/** An event that a match took, with those before it: what two ways to go on have in common is held once. */
interface Taken {
  readonly variable: number;
  readonly event: StatementEvent;
  readonly before: Taken | undefined;
}

/** A match that is not complete and waits in a state for one more event; or one that is complete, and ended in that state. */
export interface RowMatch {
  readonly state: number;
  readonly partition: Value;
  /** The numbers of its first and its last event, in order of arrival. */
  readonly first: number;
  readonly last: number;
  readonly beginMs: number;
  readonly taken: Taken | undefined;
  /** Events taken. */
  readonly count: number;
  /** How many of them each greedy state took: what the best of matches is chosen by. */
  readonly greedy: ReadonlyMap<number, number>;
}

/** The match as expressions see it: by variable the event or the list of events; null or an empty list where it took none. */
export function valuesOf(match: Pick<RowMatch, "taken">, variables: readonly RowVariable[]): Value[] {
  const lists = eventsByVariable(match, variables);
  return variables.map(({ list }, index) => (list ? lists[index]! : (lists[index]!.at(-1) ?? null)));
}

function eventsByVariable({ taken }: Pick<RowMatch, "taken">, variables: readonly RowVariable[]): StatementEvent[][] {
  const lists = variables.map((): StatementEvent[] => []);
  for (let each = taken; each !== undefined; each = each.before) lists[each.variable]!.push(each.event);
  return lists.map((list) => list.toReversed());
}

export function holdsOneOf({ taken }: RowMatch, events: ReadonlySet<StatementEvent>): boolean {
  for (let each = taken; each !== undefined; each = each.before) if (events.has(each.event)) return true;
  return false;
}

/** In the order in which they came. */
export function eventsOf({ taken }: RowMatch): StatementEvent[] {
  const events: StatementEvent[] = [];
  for (let each = taken; each !== undefined; each = each.before) events.push(each.event);
  return events.toReversed();
}

/**
 * Whether a match that could not go on takes one with it that is complete and waits: they began together, and what each variable took is the
 * same as far as both go. `failed` stood before a state that tested an event in vain: for its variable, where that takes one event, it has none.
 */
export function endsWith(failed: RowMatch, complete: RowMatch, variables: readonly RowVariable[], tested: number): boolean {
  if (failed.first !== complete.first) return false;
  const [taken, wanted] = [eventsByVariable(failed, variables), eventsByVariable(complete, variables)];
  return variables.every(({ list }, index) => {
    const events = !list && index === tested ? [] : taken[index]!;
    if (wanted[index]!.length > 0 && events.length === 0) return false;
    return wanted[index]!.every((event, at) => at >= events.length || events[at] === event);
  });
}

/**
 * Of matches of one instant those that stand: in each partition the first to begin, of those that began together the one whose greedy
 * states took the most, else the one that ends last, and none that begins where the one before still counts.
 */
export function bestMatches(matches: readonly RowMatch[], skip: "past_last_row" | "to_next_row" | "to_current_row"): RowMatch[] {
  const partitions = grouped(matches, ({ partition }) => partition);
  return [...partitions.values()].flatMap((ofPartition) => {
    const begun = [...grouped(ofPartition, ({ first }) => first)].toSorted(([left], [right]) => left - right);
    let skipped = 0;
    return begun.flatMap(([first, candidates]) => {
      if (first <= skipped) return [];
      const best = candidates
        .toSorted((left, right) => right.last - left.last)
        .reduce((left, right) => (isGreedier(right, left) ? right : left));
      if (skip === "past_last_row") skipped = best.last;
      return [best];
    });
  });
}

function grouped<Key>(matches: readonly RowMatch[], keyOf: (match: RowMatch) => Key): Map<Key, RowMatch[]> {
  const groups = new Map<Key, RowMatch[]>();
  for (const match of matches) {
    const key = keyOf(match);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [match]);
    else group.push(match);
  }
  return groups;
}

/** Any state that took more decides, whatever the others took. */
function isGreedier(match: RowMatch, than: RowMatch): boolean {
  return [...match.greedy].some(([state, took]) => took > (than.greedy.get(state) ?? 0));
}

/** Without the shared past, which would be as deep as the match is long. */
export function savedMatch(match: RowMatch): unknown {
  const events: [number, StatementEvent][] = [];
  for (let each = match.taken; each !== undefined; each = each.before) events.push([each.variable, each.event]);
  return [match.state, match.partition, match.first, match.last, match.beginMs, events.toReversed(), [...match.greedy]];
}

export function restoredMatch(saved: unknown): RowMatch {
  const [state, partition, first, last, beginMs, events, greedy] = saved as [
    number,
    Value,
    number,
    number,
    number,
    [number, StatementEvent][],
    [number, number][],
  ];
  let taken: Taken | undefined;
  for (const [variable, event] of events) taken = { variable, event, before: taken };
  return { state, partition, first, last, beginMs, taken, count: events.length, greedy: new Map(greedy) };
}
