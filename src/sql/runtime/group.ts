import type { Value } from "../../event/index.ts";
import type { AggregatePlan } from "../plan/plan.ts";
import type { Accumulator } from "../vocabulary.ts";
import { valueText } from "../plan/value_text.ts";

/** The aggregates of one group, with its key. */
export interface Group {
  readonly key: readonly Value[];
  readonly aggregates: readonly Accumulator[];
  /** Events in it now. */
  events: number;
  /** Its key may have another group since. */
  forgotten: boolean;
}

/**
 * The groups that have events, by key. One that has none is forgotten when the next event comes, of whatever group: until then, as in Esper,
 * what an aggregate remembers for ever can still be read.
 */
export class Groups {
  readonly #plans: readonly AggregatePlan[];
  readonly #keyed: boolean;
  readonly #groups = new Map<Value, Group>();
  #empty: Group[] = [];

  /** `keyed`: there is a GROUP BY; without it the one group stays. */
  constructor(plans: readonly AggregatePlan[], keyed: boolean) {
    this.#plans = plans;
    this.#keyed = keyed;
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
      group = { key, aggregates: this.#plans.map((plan) => plan.open()), events: 0, forgotten: false };
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

  /** An event of the group is gone. */
  left(group: Group): void {
    if (group.events > 0) group.events--;
    if (group.events === 0) this.#empty.push(group);
  }

  forgetEmpty(): void {
    if (this.#empty.length === 0) return;
    for (const group of this.#keyed ? this.#empty : []) {
      if (group.events > 0 || group.forgotten) continue;
      this.#groups.delete(identityOf(group.key));
      group.forgotten = true;
    }
    this.#empty = [];
  }

  save(): unknown {
    return [...this.#groups.values()].map(({ key, aggregates, events }) => [key, aggregates.map((aggregate) => aggregate.save()), events]);
  }

  restore(saved: unknown): void {
    this.clear();
    for (const [key, aggregates, events] of saved as [Value[], unknown[], number][]) {
      const group = this.open(key);
      group.aggregates.forEach((aggregate, index) => aggregate.restore(aggregates[index]));
      group.events = events;
    }
  }
}

/** One value that is the same for equal keys only. A single string, number, boolean or null is its own identity. */
export function identityOf(key: readonly Value[]): Value {
  const [only = null] = key;
  if (key.length === 1 && (typeof only !== "object" || only === null)) return only;
  return key.map((value) => (typeof value === "string" ? `s${value.length}:${value}` : `${typeof value}:${valueText(value)}`)).join("|");
}
