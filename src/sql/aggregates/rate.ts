import type { Value } from "../../event/index.ts";
import { isIntegral, isNumeric } from "../plan/type.ts";
import { type Accumulator, type AggregateForm, defineAggregate } from "../vocabulary.ts";

export const rate = defineAggregate({
  name: "rate",
  summary:
    "Events, or an amount of theirs, per second: `rate(ts)` over the window by the time in a field, `rate(10)` over the latest seconds. Null until an event has left.",
  parameters: [
    { name: "time", kind: "timestamp expression", doc: "The field with the epoch ms of the event; or how many seconds to look back." },
    { name: "amount", kind: "expression", doc: "A number that is added up in place of counting events.", optional: true },
    {
      name: "filter",
      kind: "condition",
      doc: "Only events for which it holds; with a time in a field, an amount stands before it.",
      optional: true,
    },
  ],
  example: "SELECT rate(ts) AS requests_per_second FROM access.win:length(1000)",
  after: "Esper 5.2 reference, 9.2.1 'SQL-standard functions'",
  resolve({ types: [type, second], constants: [constant], star }): AggregateForm | string {
    if (star || type === undefined || !isNumeric(type)) return "it takes a time: a field with epoch ms, or a number of seconds.";
    if (constant !== undefined) {
      const intervalMs = Number(constant) * 1000;
      if (!(intervalMs > 0)) return "the seconds to look back must be above 0.";
      const open = (): Accumulator => new RecentRate(intervalMs);
      return { type: "double", values: 0, constants: 1, ever: true, open, cells: undefined };
    }
    if (!isIntegral(type)) return "its time is a whole number, epoch ms.";
    if (second !== undefined && !isNumeric(second)) return "its amount is a number; a filter stands behind an amount.";
    const values = second === undefined ? 1 : 2;
    return { type: "double", values, ofWindow: true, ever: true, open: () => new WindowRate(), cells: undefined };
  },
});

/** What the window holds, over the time from the event that left last to the one that came last. */
class WindowRate implements Accumulator {
  #amount = 0;
  #latestMs = 0;
  #oldestMs: number | undefined;

  enter([timeMs, amount = 1]: readonly Value[]): void {
    this.#amount += Number(amount);
    this.#latestMs = Number(timeMs);
  }

  leave([timeMs, amount = 1]: readonly Value[]): void {
    this.#amount -= Number(amount);
    this.#oldestMs = Number(timeMs);
  }

  value(): Value {
    return this.#oldestMs === undefined ? null : (this.#amount * 1000) / (this.#latestMs - this.#oldestMs);
  }

  save(): unknown {
    return [this.#amount, this.#latestMs, this.#oldestMs];
  }

  restore(saved: unknown): void {
    [this.#amount, this.#latestMs, this.#oldestMs] = saved as [number, number, number | undefined];
  }
}

/** The instants of the events of the latest interval, which ends with the latest event, on the clock of the statement. */
class RecentRate implements Accumulator {
  readonly #intervalMs: number;
  #instants: number[] = [];
  #hasLeft = false;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  enter(_values: readonly Value[], nowMs: number): void {
    this.#instants.push(nowMs);
    this.#forget(nowMs);
  }

  leave(): void {}

  value(): Value {
    return this.#hasLeft ? (this.#instants.length * 1000) / this.#intervalMs : null;
  }

  save(): unknown {
    return [this.#instants, this.#hasLeft];
  }

  restore(saved: unknown): void {
    [this.#instants, this.#hasLeft] = saved as [number[], boolean];
  }

  #forget(nowMs: number): void {
    let old = 0;
    while (old < this.#instants.length && nowMs - this.#instants[old]! >= this.#intervalMs) old++;
    if (old === 0) return;
    this.#instants.splice(0, old);
    this.#hasLeft = true;
  }
}
