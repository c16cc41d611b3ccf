import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";
import { HeldWindow } from "./held.ts";
import { SortedEvents } from "./sorted.ts";
import { timestampAndAgeIn, timestampOf } from "./timestamp.ts";

export const timeOrder = defineWindow({
  name: "ext:time_order",
  summary: "Puts events in the order of a time that they carry, and lets each go when the clock has passed that time by the age.",
  parameters: [
    { name: "timestamp", kind: "timestamp expression", doc: "Epoch ms of the event." },
    { name: "age", kind: "duration", doc: "How long after its time an event stays." },
  ],
  example: "SELECT rstream host, path FROM access.ext:time_order(time, 10 sec)",
  after: "Esper 5.2 reference, 'Time-Order View (ext:time_order)'",
  resolve(parameters) {
    const aged = timestampAndAgeIn(parameters);
    if (typeof aged === "string") return aged;
    const { timestamp, ageMs } = aged;
    return {
      open: ({ evaluate }) =>
        new TimeOrderWindow(ageMs, (event) => timestampOf(evaluate(timestamp, event)), new SortedEvents([timestamp], evaluate, "last")),
      pace: undefined,
    };
  },
});

class TimeOrderWindow extends HeldWindow<SortedEvents> implements Window {
  readonly #ageMs: number;
  readonly #timestamp: (event: StatementEvent) => number;

  constructor(ageMs: number, timestamp: (event: StatementEvent) => number, sorted: SortedEvents) {
    super(sorted);
    this.#ageMs = ageMs;
    this.#timestamp = timestamp;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[], nowMs: number): readonly Change[] {
    const left = leaving.filter((event) => this.held.delete(event));
    for (const event of arriving) {
      // An event that is too old on arrival goes through without staying.
      if (this.#timestamp(event) + this.#ageMs <= nowMs) left.push(event);
      else this.held.add(event);
    }
    return arriving.length === 0 && left.length === 0 ? NO_CHANGE : [{ entered: arriving, left }];
  }

  nextDueMs(): number | undefined {
    const oldest = this.held.first();
    return oldest === undefined ? undefined : this.#timestamp(oldest) + this.#ageMs;
  }

  fire(nowMs: number): readonly Change[] {
    return [{ entered: [], left: this.held.takeWhile((event) => this.#timestamp(event) + this.#ageMs <= nowMs) }];
  }
}
