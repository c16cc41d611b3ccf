import type { PatternNodePlan } from "../plan/pattern.ts";
import type { StatementEvent } from "../vocabulary.ts";
import type { AskedPath } from "./filter_tree.ts";
import {
  endOf,
  holdsAny,
  type Listener,
  type Match,
  type PatternServices,
  type State,
  type StateParent,
  type Timer,
} from "./pattern_state.ts";
import type { Value } from "../../event/index.ts";

type Plan<Kind extends PatternNodePlan["kind"]> = Extract<PatternNodePlan, { kind: Kind }>;

/** `a=access(code = 200)`: waits for one event. */
export class FilterState implements State, Listener {
  readonly #plan: Plan<"filter">;
  readonly #services: PatternServices;
  readonly #parent: StateParent;
  #match: Match = [];
  #listens = false;
  paths: readonly AskedPath[] = [];

  constructor(plan: Plan<"filter">, services: PatternServices, parent: StateParent) {
    this.#plan = plan;
    this.#services = services;
    this.#parent = parent;
  }

  get target(): string {
    return this.#plan.target;
  }

  get level(): number {
    return this.#plan.level;
  }

  start(match: Match): void {
    this.#match = match;
    this.#listen();
  }

  accepts(event: StatementEvent): boolean {
    const { condition } = this.#plan;
    return condition === undefined || this.#services.evaluate(condition, this.#match, event) === true;
  }

  take(event: StatementEvent): void {
    if (!this.#listens) return;
    const { tag } = this.#plan;
    // What is passed on is never the match itself: a repetition that ends with this writes into its own.
    const match = tag === undefined ? [...this.#match] : this.#match.with(tag, event);
    const quitted = !this.#parent.keepsFilters;
    if (quitted) this.quit();
    this.#parent.matched(match, this, quitted);
  }

  quit(): void {
    if (this.#listens) this.#services.ignore(this);
    this.#listens = false;
  }

  discard(events: ReadonlySet<Value>): void {
    if (!this.#listens || !holdsAny(this.#match, events)) return;
    this.quit();
    this.#parent.failed(this);
  }

  save(): unknown {
    return [this.#match, this.#listens ? this.#services.placeOf(this) : undefined];
  }

  restore(saved: unknown): void {
    const [match, place] = saved as [Match, number | undefined];
    this.#match = match;
    if (place !== undefined) this.#listen(place);
  }

  #listen(place?: number): void {
    this.#listens = true;
    this.paths = this.#plan.paths.map(({ keys, more }) => ({
      asks: keys.map(({ slot, operator, values }) => ({
        slot,
        operator,
        values: values.map((value) => this.#services.evaluate(value, this.#match)),
      })),
      more,
    }));
    this.#services.listen(this, place);
  }
}

/** `timer:interval(5 sec)` and `timer:at(..)`: waits for an instant. */
export class TimerState implements State, Timer {
  readonly #plan: Plan<"interval" | "at">;
  readonly #services: PatternServices;
  readonly #parent: StateParent;
  order = 0;
  #match: Match = [];
  #dueMs: number | undefined;

  constructor(plan: Plan<"interval" | "at">, services: PatternServices, parent: StateParent) {
    this.#plan = plan;
    this.#services = services;
    this.#parent = parent;
  }

  start(match: Match): void {
    this.#match = match;
    this.order = this.#services.nextOrder();
    const { nowMs } = this.#services;
    if (this.#plan.kind === "at") {
      this.#wait(this.#plan.schedule.next(nowMs));
      return;
    }
    const dueMs = endOf(this.#plan.duration, match, this.#services);
    // Nobody knows when null seconds are over.
    if (dueMs === undefined) this.#parent.failed(this);
    else if (dueMs <= nowMs) this.#parent.matched(match, this, true);
    else this.#wait(dueMs);
  }

  fire(): void {
    if (this.#dueMs === undefined) return;
    this.#dueMs = undefined;
    this.#parent.matched(this.#match, this, true);
  }

  quit(): void {
    if (this.#dueMs !== undefined) this.#services.forget(this);
    this.#dueMs = undefined;
  }

  discard(events: ReadonlySet<Value>): void {
    if (!holdsAny(this.#match, events)) return;
    this.quit();
    this.#parent.failed(this);
  }

  save(): unknown {
    return [this.order, this.#match, this.#dueMs];
  }

  restore(saved: unknown): void {
    const [order, match, dueMs] = saved as [number, Match, number | undefined];
    this.order = order;
    this.#match = match;
    this.#wait(dueMs);
  }

  #wait(dueMs: number | undefined): void {
    this.#dueMs = dueMs;
    if (dueMs !== undefined) this.#services.wake(this, dueMs);
  }
}
