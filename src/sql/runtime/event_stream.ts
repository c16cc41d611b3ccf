import { assert } from "../../kit/index.ts";
import type { Expression } from "../plan/expression.ts";
import type { ExpressionParameter } from "../plan/parameter.ts";
import type { StreamPlan } from "../plan/plan.ts";
import type { Change, StatementEvent, Window, WindowServices } from "../vocabulary.ts";
import type { Evaluate } from "./evaluation.ts";
import { PreviousEvents, PriorEvents } from "./previous.ts";
import { WindowAggregates } from "./window_aggregates.ts";

/** One stream of a statement while it runs: its filter, and the windows behind it. */
export class EventStream {
  readonly plan: StreamPlan;
  readonly #filter: Evaluate | undefined;
  readonly #window: Window | undefined;
  readonly #prior: PriorEvents | undefined;
  readonly previous: PreviousEvents | undefined;

  constructor(plan: StreamPlan, evaluation: (expression: Expression) => Evaluate, startMs: number) {
    this.plan = plan;
    this.#filter = plan.filter && evaluation(plan.filter);
    this.#window = plan.window?.open(servicesOf(plan, evaluation));
    this.#window?.start?.(startMs);
    const { previous } = plan;
    if (previous !== undefined && previous.priorMax > 0) this.#prior = new PriorEvents(previous.priorMax);
    if (previous?.window !== undefined) this.previous = new PreviousEvents(previous, evaluation, () => this.contents());
  }

  passes(event: StatementEvent): boolean {
    return this.#filter === undefined || this.#filter({ events: [event], aggregates: [], key: [], nowMs: event.timeMs }) === true;
  }

  /** Takes in an event that passes. Without a window it is gone at once, and only what has entered is told. */
  take(arrived: StatementEvent, nowMs: number): readonly Change[] {
    const event = this.#prior?.arrived(arrived) ?? arrived;
    return this.#window === undefined ? [{ entered: [event], left: [] }] : this.#window.update([event], [], nowMs);
  }

  nextDueMs(): number | undefined {
    return this.#window?.nextDueMs?.();
  }

  fire(nowMs: number): readonly Change[] {
    return this.#window!.fire!(nowMs);
  }

  finish(): readonly Change[] {
    return this.#window?.finish?.() ?? [];
  }

  contents(): Iterable<StatementEvent> {
    return this.#window?.contents() ?? [];
  }

  get size(): number {
    return this.#window?.size() ?? 0;
  }

  save(): unknown {
    return [this.#window?.save(), this.#prior?.save(), this.previous?.save()];
  }

  restore(saved: unknown): void {
    const [window, prior, previous] = saved as [unknown, unknown, unknown];
    this.#window?.restore(window);
    this.#prior?.restore(prior);
    this.previous?.restore(previous);
  }
}

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
