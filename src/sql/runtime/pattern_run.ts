import type { Value } from "../../event/index.ts";
import { isList } from "../../event/index.ts";
import { DueQueue } from "../../kit/index.ts";
import type { Expression } from "../plan/expression.ts";
import type { PatternNodePlan, PatternPlan } from "../plan/pattern.ts";
import type { StatementEvent } from "../vocabulary.ts";
import type { Evaluate } from "./evaluation.ts";
import { FilterTree } from "./filter_tree.ts";
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
  readonly #heldMax: number;
  readonly #trees = new Map<string, FilterTree<Listener>>();
  readonly #firstTimers = new DueQueue<Timer>();
  readonly #timers = new DueQueue<Timer>();
  /** The places up to this one were given while the pattern began. */
  #begun = Number.POSITIVE_INFINITY;
  #root: State | undefined;
  #order = 0;
  #listening = 0;
  /** Events, matches and keys that states have gathered. */
  #gathered = 0;
  #refused = 0;
  #matches: StatementEvent[] = [];
  /** While the pattern is saved or restored: the filters that listen, by place. */
  #placed = new Map<Listener, number>();
  nowMs: number;

  /** `heldMax`: what may wait in it at once, filters, timers, and events of matches that are not complete. */
  constructor(plan: PatternPlan, evaluation: (expression: Expression) => Evaluate, startMs: number, heldMax: number) {
    this.#plan = plan;
    this.#evaluation = evaluation;
    this.#heldMax = heldMax;
    this.nowMs = startMs;
  }

  /** Begins; gives what is true from the beginning. */
  start(): StatementEvent[] {
    this.#root = this.open(this.#plan.root, this);
    this.#root.start(this.#plan.tags.map(() => null));
    this.#begun = this.#order;
    return this.#taken();
  }

  /** The matches that an event of a target completes. */
  take(target: string, event: StatementEvent): StatementEvent[] {
    this.nowMs = event.timeMs;
    const taking =
      this.#trees
        .get(target)
        ?.candidates(event)
        .filter((listener) => listener.accepts(event)) ?? [];
    const level = taking.reduce((highest, listener) => Math.max(highest, listener.level), 0);
    // Who has quit by the time that its turn comes takes nothing.
    for (const listener of taking) if (listener.level === level) listener.take(event);
    return this.#taken();
  }

  /** When a timer of the pattern falls due: one that began with it (`first`), or a later one. */
  nextDueMs(which: WhichTimers): number | undefined {
    return this.#queueOf(which).nextDueMs;
  }

  /** At one instant the first timers come before windows and outputs, which began after them; the later ones come behind. */
  fire(which: WhichTimers, nowMs: number): StatementEvent[] {
    this.nowMs = nowMs;
    for (const timer of this.#queueOf(which).takeDue(nowMs).toSorted(byOrder)) timer.fire(nowMs);
    return this.#taken();
  }

  /** What waits, for the budget. */
  get size(): number {
    return this.#listening + this.#firstTimers.size + this.#timers.size + this.#gathered;
  }

  /** What was given up for want of room. */
  get refused(): number {
    return this.#refused;
  }

  save(): unknown {
    this.#placed = new Map([...this.#trees.values()].flatMap((tree) => tree.all()).map((listener, place) => [listener, place]));
    const saved = [this.#order, this.#begun, this.#refused, this.nowMs, this.#root && [this.#root.save()], this.#gathered];
    this.#placed.clear();
    return saved;
  }

  restore(saved: unknown): void {
    const [order, begun, refused, nowMs, root, gathered] = saved as [number, number, number, number, [unknown] | undefined, number];
    this.#root?.quit();
    this.#root = undefined;
    [this.#order, this.#begun, this.#refused, this.nowMs, this.#matches] = [order, begun, refused, nowMs, []];
    if (root !== undefined) {
      this.#root = this.open(this.#plan.root, this);
      this.#root.restore(root[0]);
      // As they stood, which is not the order in which they are found in the pattern.
      const placed = [...this.#placed].toSorted(([, left], [, right]) => left - right);
      this.#placed.clear();
      for (const [listener] of placed) this.listen(listener);
    }
    this.#gathered = gathered;
  }

  open(plan: PatternNodePlan, parent: StateParent): State {
    switch (plan.kind) {
      case "filter":
        return new FilterState(plan, this, parent);
      case "interval":
      case "at":
        return new TimerState(plan, this, parent);
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
        return new GuardState(plan, this, parent);
    }
  }

  get isFull(): boolean {
    return this.size >= this.#heldMax;
  }

  hold(count: number): void {
    this.#gathered += count;
  }

  refuse(): void {
    this.#refused++;
  }

  nextOrder(): number {
    return this.#order++;
  }

  listen(filter: Listener, place?: number): void {
    if (place !== undefined) {
      this.#placed.set(filter, place);
      return;
    }
    const tree = this.#trees.get(filter.target) ?? new FilterTree<Listener>();
    this.#trees.set(filter.target, tree);
    tree.add(filter);
    this.#listening++;
  }

  placeOf(filter: Listener): number {
    return this.#placed.get(filter)!;
  }

  ignore(filter: Listener): void {
    if (this.#trees.get(filter.target)?.delete(filter) === true) this.#listening--;
  }

  wake(timer: Timer, dueMs: number): void {
    this.#queueOf(timer.order < this.#begun ? "first" : "later").set(timer, dueMs);
  }

  forget(timer: Timer): void {
    this.#queueOf(timer.order < this.#begun ? "first" : "later").delete(timer);
  }

  #queueOf(which: WhichTimers): DueQueue<Timer> {
    return which === "first" ? this.#firstTimers : this.#timers;
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
  }

  failed(): void {
    this.#root?.quit();
    this.#root = undefined;
  }

  /** The matches of one event or instant, all of them together. */
  #taken(): StatementEvent[] {
    const matches = this.#matches;
    this.#matches = [];
    if (this.#plan.discardPartials && matches.length > 0) this.#root?.discard(new Set(matches.flatMap(({ values }) => eventsOf(values))));
    return this.#plan.suppressOverlapping ? withoutOverlaps(matches) : matches;
  }
}

type WhichTimers = "first" | "later";

function byOrder(left: { readonly order: number }, right: { readonly order: number }): number {
  return left.order - right.order;
}

/** Of matches that share an event the first; and of those behind it none that has one event twice. */
function withoutOverlaps(matches: readonly StatementEvent[]): StatementEvent[] {
  const used = new Set<Value>();
  return matches.filter(({ values }, index) => {
    const events = eventsOf(values);
    if (index > 0 && (new Set(events).size < events.length || events.some((event) => used.has(event)))) return false;
    for (const event of events) used.add(event);
    return true;
  });
}

function eventsOf(match: Match): Value[] {
  return match.flatMap((value) => (value === null ? [] : isList(value) ? value : [value]));
}
