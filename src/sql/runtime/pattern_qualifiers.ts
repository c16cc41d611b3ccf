import { isList, type Value } from "../../event/index.ts";
import type { PatternNodePlan } from "../plan/pattern.ts";
import { endOf, holdsAny, type Match, type PatternServices, type State, type StateParent, type Timer } from "./pattern_state.ts";

type Plan<Kind extends PatternNodePlan["kind"]> = Extract<PatternNodePlan, { kind: Kind }>;

/** `not x`: true from the beginning, until x comes true for good. */
export class NotState implements State, StateParent {
  readonly keepsFilters = false;
  readonly #plan: Plan<"not">;
  readonly #services: PatternServices;
  readonly #parent: StateParent;
  #child: State | undefined;

  constructor(plan: Plan<"not">, services: PatternServices, parent: StateParent) {
    this.#plan = plan;
    this.#services = services;
    this.#parent = parent;
  }

  start(match: Match): void {
    this.#child = this.#services.open(this.#plan.child, this);
    this.#child.start(match);
    this.#parent.matched(match, this, false);
  }

  matched(_match: Match, _from: State, quitted: boolean): void {
    if (!quitted) return;
    this.#child = undefined;
    this.#parent.failed(this);
  }

  failed(): void {}

  quit(): void {
    this.#child?.quit();
    this.#child = undefined;
  }

  discard(): void {}

  save(): unknown {
    return this.#child === undefined ? undefined : [this.#child.save()];
  }

  restore(saved: unknown): void {
    const child = saved as [unknown] | undefined;
    if (child === undefined) return;
    this.#child = this.#services.open(this.#plan.child, this);
    this.#child.restore(child[0]);
  }
}

/** `[2] x`, `[1:3] x until y`, `x until y`: gathers what x matches in lists. */
export class UntilState implements State, StateParent {
  readonly keepsFilters = true;
  readonly #plan: Plan<"until">;
  readonly #services: PatternServices;
  readonly #parent: StateParent;
  #match: Match = [];
  #matcher: State | undefined;
  #until: State | undefined;
  #count = 0;
  #low: number | undefined;
  #high: number | undefined;
  #gathered: Value[][];
  /** Events in the lists, for the budget. */
  #held = 0;

  constructor(plan: Plan<"until">, services: PatternServices, parent: StateParent) {
    this.#plan = plan;
    this.#services = services;
    this.#parent = parent;
    this.#gathered = plan.tags.map(() => []);
  }

  start(match: Match): void {
    this.#match = match;
    const { until } = this.#plan;
    // First what ends it: an event that both take ends it and is not gathered.
    if (until !== undefined) {
      this.#until = this.#services.open(until, this);
      this.#until.start(match);
    }
    [this.#low, this.#high] = this.#bounds();
    this.#matcher = this.#services.open(this.#plan.child, this);
    this.#matcher.start(match);
  }

  matched(match: Match, from: State, quitted: boolean): void {
    if (from === this.#matcher) this.#gather(match, quitted);
    else if (from === this.#until) this.#end(match, quitted);
  }

  failed(from: State): void {
    from.quit();
    if (from === this.#matcher) this.#matcher = undefined;
    else this.#until = undefined;
    this.#parent.failed(this);
  }

  quit(): void {
    this.#matcher?.quit();
    this.#until?.quit();
    this.#matcher = undefined;
    this.#until = undefined;
    this.#services.hold(-this.#held);
    this.#held = 0;
  }

  discard(events: ReadonlySet<Value>): void {
    if (holdsAny(this.#match, events) || holdsAny(this.#gathered, events)) {
      this.quit();
      this.#parent.failed(this);
      return;
    }
    this.#matcher?.discard(events);
    this.#until?.discard(events);
  }

  save(): unknown {
    const saved = (state: State | undefined): [unknown] | undefined => state && [state.save()];
    return [this.#match, this.#count, this.#low, this.#high, this.#held, this.#gathered, saved(this.#matcher), saved(this.#until)];
  }

  restore(saved: unknown): void {
    const [match, count, low, high, held, gathered, matcher, until] = saved as [
      Match,
      number,
      number | undefined,
      number | undefined,
      number,
      Value[][],
      [unknown] | undefined,
      [unknown] | undefined,
    ];
    [this.#match, this.#count, this.#low, this.#high, this.#held, this.#gathered] = [match, count, low, high, held, gathered];
    if (until !== undefined) {
      this.#until = this.#services.open(this.#plan.until!, this);
      this.#until.restore(until[0]);
    }
    if (matcher !== undefined) {
      this.#matcher = this.#services.open(this.#plan.child, this);
      this.#matcher.restore(matcher[0]);
    }
  }

  #gather(match: Match, quitted: boolean): void {
    const [low, high] = [this.#low, this.#high];
    this.#count++;
    for (const [at, tag] of this.#plan.tags.entries()) {
      const value = match[tag] ?? null;
      if (value !== null) for (const event of isList(value) ? value : [value]) this.#keep(at, event);
    }
    if (quitted) this.#matcher = undefined;
    if (low !== undefined && low === high && this.#count === low) {
      this.quit();
      this.#parent.matched(this.#consolidated(match), this, true);
      return;
    }
    const goesOn = high === undefined || high > this.#count;
    if (this.#matcher === undefined && goesOn) {
      this.#matcher = this.#services.open(this.#plan.child, this);
      this.#matcher.start(this.#match);
    } else if (this.#matcher !== undefined && !goesOn) {
      this.#matcher.quit();
      this.#matcher = undefined;
    }
  }

  /** What comes when there is no room is counted as come, and is not in the list. */
  #keep(at: number, event: Value): void {
    if (this.#services.isFull) {
      this.#services.refuse();
      return;
    }
    this.#gathered[at]!.push(event);
    this.#held++;
    this.#services.hold(1);
  }

  /** How often at least and at most; the less of the two comes first, whichever way round they are. */
  #bounds(): [number | undefined, number | undefined] {
    const [low, high] = [this.#plan.low, this.#plan.high].map((bound) => {
      const value = bound && this.#services.evaluate(bound, this.#match);
      return typeof value === "number" ? value : undefined;
    });
    return low !== undefined && high !== undefined && high < low ? [high, low] : [low, high];
  }

  #end(match: Match, quitted: boolean): void {
    if (quitted) this.#until = undefined;
    this.quit();
    if (this.#low !== undefined && this.#count < this.#low) this.#parent.failed(this);
    else this.#parent.matched(this.#consolidated(match), this, true);
  }

  /**
   * The match with the lists in the places of the tags. A timer passes on the very match that it began with, which Esper writes into: a
   * round of `every` that gathers nothing then still has the lists of the round before.
   */
  #consolidated(match: Match): Match {
    const result = match === this.#match ? (match as Value[]) : [...match];
    for (const [at, tag] of this.#plan.tags.entries()) if (this.#gathered[at]!.length > 0) result[tag] = this.#gathered[at]!;
    return result;
  }
}

/** `x where timer:within(2 sec)`, `timer:withinmax(2 sec, 3)`, `x while (condition)`: fails when the guard does. */
export class GuardState implements State, StateParent, Timer {
  readonly keepsFilters = false;
  readonly #plan: Plan<"within" | "while">;
  readonly #services: PatternServices;
  readonly #parent: StateParent;
  order = 0;
  #match: Match = [];
  #child: State | undefined;
  #dueMs: number | undefined;
  #count = 0;
  #countMax: number | undefined;

  constructor(plan: Plan<"within" | "while">, services: PatternServices, parent: StateParent) {
    this.#plan = plan;
    this.#services = services;
    this.#parent = parent;
  }

  start(match: Match): void {
    this.#match = match;
    this.order = this.#services.nextOrder();
    if (this.#plan.kind === "within") {
      const { duration, matches_max } = this.#plan;
      const endMs = endOf(duration, match, this.#services);
      const count = matches_max && this.#services.evaluate(matches_max, match);
      // Null, of time or of matches, is none.
      if (endMs === undefined || count === null) {
        this.#parent.failed(this);
        return;
      }
      this.#countMax = typeof count === "number" ? count : undefined;
      this.#wait(endMs);
    }
    this.#child = this.#services.open(this.#plan.child, this);
    this.#child.start(match);
  }

  matched(match: Match, _from: State, quitted: boolean): void {
    if (this.#child === undefined) return;
    if (quitted) {
      this.#child = undefined;
      this.#stop();
    }
    const passes = this.#passes(match);
    if (passes === true) this.#parent.matched(match, this, quitted);
    else if (passes === false) this.#fail();
  }

  failed(): void {
    this.#stop();
    this.#parent.failed(this);
  }

  fire(): void {
    if (this.#dueMs === undefined) return;
    this.#dueMs = undefined;
    this.#fail();
  }

  quit(): void {
    this.#child?.quit();
    this.#child = undefined;
    this.#stop();
  }

  discard(events: ReadonlySet<Value>): void {
    if (holdsAny(this.#match, events)) this.#fail();
    else this.#child?.discard(events);
  }

  save(): unknown {
    return [this.order, this.#match, this.#dueMs, this.#count, this.#countMax, this.#child && [this.#child.save()]];
  }

  restore(saved: unknown): void {
    const [order, match, dueMs, count, countMax, child] = saved as [
      number,
      Match,
      number | undefined,
      number,
      number | undefined,
      [unknown] | undefined,
    ];
    [this.order, this.#match, this.#count, this.#countMax] = [order, match, count, countMax];
    if (dueMs !== undefined) this.#wait(dueMs);
    if (child === undefined) return;
    this.#child = this.#services.open(this.#plan.child, this);
    this.#child.restore(child[0]);
  }

  /** False ends what is guarded; what is unknown lets nothing through and ends nothing. */
  #passes(match: Match): boolean | undefined {
    if (this.#plan.kind === "while") return (this.#services.evaluate(this.#plan.condition, match) as boolean | null) ?? undefined;
    this.#count++;
    return this.#countMax === undefined || this.#count <= this.#countMax;
  }

  #fail(): void {
    this.quit();
    this.#parent.failed(this);
  }

  #wait(dueMs: number): void {
    this.#dueMs = dueMs;
    this.#services.wake(this, dueMs);
  }

  #stop(): void {
    if (this.#dueMs !== undefined) this.#services.forget(this);
    this.#dueMs = undefined;
  }
}
