import type { Value } from "../../event/index.ts";
import { type Change, defineWindow, type StatementEvent, type Window } from "../vocabulary.ts";
import { HeldWindow } from "./held.ts";
import { durationMs } from "./parameters.ts";

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
    const [timestamp, age] = parameters;
    const ageMs = durationMs(age, "age");
    if (timestamp?.kind !== "expression" || timestamp.expression.type !== "long")
      return "its timestamp must be a field of epoch milliseconds.";
    if (typeof ageMs === "string") return ageMs;
    if (parameters.length > 2) return "it takes a timestamp and an age.";
    return {
      open: ({ evaluate }) => new ExtTimedWindow(ageMs, (event) => timestampOf(evaluate(timestamp, event))),
      pace: { kind: "slide", by: "timestamp", timestamp, ageMs },
    };
  },
});

/** An event without a timestamp counts as of the beginning of time: it leaves with the next one. */
export function timestampOf(value: Value): number {
  return value === null ? Number.NEGATIVE_INFINITY : Number(value);
}

class ExtTimedWindow extends HeldWindow implements Window {
  readonly #ageMs: number;
  readonly #timestamp: (event: StatementEvent) => number;

  constructor(ageMs: number, timestamp: (event: StatementEvent) => number) {
    super();
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
