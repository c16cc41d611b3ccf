import type { OutputTrigger } from "../plan/output.ts";
import { nextWall } from "../plan/period.ts";
import type { Evaluate } from "./evaluation.ts";

/** Says when what a statement holds back is put out. */
export interface OutputCondition {
  /** So many events have entered and left. True: put out now. */
  update(entered: number, left: number, nowMs: number): boolean;
  /** When time alone makes it put out; then `fire` is called and it is put out. */
  nextDueMs(): number | undefined;
  fire(nowMs: number): void;
  save(): unknown;
  restore(saved: unknown): void;
}

export function openCondition(trigger: OutputTrigger, evaluation: (expression: ConditionOf) => Evaluate, startMs: number): OutputCondition {
  switch (trigger.by) {
    case "events":
      return new CountCondition(trigger.count);
    case "time":
      return new TimeCondition((nowMs, firstMs) => nextWall(nowMs, trigger.period, firstMs));
    case "schedule":
      return new TimeCondition((nowMs) => trigger.schedule.next(nowMs));
    case "condition":
      return new ExpressionCondition(evaluation(trigger.condition), startMs);
  }
}

type ConditionOf = Extract<OutputTrigger, { by: "condition" }>["condition"];

/** Once so many events have entered, or so many have left. */
class CountCondition implements OutputCondition {
  readonly #count: number;
  #entered = 0;
  #left = 0;

  constructor(count: number) {
    this.#count = count;
  }

  update(entered: number, left: number): boolean {
    this.#entered += entered;
    this.#left += left;
    if (this.#entered < this.#count && this.#left < this.#count) return false;
    this.#entered = 0;
    this.#left = 0;
    return true;
  }

  nextDueMs(): undefined {
    return undefined;
  }

  fire(): void {}

  save(): unknown {
    return [this.#entered, this.#left];
  }

  restore(saved: unknown): void {
    [this.#entered, this.#left] = saved as [number, number];
  }
}

/** By the clock, from the first event on. */
class TimeCondition implements OutputCondition {
  readonly #next: (nowMs: number, firstMs: number) => number | undefined;
  #firstMs: number | undefined;
  #dueMs: number | undefined;

  constructor(next: (nowMs: number, firstMs: number) => number | undefined) {
    this.#next = next;
  }

  update(_entered: number, _left: number, nowMs: number): boolean {
    this.#firstMs ??= nowMs;
    this.#dueMs ??= this.#next(nowMs, this.#firstMs);
    return false;
  }

  nextDueMs(): number | undefined {
    return this.#dueMs;
  }

  fire(nowMs: number): void {
    this.#dueMs = this.#next(nowMs, this.#firstMs!);
  }

  save(): unknown {
    return [this.#firstMs, this.#dueMs];
  }

  restore(saved: unknown): void {
    [this.#firstMs, this.#dueMs] = saved as [number | undefined, number | undefined];
  }
}

/** A condition over how many events have come, looked at whenever some do. */
class ExpressionCondition implements OutputCondition {
  readonly #condition: Evaluate;
  #entered = 0;
  #left = 0;
  #enteredTotal = 0;
  #leftTotal = 0;
  /** Before the first output: when the statement began. */
  #lastOutputMs: number;

  constructor(condition: Evaluate, startMs: number) {
    this.#condition = condition;
    this.#lastOutputMs = startMs;
  }

  update(entered: number, left: number, nowMs: number): boolean {
    this.#entered += entered;
    this.#left += left;
    this.#enteredTotal += entered;
    this.#leftTotal += left;
    const values = [this.#entered, this.#left, this.#enteredTotal, this.#leftTotal, this.#lastOutputMs];
    if (this.#condition({ events: [{ values, timeMs: nowMs }], aggregates: [], key: [], nowMs }) !== true) return false;
    this.#entered = 0;
    this.#left = 0;
    this.#lastOutputMs = nowMs;
    return true;
  }

  nextDueMs(): undefined {
    return undefined;
  }

  fire(): void {}

  save(): unknown {
    return [this.#entered, this.#left, this.#enteredTotal, this.#leftTotal, this.#lastOutputMs];
  }

  restore(saved: unknown): void {
    [this.#entered, this.#left, this.#enteredTotal, this.#leftTotal, this.#lastOutputMs] = saved as [
      number,
      number,
      number,
      number,
      number,
    ];
  }
}
