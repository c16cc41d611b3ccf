import type { Expression } from "../plan/expression.ts";
import type { AggregatePlan } from "../plan/plan.ts";
import type { Accumulator, StatementEvent, WindowCondition, WindowState } from "../vocabulary.ts";
import { type AggregateArguments, argumentsOf } from "./aggregate_arguments.ts";
import type { Evaluate } from "./evaluation.ts";

/** The condition of a `win:expr`, with the aggregates in it kept up with what the window holds. */
export class WindowAggregates implements WindowCondition {
  readonly #condition: Evaluate;
  readonly #plans: readonly AggregatePlan[];
  readonly #arguments: readonly AggregateArguments[];
  #aggregates: readonly Accumulator[];

  constructor(condition: Evaluate, plans: readonly AggregatePlan[], evaluation: (expression: Expression) => Evaluate) {
    this.#condition = condition;
    this.#plans = plans;
    this.#arguments = plans.map((plan) => argumentsOf(plan, evaluation));
    this.#aggregates = plans.map((plan) => plan.open());
  }

  enter(event: StatementEvent): void {
    this.#arguments.forEach(
      (argument, index) => argument.takes([event]) && this.#aggregates[index]!.enter(argument.values([event]), event.timeMs),
    );
  }

  leave(event: StatementEvent): void {
    this.#arguments.forEach((argument, index) => argument.takes([event]) && this.#aggregates[index]!.leave(argument.values([event])));
  }

  clear(): void {
    this.#aggregates = this.#plans.map((plan) => plan.open());
  }

  holds(event: StatementEvent, state: WindowState): boolean {
    const { oldest, newest, oldestMs, newestMs, count, expired } = state;
    const named = { values: [count, expired, oldestMs, newestMs], timeMs: newestMs };
    const events = [event, named, oldest, newest];
    return this.#condition({ events, aggregates: this.#aggregates, key: [], nowMs: event.timeMs }) === true;
  }

  save(): unknown {
    return this.#aggregates.map((aggregate) => aggregate.save());
  }

  restore(saved: unknown): void {
    const states = saved as unknown[];
    this.#aggregates.forEach((aggregate, index) => aggregate.restore(states[index]));
  }
}
