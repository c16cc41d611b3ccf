import type { Value } from "../../event/index.ts";
import { isList } from "../../event/index.ts";
import { DueQueue } from "../../kit/index.ts";
import type { Expression } from "../plan/expression.ts";
import type { PatternNodePlan, PatternPlan } from "../plan/pattern.ts";
import type { StatementEvent } from "../vocabulary.ts";
import type { Evaluate } from "./evaluation.ts";
import { AndState, EveryState, FollowedByState, OrState } from "./pattern_branches.ts";
import { FilterState, TimerState } from "./pattern_leaves.ts";
import { GuardState, NotState, UntilState } from "./pattern_qualifiers.ts";
import type { Listener, Match, PatternServices, State, StateParent, Timer } from "./pattern_state.ts";

/** A pattern while it runs: events and time go in, matches come out, each as an event whose values are those of the tags. */
export class PatternRun implements PatternServices, StateParent {
  readonly keepsFilters = false;
  readonly #plan: PatternPlan;
  readonly #evaluation: (expression: Expression) => Evaluate;
  readonly #ready = new Map<Expression, Evaluate>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #timers = new DueQueue<Timer>();
  #root: State | undefined;
  #order = 0;
  #states = 0;
  #matches: StatementEvent[] = [];
  nowMs: number;

  constructor(plan: PatternPlan, evaluation: (expression: Expression) => Evaluate, startMs: number) {
    this.#plan = plan;
    this.#evaluation = evaluation;
    this.nowMs = startMs;
  }

  /** Begins; what is true from the beginning is given by the first call of `take` or `fire`. */
  start(): void {
    this.#root = this.open(this.#plan.root, this);
    this.#root.start(this.#plan.tags.map(() => null));
  }

  /** The matches that an event of a target completes. */
  take(target: string, event: StatementEvent): StatementEvent[] {
    this.nowMs = event.timeMs;
    const taking = [...(this.#listeners.get(target) ?? [])].filter((listener) => listener.accepts(event));
    const level = Math.max(0, ...taking.map((listener) => listener.level));
    // Who has quit by the time that its turn comes takes nothing.
    for (const listener of taking.toSorted(byOrder)) if (listener.level === level) listener.take(event);
    return this.#taken();
  }

  nextDueMs(): number | undefined {
    return this.#timers.nextDueMs;
  }

  fire(nowMs: number): StatementEvent[] {
    this.nowMs = nowMs;
    for (const timer of this.#timers.takeDue(nowMs).toSorted(byOrder)) timer.fire(nowMs);
    return this.#taken();
  }

  /** States that wait, for the budget. */
  size(): number {
    return this.#states;
  }

  save(): unknown {
    return [this.#order, this.nowMs, this.#root && [this.#root.save()]];
  }

  restore(saved: unknown): void {
    const [order, nowMs, root] = saved as [number, number, [unknown] | undefined];
    this.#root?.quit();
    this.#root = undefined;
    [this.#order, this.nowMs, this.#matches] = [order, nowMs, []];
    if (root === undefined) return;
    this.#root = this.open(this.#plan.root, this);
    this.#root.restore(root[0]);
    this.#order = order;
  }

  open(plan: PatternNodePlan, parent: StateParent): State {
    switch (plan.kind) {
      case "filter":
        return new FilterState(plan, this, parent, this.#order++);
      case "interval":
      case "at":
        return new TimerState(plan, this, parent, this.#order++);
      case "every":
        return new EveryState(plan, this, parent);
      case "followed_by":
        return new FollowedByState(plan, this, parent);
      case "and":
        return new AndState(plan, this, parent);
      case "or":
        return new OrState(plan, this, parent);
      case "not":
        return new NotState(plan, this, parent);
      case "until":
        return new UntilState(plan, this, parent);
      case "within":
      case "while":
        return new GuardState(plan, this, parent, this.#order++);
    }
  }

  listen(filter: Listener): void {
    const listeners = this.#listeners.get(filter.target);
    if (listeners === undefined) this.#listeners.set(filter.target, new Set([filter]));
    else listeners.add(filter);
    this.#states++;
  }

  ignore(filter: Listener): void {
    if (this.#listeners.get(filter.target)?.delete(filter) === true) this.#states--;
  }

  wake(timer: Timer, dueMs: number): void {
    this.#timers.set(timer, dueMs);
  }

  forget(timer: Timer): void {
    this.#timers.delete(timer);
  }

  evaluate(expression: Expression, match: Match, event?: StatementEvent): Value {
    let evaluate = this.#ready.get(expression);
    if (evaluate === undefined) {
      evaluate = this.#evaluation(expression);
      this.#ready.set(expression, evaluate);
    }
    const soFar = { values: match, timeMs: this.nowMs };
    return evaluate({ events: event === undefined ? [soFar] : [event, soFar], aggregates: [], key: [], nowMs: this.nowMs });
  }

  matched(match: Match, _from: State, quitted: boolean): void {
    if (quitted) this.#root = undefined;
    this.#matches.push({ values: match, timeMs: this.nowMs });
    if (this.#plan.discardPartials) this.#root?.discard(eventsOf(match));
  }

  failed(): void {
    this.#root?.quit();
    this.#root = undefined;
  }

  #taken(): StatementEvent[] {
    const matches = this.#matches;
    this.#matches = [];
    return this.#plan.suppressOverlapping ? withoutOverlaps(matches) : matches;
  }
}

function byOrder(left: { readonly order: number }, right: { readonly order: number }): number {
  return left.order - right.order;
}

/** Of matches that share an event the first. */
function withoutOverlaps(matches: readonly StatementEvent[]): StatementEvent[] {
  const used = new Set<Value>();
  return matches.filter(({ values }) => {
    const events = eventsOf(values);
    if ([...events].some((event) => used.has(event))) return false;
    for (const event of events) used.add(event);
    return true;
  });
}

function eventsOf(match: Match): Set<Value> {
  return new Set(match.flatMap((value) => (value === null ? [] : isList(value) ? value : [value])));
}
