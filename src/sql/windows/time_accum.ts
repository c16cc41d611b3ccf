import { type Period, plusPeriod } from "../plan/period.ts";
import { type Change, defineWindow, type StatementEvent, type Window } from "../vocabulary.ts";
import { Fifo } from "./fifo.ts";
import { durationOf } from "./parameters.ts";

export const timeAccum = defineWindow({
  name: "win:time_accum",
  summary: "Keeps events for as long as more come, and lets them all go when none has come for the period.",
  parameters: [{ name: "period", kind: "duration", doc: "How long it must be quiet." }],
  example: "SELECT rstream host, path FROM access.win:time_accum(10 sec)",
  after: "Esper 5.2 reference, 'Time-Accumulating window (win:time_accum)'",
  resolve(parameters) {
    const period = durationOf(parameters[0], "period");
    if (typeof period === "string") return period;
    if (parameters.length > 1) return "it takes one period.";
    return { open: () => new TimeAccumWindow(period), pace: undefined, emptyLast: true };
  },
});

class TimeAccumWindow implements Window {
  readonly #period: Period;
  readonly #held = new Fifo();
  #dueMs: number | undefined;

  constructor(period: Period) {
    this.#period = period;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[], nowMs: number): readonly Change[] {
    this.#held.take(leaving);
    for (const event of arriving) this.#held.push(event);
    // Where another window takes the last event out, the one before it is the last.
    const last = leaving.length === 0 ? undefined : this.#held.last();
    if (arriving.length > 0) this.#dueMs = plusPeriod(nowMs, this.#period);
    else if (last !== undefined) this.#dueMs = plusPeriod(last.timeMs, this.#period);
    return [{ entered: arriving, left: leaving }];
  }

  nextDueMs(): number | undefined {
    return this.#held.size === 0 ? undefined : this.#dueMs;
  }

  fire(): readonly Change[] {
    this.#dueMs = undefined;
    return [{ entered: [], left: this.#held.takeDown(0) }];
  }

  contents(): Iterable<StatementEvent> {
    return this.#held;
  }

  size(): number {
    return this.#held.size;
  }

  save(): unknown {
    return [this.#dueMs, this.#held.save()];
  }

  restore(saved: unknown): void {
    const [dueMs, held] = saved as [number | undefined, unknown];
    this.#dueMs = dueMs;
    this.#held.restore(held);
  }
}
