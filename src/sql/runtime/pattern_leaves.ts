import type { PatternNodePlan } from "../plan/pattern.ts";
import type { StatementEvent } from "../vocabulary.ts";
import { holdsAny, type Listener, type Match, type PatternServices, type State, type StateParent, type Timer } from "./pattern_state.ts";
import type { Value } from "../../event/index.ts";

type Plan<Kind extends PatternNodePlan["kind"]> = Extract<PatternNodePlan, { kind: Kind }>;

/** `a=access(code = 200)`: waits for one event. */
export class FilterState implements State, Listener {
  readonly #plan: Plan<"filter">;
  readonly #services: PatternServices;
  readonly #parent: StateParent;
  order: number;
  #match: Match = [];
  #listens = false;

  constructor(plan: Plan<"filter">, services: PatternServices, parent: StateParent, order: number) {
    this.#plan = plan;
    this.#services = services;
    this.#parent = parent;
    this.order = order;
  }

  get target(): string {
    return this.#plan.target;
  }

  get level(): number {
    return this.#plan.level;
  }

  start(match: Match): void {
    this.#match = match;
    this.#listens = true;
    this.#services.listen(this);
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
    if (!holdsAny(this.#match, events)) return;
    this.quit();
    this.#parent.failed(this);
  }

  save(): unknown {
    return [this.order, this.#match, this.#listens];
  }

  restore(saved: unknown): void {
    [this.order, this.#match, this.#listens] = saved as [number, Match, boolean];
    if (this.#listens) this.#services.listen(this);
  }
}

/** `timer:interval(5 sec)` and `timer:at(..)`: waits for an instant. */
export class TimerState implements State, Timer {
  readonly #plan: Plan<"interval" | "at">;
  readonly #services: PatternServices;
  readonly #parent: StateParent;
  order: number;
  #match: Match = [];
  #dueMs: number | undefined;

  constructor(plan: Plan<"interval" | "at">, services: PatternServices, parent: StateParent, order: number) {
    this.#plan = plan;
    this.#services = services;
    this.#parent = parent;
    this.order = order;
  }

  start(match: Match): void {
    this.#match = match;
    const { nowMs } = this.#services;
    const dueMs = this.#plan.kind === "interval" ? nowMs + this.#plan.ms : this.#plan.schedule.next(nowMs);
    if (dueMs === nowMs) {
      this.#parent.matched(match, this, true);
      return;
    }
    this.#wait(dueMs);
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
