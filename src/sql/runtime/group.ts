import type { Value } from "../../event/index.ts";
import type { AggregatePlan } from "../plan/plan.ts";
import type { Accumulator, StatementEvent } from "../vocabulary.ts";
import { valueText } from "../plan/value_text.ts";

/** The aggregates of one group, with its key. */
export interface Group {
  readonly key: readonly Value[];
  readonly aggregates: readonly Accumulator[];
  /** Events in it now. */
  events: number;
  /** Its key may have another group since. */
  forgotten: boolean;
  /** It made room for another. */
  evicted: boolean;
  /** Where groups make room for others: the entry of its first event. Events with an earlier one are of a group that is no more. */
  since: number;
}

/**
 * The groups that have events, by key. One that has none is forgotten when the next event comes, of whatever group: until then, as in Esper,
 * what an aggregate remembers for ever can still be read.
 *
 * With a bound the group that no event entered for the longest time makes room for a new one. Its events stay in their window, and are of no
 * group any more.
 */
export class Groups {
  readonly #plans: readonly AggregatePlan[];
  readonly #stays: (key: readonly Value[]) => boolean;
  readonly #groups = new Map<Value, Group>();
  #empty: Group[] = [];
  readonly #max: number | undefined;
  #entries = 0;
  /** Groups with events that made room for others. */
  evicted = 0;

  /**
   * `stays`: which groups are not forgotten, as the one group of a query without GROUP BY. `max` is how many there may be, after each event
   * that enters; undefined where none makes room.
   */
  constructor(plans: readonly AggregatePlan[], stays: (key: readonly Value[]) => boolean, max?: number) {
    this.#plans = plans;
    this.#stays = stays;
    this.#max = max;
  }

  /** Whether groups make room for others. */
  get evicts(): boolean {
    return this.#max !== undefined;
  }

  get size(): number {
    return this.#groups.size;
  }

  find(key: readonly Value[]): Group | undefined {
    return this.#groups.get(identityOf(key));
  }

  /** The group of a key; a fresh one when it has none. */
  open(key: readonly Value[]): Group {
    const identity = identityOf(key);
    let group = this.#groups.get(identity);
    if (group === undefined) {
      group = { key, aggregates: this.#plans.map((plan) => plan.open()), events: 0, forgotten: false, evicted: false, since: NEVER };
      this.#groups.set(identity, group);
      this.#empty.push(group);
    }
    return group;
  }

  all(): Iterable<Group> {
    return this.#groups.values();
  }

  clear(): void {
    this.#groups.clear();
    this.#empty = [];
  }

  /** An event enters these groups, and is of them from then on. */
  enter(event: StatementEvent | undefined, groups: readonly Group[]): void {
    for (const group of groups) group.events++;
    if (this.#max === undefined || event === undefined) return;
    this.#entries++;
    Object.assign(event, { entry: this.#entries });
    for (const group of groups) {
      if (group.since === NEVER) group.since = this.#entries;
      // A map is in the order in which its keys were set.
      const identity = identityOf(group.key);
      this.#groups.delete(identity);
      this.#groups.set(identity, group);
    }
    for (const [identity, group] of this.#groups) {
      if (this.#groups.size <= this.#max) break;
      this.#groups.delete(identity);
      group.forgotten = true;
      group.evicted = true;
      if (group.events > 0) this.evicted++;
    }
  }

  /** The group of a key that the event has entered; undefined where that is no more. */
  entered(event: StatementEvent | undefined, key: readonly Value[]): Group | undefined {
    const group = this.find(key);
    return group !== undefined && (event?.entry ?? 0) >= group.since ? group : undefined;
  }

  /** An event of the group is gone. */
  left(group: Group): void {
    if (group.events > 0) group.events--;
    if (group.events === 0) this.#empty.push(group);
  }

  forgetEmpty(): void {
    if (this.#empty.length === 0) return;
    for (const group of this.#empty) {
      if (group.events > 0 || group.forgotten || this.#stays(group.key)) continue;
      this.#groups.delete(identityOf(group.key));
      group.forgotten = true;
    }
    this.#empty = [];
  }

  /** In the order in which events entered them last, where that counts. */
  save(): unknown {
    const groups = [...this.#groups.values()].map(({ key, aggregates, events, since }) => {
      const group = [key, aggregates.map((aggregate) => aggregate.save()), events];
      return this.evicts ? [...group, since] : group;
    });
    return this.evicts ? { groups, entries: this.#entries, evicted: this.evicted } : groups;
  }

  /** What was saved under another policy is taken up as far as it goes: its events are then of the groups that stand. */
  restore(saved: unknown): void {
    this.clear();
    const { groups, entries, evicted } = Array.isArray(saved)
      ? { groups: saved as SavedGroup[], entries: 0, evicted: 0 }
      : (saved as SavedGroups);
    for (const [key, aggregates, events, since] of groups) {
      const group = this.open(key);
      group.aggregates.forEach((aggregate, index) => aggregate.restore(aggregates[index]));
      group.events = events;
      group.since = since ?? 0;
    }
    this.#entries = entries;
    this.evicted = evicted;
  }
}

type SavedGroup = readonly [key: Value[], aggregates: unknown[], events: number, since?: number];

interface SavedGroups {
  readonly groups: readonly SavedGroup[];
  readonly entries: number;
  readonly evicted: number;
}

/** Of a group that no event has entered yet: later than all. */
const NEVER = Number.POSITIVE_INFINITY;

/** One value that is the same for equal keys only. A single string, number, boolean or null is its own identity. */
export function identityOf(key: readonly Value[]): Value {
  const [only = null] = key;
  if (key.length === 1 && (typeof only !== "object" || only === null)) return only;
  return key.map((value) => (typeof value === "string" ? `s${value.length}:${value}` : `${typeof value}:${valueText(value)}`)).join("|");
}
