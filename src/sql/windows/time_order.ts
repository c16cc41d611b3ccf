import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";
import { timestampOf } from "./ext_timed.ts";
import { durationMs } from "./parameters.ts";
import { SortedEvents } from "./sorted.ts";

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
    const [timestamp, age] = parameters;
    const ageMs = durationMs(age, "age");
    if (timestamp?.kind !== "expression" || timestamp.expression.type !== "long")
      return "its timestamp must be a field of epoch milliseconds.";
    if (typeof ageMs === "string") return ageMs;
    if (parameters.length > 2) return "it takes a timestamp and an age.";
    return {
      open: ({ evaluate }) =>
        new TimeOrderWindow(ageMs, (event) => timestampOf(evaluate(timestamp, event)), new SortedEvents([timestamp], evaluate, "last")),
      pace: undefined,
    };
  },
});

class TimeOrderWindow implements Window {
  readonly #ageMs: number;
  readonly #timestamp: (event: StatementEvent) => number;
  readonly #sorted: SortedEvents;

  constructor(ageMs: number, timestamp: (event: StatementEvent) => number, sorted: SortedEvents) {
    this.#ageMs = ageMs;
    this.#timestamp = timestamp;
    this.#sorted = sorted;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[], nowMs: number): readonly Change[] {
    const left = leaving.filter((event) => this.#sorted.delete(event));
    for (const event of arriving) {
      // An event that is too old on arrival goes through without staying.
      if (this.#timestamp(event) + this.#ageMs <= nowMs) left.push(event);
      else this.#sorted.add(event);
    }
    return arriving.length === 0 && left.length === 0 ? NO_CHANGE : [{ entered: arriving, left }];
  }

  nextDueMs(): number | undefined {
    const oldest = this.#sorted.first();
    return oldest === undefined ? undefined : this.#timestamp(oldest) + this.#ageMs;
  }

  fire(nowMs: number): readonly Change[] {
    return [{ entered: [], left: this.#sorted.takeWhile((event) => this.#timestamp(event) + this.#ageMs <= nowMs) }];
  }

  contents(): Iterable<StatementEvent> {
    return this.#sorted;
  }

  size(): number {
    return this.#sorted.size;
  }

  save(): unknown {
    return this.#sorted.save();
  }

  restore(saved: unknown): void {
    this.#sorted.restore(saved);
  }
}
