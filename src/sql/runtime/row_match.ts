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
export function valuesOf({ taken }: Pick<RowMatch, "taken">, variables: readonly RowVariable[]): Value[] {
  const lists = variables.map((): StatementEvent[] => []);
  for (let each = taken; each !== undefined; each = each.before) lists[each.variable]!.push(each.event);
  return variables.map(({ list }, index) => (list ? lists[index]!.toReversed() : (lists[index]![0] ?? null)));
}

export function holdsOneOf({ taken }: RowMatch, events: ReadonlySet<StatementEvent>): boolean {
  for (let each = taken; each !== undefined; each = each.before) if (events.has(each.event)) return true;
  return false;
}

/** Whether `longer` began as `match` did and took the same events as far as that went. */
export function beginsWith(longer: RowMatch, match: RowMatch): boolean {
  if (longer.first !== match.first || longer.count < match.count) return false;
  let left = longer.taken;
  for (let surplus = longer.count - match.count; surplus > 0; surplus--) left = left?.before;
  let right = match.taken;
  // The two meet where they have their past in common.
  while (left !== right && left !== undefined && right !== undefined) {
    if (left.event !== right.event || left.variable !== right.variable) return false;
    [left, right] = [left.before, right.before];
  }
  return true;
}

/**
 * Of matches of one instant those that stand: in each partition the first to begin, of those that began together the one whose greedy
 * states took the most, and none that begins where the one before still counts.
 */
export function bestMatches(matches: readonly RowMatch[], skip: "past_last_row" | "to_next_row" | "to_current_row"): RowMatch[] {
  const partitions = grouped(matches, ({ partition }) => partition);
  return [...partitions.values()].flatMap((ofPartition) => {
    const begun = [...grouped(ofPartition, ({ first }) => first)].toSorted(([left], [right]) => left - right);
    let skipped = 0;
    return begun.flatMap(([first, candidates]) => {
      if (first <= skipped) return [];
      const best = candidates.reduce((left, right) => (isGreedier(right, left) ? right : left));
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

function isGreedier(match: RowMatch, than: RowMatch): boolean {
  const states = [...new Set([...match.greedy.keys(), ...than.greedy.keys()])].toSorted((left, right) => left - right);
  for (const state of states) {
    const more = (match.greedy.get(state) ?? 0) - (than.greedy.get(state) ?? 0);
    if (more !== 0) return more > 0;
  }
  return false;
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
