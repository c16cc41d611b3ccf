import { assert } from "../../kit/index.ts";
import type { Expression } from "../plan/expression.ts";
import type { ExpressionParameter } from "../plan/parameter.ts";
import type { StreamPlan } from "../plan/plan.ts";
import type { Change, StatementEvent, Window, WindowServices } from "../vocabulary.ts";
import type { Evaluate } from "./evaluation.ts";
import { LatestEvents, PreviousEvents, PriorEvents } from "./previous.ts";
import { RowPatternRun } from "./row_pattern_run.ts";
import { WindowAggregates } from "./window_aggregates.ts";

export interface StreamBounds {
  /** The events that matches of a MATCH_RECOGNIZE may hold. */
  readonly matches_held_max: number;
  /** Beyond so many keys of a window of keys the one that no event was of for the longest time makes room. */
  readonly keys_max?: number | undefined;
}

/** One stream of a statement while it runs: its filter, and the windows behind it. */
export class EventStream {
  readonly plan: StreamPlan;
  readonly #filter: Evaluate | undefined;
  readonly #window: Window | undefined;
  readonly #prior: PriorEvents | undefined;
  readonly #rowPattern: RowPatternRun | undefined;
  readonly previous: PreviousEvents | LatestEvents | undefined;
  /** Keys of its window that made room for others. */
  evicted = 0;

  constructor(plan: StreamPlan, evaluation: (expression: Expression) => Evaluate, startMs: number, bounds: StreamBounds) {
    this.plan = plan;
    this.#filter = plan.filter && evaluation(plan.filter);
    const keys = bounds.keys_max === undefined ? undefined : { max: bounds.keys_max, evicted: () => void this.evicted++ };
    this.#window = plan.window?.open({ ...servicesOf(plan, evaluation), keys });
    this.#window?.start?.(startMs);
    const window = this.#window;
    const contents = window && ((): Iterable<StatementEvent> => window.contents());
    this.#rowPattern = plan.rowPattern && new RowPatternRun(plan.rowPattern, evaluation, bounds.matches_held_max, contents);
    const { previous } = plan;
    if (previous === undefined) return;
    if (plan.window === undefined) this.previous = new LatestEvents(previous.priorMax);
    else if (previous.priorMax > 0) this.#prior = new PriorEvents(previous.priorMax);
    if (previous.window !== undefined) this.previous = new PreviousEvents(previous, evaluation, () => this.contents());
  }

  passes(event: StatementEvent): boolean {
    return this.#filter === undefined || this.#filter({ events: [event], aggregates: [], key: [], nowMs: event.timeMs }) === true;
  }

  /** Takes in an event that passes. Without a window it is gone at once, and only what has entered is told. */
  take(arrived: StatementEvent, nowMs: number): readonly Change[] {
    // What came before an event is written into it, and other streams of the statement take the same one.
    const event = this.#prior === undefined ? arrived : { ...arrived };
    return this.#matched(this.#window === undefined ? [{ entered: [event], left: [] }] : this.#window.update([event], [], nowMs), nowMs);
  }

  nextDueMs(): number | undefined {
    const dueMs = Math.min(this.#window?.nextDueMs?.() ?? NEVER, this.#rowPattern?.nextDueMs() ?? NEVER);
    return dueMs === NEVER ? undefined : dueMs;
  }

  fire(nowMs: number): readonly Change[] {
    const over = this.#rowPattern?.nextDueMs() === nowMs ? changeOf(this.#rowPattern.fire(nowMs)) : [];
    const moved = this.#window?.nextDueMs?.() === nowMs ? this.#matched(this.#window.fire!(nowMs), nowMs) : [];
    return [...over, ...moved];
  }

  finish(nowMs: number): readonly Change[] {
    return this.#matched(this.#window?.finish?.() ?? [], nowMs);
  }

  /** What the stream holds for the query: not the events that matches are found in. */
  contents(): Iterable<StatementEvent> {
    return this.#rowPattern === undefined ? (this.#window?.contents() ?? []) : [];
  }

  /** Events that matches hold which are not complete, and the matches that were given up for want of room. */
  get matches(): { readonly held: number; readonly refused: number } {
    return { held: this.#rowPattern?.size ?? 0, refused: this.#rowPattern?.refused ?? 0 };
  }

  get size(): number {
    return this.#window?.size() ?? 0;
  }

  save(): unknown {
    return [this.#window?.save(), this.#prior?.save(), this.previous?.save(), this.#rowPattern?.save(), this.evicted];
  }

  restore(saved: unknown): void {
    const [window, prior, previous, rowPattern, evicted] = saved as [unknown, unknown, unknown, unknown, number | undefined];
    this.evicted = evicted ?? 0;
    this.#rowPattern?.restore(rowPattern);
    this.#window?.restore(window);
    this.#prior?.restore(prior);
    this.previous?.restore(previous);
  }

  /** What goes on to the query: the changes themselves, or the matches in them. */
  #matched(changes: readonly Change[], nowMs: number): readonly Change[] {
    this.#prior?.changed(changes);
    const rowPattern = this.#rowPattern;
    return rowPattern === undefined ? changes : changes.flatMap((change) => changeOf(rowPattern.update(change, nowMs)));
  }
}

function changeOf(entered: readonly StatementEvent[]): Change[] {
  return entered.length === 0 ? [] : [{ entered, left: [] }];
}

const NEVER = Number.POSITIVE_INFINITY;

function servicesOf(plan: StreamPlan, evaluation: (expression: Expression) => Evaluate): WindowServices {
  const ready = new Map<ExpressionParameter, Evaluate>();
  const evaluateOf = (parameter: ExpressionParameter): Evaluate => {
    const evaluate = ready.get(parameter) ?? evaluation(parameter.expression);
    ready.set(parameter, evaluate);
    return evaluate;
  };
  return {
    evaluate: (parameter, event) => evaluateOf(parameter)({ events: [event], aggregates: [], key: [], nowMs: event.timeMs }),
    condition: (parameter) => {
      const aggregates = plan.views.map((view) => view.aggregates.get(parameter)).find((known) => known !== undefined);
      assert(aggregates !== undefined, "a window asked for a condition that is not one of its parameters");
      return new WindowAggregates(evaluateOf(parameter), aggregates, evaluation);
    },
  };
}
