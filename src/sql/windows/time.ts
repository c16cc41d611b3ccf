import { type Change, defineWindow, type StatementEvent, type Window } from "../vocabulary.ts";
import { Fifo } from "./fifo.ts";
import { durationMs } from "./parameters.ts";

export const time = defineWindow({
  name: "win:time",
  summary: "Keeps each event for a fixed age, then lets it go.",
  parameters: [{ name: "age", kind: "duration", doc: "How long an event stays." }],
  example: "SELECT host, count(*) AS requests FROM access.win:time(1 min) GROUP BY host HAVING count(*) >= 1000",
  after: "Esper 5.2 reference, 'Time window (win:time)'",
  resolve(parameters) {
    const ageMs = durationMs(parameters[0], "age");
    if (typeof ageMs === "string") return ageMs;
    if (parameters.length > 1) return "it takes one age.";
    return { open: () => new TimeWindow(ageMs), pace: { kind: "slide", by: "time", ageMs } };
  },
});

class TimeWindow implements Window {
  readonly #ageMs: number;
  readonly #held = new Fifo();

  constructor(ageMs: number) {
    this.#ageMs = ageMs;
  }

  update(arriving: readonly StatementEvent[], _leaving: readonly StatementEvent[], _nowMs: number): Change | undefined {
    for (const event of arriving) this.#held.push(event);
    return arriving.length === 0 ? undefined : { entered: arriving, left: [] };
  }

  nextDueMs(): number | undefined {
    const oldest = this.#held.first();
    return oldest === undefined ? undefined : oldest.timeMs + this.#ageMs;
  }

  fire(nowMs: number): Change | undefined {
    // Esper lets an event go at the very instant it reaches the age, so this is <=, not <.
    const left = this.#held.takeWhile((event) => event.timeMs + this.#ageMs <= nowMs);
    return left.length === 0 ? undefined : { entered: [], left };
  }

  size(): number {
    return this.#held.size;
  }

  save(): unknown {
    return this.#held.save();
  }

  restore(saved: unknown): void {
    this.#held.restore(saved);
  }
}
