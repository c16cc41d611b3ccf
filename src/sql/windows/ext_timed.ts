import { type Change, defineWindow, type StatementEvent, type Window } from "../vocabulary.ts";
import { Fifo } from "./fifo.ts";
import { HeldWindow } from "./held.ts";
import { timestampAndAgeIn, timestampOf } from "./timestamp.ts";

export const extTimed = defineWindow({
  name: "win:ext_timed",
  summary: "Keeps each event for a fixed age, by a time that the events carry: an event leaves when one arrives that is so much younger.",
  parameters: [
    { name: "timestamp", kind: "timestamp expression", doc: "Epoch ms of the event." },
    { name: "age", kind: "duration", doc: "How long an event stays." },
  ],
  example: "SELECT host, count(*) AS requests FROM access.win:ext_timed(time, 1 min) GROUP BY host",
  after: "Esper 5.2 reference, 'Externally-timed window (win:ext_timed)'",
  resolve(parameters) {
    const aged = timestampAndAgeIn(parameters);
    if (typeof aged === "string") return aged;
    const { timestamp, ageMs } = aged;
    return {
      open: ({ evaluate }) => new ExtTimedWindow(ageMs, (event) => timestampOf(evaluate(timestamp, event))),
      pace: { kind: "slide", by: "timestamp", timestamp, ageMs },
    };
  },
});

class ExtTimedWindow extends HeldWindow<Fifo> implements Window {
  readonly #ageMs: number;
  readonly #timestamp: (event: StatementEvent) => number;

  constructor(ageMs: number, timestamp: (event: StatementEvent) => number) {
    super(new Fifo());
    this.#ageMs = ageMs;
    this.#timestamp = timestamp;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    this.held.take(leaving);
    for (const event of arriving) this.held.push(event);
    const newest = arriving.at(-1);
    if (newest === undefined) return [{ entered: arriving, left: leaving }];
    const newestMs = this.#timestamp(newest);
    const aged = this.held.takeWhile((event) => event !== newest && this.#timestamp(event) + this.#ageMs <= newestMs);
    return [{ entered: arriving, left: [...leaving, ...aged] }];
  }
}
