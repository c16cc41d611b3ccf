import type { Value } from "../../event/index.ts";
import type { PatternNodePlan } from "../plan/pattern.ts";
import { identityOf } from "./group.ts";
import { holdsAny, type Match, type PatternServices, type State, type StateParent } from "./pattern_state.ts";

type Plan<Kind extends PatternNodePlan["kind"]> = Extract<PatternNodePlan, { kind: Kind }>;

/** `every x` and `every-distinct(k) x`: begins again whenever what it has begun comes true or fails. */
export class EveryState implements State, StateParent {
  readonly keepsFilters = true;
  readonly #plan: Plan<"every">;
  readonly #services: PatternServices;
  readonly #parent: StateParent;
  #match: Match = [];
  /** What runs, each with the keys that it has seen, and when. */
  readonly #running = new Map<State, Map<Value, number>>();

  constructor(plan: Plan<"every">, services: PatternServices, parent: StateParent) {
    this.#plan = plan;
    this.#services = services;
    this.#parent = parent;
  }

  start(match: Match): void {
    this.#match = match;
    this.#begin(new Map());
  }

  matched(match: Match, from: State, quitted: boolean): void {
    const keys = this.#running.get(from);
    const seen = keys !== undefined && this.#isSeen(keys, match);
    if (quitted) this.#running.delete(from);
    // A filter right below goes on listening; everything else begins once more, also beside what still runs.
    if (this.#plan.child.kind !== "filter") this.#begin(quitted && keys !== undefined ? keys : this.#copied(keys));
    if (!seen) this.#parent.matched(match, this, false);
  }

  /** What has failed begins again and has seen nothing. */
  failed(from: State): void {
    from.quit();
    this.#forget(from);
    this.#begin(new Map());
  }

  quit(): void {
    for (const state of this.#running.keys()) {
      state.quit();
      this.#forget(state);
    }
  }

  discard(events: ReadonlySet<Value>): void {
    if (holdsAny(this.#match, events)) {
      this.quit();
      this.#parent.failed(this);
      return;
    }
    const begun = [...this.#running.keys()];
    for (const state of begun) state.discard(events);
  }

  save(): unknown {
    return [this.#match, [...this.#running].map(([state, keys]) => [state.save(), keys])];
  }

  restore(saved: unknown): void {
    const [match, running] = saved as [Match, [unknown, Map<Value, number>][]];
    this.#match = match;
    for (const [state, keys] of running) {
      const opened = this.#services.open(this.#plan.child, this);
      this.#running.set(opened, keys);
      opened.restore(state);
    }
  }

  /** What comes true or fails while it starts is quit again: it would begin for ever. */
  #begin(keys: Map<Value, number>): void {
    let over = false;
    const state = this.#services.open(this.#plan.child, {
      keepsFilters: true,
      matched: (match, from, quitted) => {
        if (this.#running.has(from)) this.matched(match, from, quitted);
        else over = true;
      },
      failed: (from) => {
        if (this.#running.has(from)) this.failed(from);
        else over = true;
      },
    });
    state.start(this.#match);
    if (!over) {
      this.#running.set(state, keys);
      return;
    }
    state.quit();
    this.#services.hold(-keys.size);
  }

  #copied(keys: Map<Value, number> | undefined): Map<Value, number> {
    this.#services.hold(keys?.size ?? 0);
    return new Map(keys);
  }

  #forget(state: State): void {
    this.#services.hold(-(this.#running.get(state)?.size ?? 0));
    this.#running.delete(state);
  }

  #isSeen(keys: Map<Value, number>, match: Match): boolean {
    const { distinct, expiryMs } = this.#plan;
    if (distinct.length === 0) return false;
    const { nowMs } = this.#services;
    const before = keys.size;
    if (expiryMs !== undefined) for (const [key, sinceMs] of keys) if (nowMs - sinceMs >= expiryMs) keys.delete(key);
    const key = identityOf(distinct.map((expression) => this.#services.evaluate(expression, match)));
    const seen = keys.has(key);
    if (!seen) {
      const [oldest] = keys.keys();
      if (oldest !== undefined && this.#services.isFull) {
        this.#services.refuse();
        keys.delete(oldest);
      }
      keys.set(key, nowMs);
    }
    this.#services.hold(keys.size - before);
    return seen;
  }
}

/** `a -> b -> c`: each begins with what the one before has matched. */
export class FollowedByState implements State, StateParent {
  readonly keepsFilters = false;
  readonly #plan: Plan<"followed_by">;
  readonly #services: PatternServices;
  readonly #parent: StateParent;
  /** What runs, with the index of its child. */
  readonly #running = new Map<State, number>();

  constructor(plan: Plan<"followed_by">, services: PatternServices, parent: StateParent) {
    this.#plan = plan;
    this.#services = services;
    this.#parent = parent;
  }

  start(match: Match): void {
    this.#begin(0, match);
  }

  matched(match: Match, from: State, quitted: boolean): void {
    const index = this.#running.get(from);
    if (index === undefined) return;
    if (quitted) this.#running.delete(from);
    if (index === this.#plan.children.length - 1) this.#parent.matched(match, this, this.#running.size === 0);
    else this.#begin(index + 1, match);
  }

  failed(from: State): void {
    from.quit();
    this.#running.delete(from);
    if (this.#running.size === 0) this.#parent.failed(this);
  }

  quit(): void {
    for (const state of this.#running.keys()) state.quit();
    this.#running.clear();
  }

  discard(events: ReadonlySet<Value>): void {
    const begun = [...this.#running.keys()];
    for (const state of begun) state.discard(events);
  }

  save(): unknown {
    return [...this.#running].map(([state, index]) => [index, state.save()]);
  }

  restore(saved: unknown): void {
    for (const [index, state] of saved as [number, unknown][]) {
      const opened = this.#services.open(this.#plan.children[index]!, this);
      this.#running.set(opened, index);
      opened.restore(state);
    }
  }

  #begin(index: number, match: Match): void {
    const max = this.#plan.waiting_max[index];
    if (max !== undefined && [...this.#running.values()].filter((waiting) => waiting === index).length >= max) return;
    if (index > 0 && this.#services.isFull) this.#giveUpOldest();
    const state = this.#services.open(this.#plan.children[index]!, this);
    this.#running.set(state, index);
    state.start(match);
  }

  /** An attacker can begin as many matches as there are events: those that have waited longest make room. */
  #giveUpOldest(): void {
    for (const [state, index] of this.#running) {
      if (index === 0) continue;
      state.quit();
      this.#running.delete(state);
      this.#services.refuse();
      return;
    }
  }
}

/** `a and b`: true once all are, and then for every combination of what they have matched. */
export class AndState implements State, StateParent {
  readonly keepsFilters = false;
  readonly #plan: Plan<"and" | "or">;
  readonly #services: PatternServices;
  readonly #parent: StateParent;
  #children: (State | undefined)[] = [];
  #matches: Match[][] = [];
  #over = false;

  constructor(plan: Plan<"and" | "or">, services: PatternServices, parent: StateParent) {
    this.#plan = plan;
    this.#services = services;
    this.#parent = parent;
  }

  start(match: Match): void {
    this.#children = this.#plan.children.map((child) => this.#services.open(child, this));
    this.#matches = this.#plan.children.map(() => []);
    for (const child of this.#children) if (!this.#over) child?.start(match);
  }

  matched(match: Match, from: State, quitted: boolean): void {
    const index = this.#children.indexOf(from);
    if (index === -1 || this.#over) return;
    if (quitted) this.#children[index] = undefined;
    const others = this.#matches.filter((_matches, at) => at !== index);
    if (this.#matches[index]!.length > 0 && this.#services.isFull) {
      this.#services.refuse();
      return;
    }
    this.#matches[index]!.push(match);
    this.#services.hold(1);
    if (others.some((matches) => matches.length === 0)) return;
    const combined = others.reduce<Match[]>(
      (found, matches) => found.flatMap((one) => matches.map((other) => merged(one, other))),
      [match],
    );
    // A `not` waits for what must not happen; it does not keep the whole alive.
    const over = this.#children.every((child, at) => child === undefined || this.#plan.children[at]!.kind === "not");
    if (over) this.quit();
    for (const one of combined) this.#parent.matched(one, this, over);
  }

  failed(from: State): void {
    if (this.#over || !this.#children.includes(from)) return;
    this.quit();
    this.#parent.failed(this);
  }

  quit(): void {
    this.#over = true;
    for (const child of this.#children) child?.quit();
    this.#children = [];
    for (const matches of this.#matches) this.#services.hold(-matches.length);
    this.#matches = [];
  }

  discard(events: ReadonlySet<Value>): void {
    if (this.#matches.some((matches) => matches.some((match) => holdsAny(match, events)))) {
      this.quit();
      this.#parent.failed(this);
      return;
    }
    for (const child of this.#children) child?.discard(events);
  }

  save(): unknown {
    return [this.#children.map((child) => (child === undefined ? undefined : [child.save()])), this.#matches, this.#over];
  }

  restore(saved: unknown): void {
    const [children, matches, over] = saved as [([unknown] | undefined)[], Match[][], boolean];
    this.#matches = matches;
    this.#over = over;
    this.#children = children.map((child, at) => (child === undefined ? undefined : this.#services.open(this.#plan.children[at]!, this)));
    for (const [at, child] of children.entries()) if (child !== undefined) this.#children[at]!.restore(child[0]);
  }
}

/** `a or b`: whichever comes true. */
export class OrState implements State, StateParent {
  readonly keepsFilters = false;
  readonly #plan: Plan<"and" | "or">;
  readonly #services: PatternServices;
  readonly #parent: StateParent;
  #children: (State | undefined)[] = [];

  constructor(plan: Plan<"and" | "or">, services: PatternServices, parent: StateParent) {
    this.#plan = plan;
    this.#services = services;
    this.#parent = parent;
  }

  start(match: Match): void {
    const children = this.#plan.children.map((child) => this.#services.open(child, this));
    this.#children = [...children];
    for (const child of children) if (this.#children.includes(child)) child.start(match);
  }

  matched(match: Match, from: State, quitted: boolean): void {
    if (!this.#children.includes(from)) return;
    if (quitted) {
      this.#children[this.#children.indexOf(from)] = undefined;
      this.quit();
    }
    this.#parent.matched(match, this, quitted);
  }

  failed(from: State): void {
    const index = this.#children.indexOf(from);
    if (index === -1) return;
    this.#children[index] = undefined;
    if (this.#children.every((child) => child === undefined)) this.#parent.failed(this);
  }

  quit(): void {
    for (const child of this.#children) child?.quit();
    this.#children = [];
  }

  discard(events: ReadonlySet<Value>): void {
    for (const child of this.#children) child?.discard(events);
  }

  save(): unknown {
    return this.#children.map((child) => (child === undefined ? undefined : [child.save()]));
  }

  restore(saved: unknown): void {
    const children = saved as ([unknown] | undefined)[];
    this.#children = children.map((child, at) => (child === undefined ? undefined : this.#services.open(this.#plan.children[at]!, this)));
    for (const [at, child] of children.entries()) if (child !== undefined) this.#children[at]!.restore(child[0]);
  }
}

function merged(left: Match, right: Match): Match {
  return left.map((value, tag) => right[tag] ?? value);
}
