import { type Period, plusPeriod } from "../plan/period.ts";
import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";
import { ChosenWindow } from "./chosen.ts";
import { durationOf } from "./parameters.ts";

export const firsttime = defineWindow({
  name: "win:firsttime",
  summary: "Keeps the events of a time that begins with the statement, and takes no more.",
  parameters: [{ name: "period", kind: "duration", doc: "How long events are taken." }],
  example: "SELECT host, path FROM access.win:firsttime(1 min)",
  after: "Esper 5.2 reference, 'First Time (win:firsttime)'",
  resolve(parameters) {
    const period = durationOf(parameters[0], "period");
    if (typeof period === "string") return period;
    if (parameters.length > 1) return "it takes one period.";
    return { open: () => new FirstTimeWindow(period), pace: undefined, gathers: true, refuses: true };
  },
});

class FirstTimeWindow implements Window {
  readonly #period: Period;
  readonly #chosen = new ChosenWindow(() => this.#dueMs !== undefined);
  #dueMs: number | undefined;

  constructor(period: Period) {
    this.#period = period;
  }

  start(nowMs: number): void {
    this.#dueMs = plusPeriod(nowMs, this.#period);
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    return this.#chosen.update(arriving, leaving);
  }

  nextDueMs(): number | undefined {
    return this.#dueMs;
  }

  /** The door closes; what is in stays. */
  fire(): readonly Change[] {
    this.#dueMs = undefined;
    return NO_CHANGE;
  }

  contents(): Iterable<StatementEvent> {
    return this.#chosen.contents();
  }

  size(): number {
    return this.#chosen.size();
  }

  save(): unknown {
    return [this.#dueMs, this.#chosen.save()];
  }

  restore(saved: unknown): void {
    const [dueMs, chosen] = saved as [number | undefined, unknown];
    this.#dueMs = dueMs;
    this.#chosen.restore(chosen);
  }
}
