import { type Period, plusPeriod } from "../plan/period.ts";
import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";
import { Fifo } from "./fifo.ts";
import { HeldWindow } from "./held.ts";
import { durationOf } from "./parameters.ts";

export const time = defineWindow({
  name: "win:time",
  summary: "Keeps each event for a fixed age, then lets it go.",
  parameters: [{ name: "age", kind: "duration", doc: "How long an event stays." }],
  example: "SELECT host, count(*) AS requests FROM access.win:time(1 min) GROUP BY host HAVING count(*) >= 1000",
  after: "Esper 5.2 reference, 'Time window (win:time)'",
  resolve(parameters) {
    const age = durationOf(parameters[0], "age");
    if (typeof age === "string") return age;
    if (parameters.length > 1) return "it takes one age.";
    return { open: () => new TimeWindow(age), pace: age.months > 0 ? undefined : { kind: "slide", by: "time", ageMs: age.ms } };
  },
});

class TimeWindow extends HeldWindow<Fifo> implements Window {
  readonly #age: Period;

  constructor(age: Period) {
    super(new Fifo());
    this.#age = age;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    this.held.take(leaving);
    for (const event of arriving) this.held.push(event);
    return [{ entered: arriving, left: leaving }];
  }

  nextDueMs(): number | undefined {
    const oldest = this.held.first();
    return oldest === undefined ? undefined : plusPeriod(oldest.timeMs, this.#age);
  }

  fire(nowMs: number): readonly Change[] {
    // Esper lets an event go at the very instant it reaches the age, so this is <=, not <.
    const left = this.held.takeWhile((event) => plusPeriod(event.timeMs, this.#age) <= nowMs);
    return left.length === 0 ? NO_CHANGE : [{ entered: [], left }];
  }
}
