import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";
import { countOf, expressionsOf } from "./parameters.ts";
import { SortedEvents } from "./sorted.ts";

export const sort = defineWindow({
  name: "ext:sort",
  summary: "Keeps the events that come first in an order, as many as its size.",
  parameters: [
    { name: "size", kind: "count", doc: "How many events stay." },
    { name: "order", kind: "expression", doc: "One or more expressions, each with DESC where the largest come first." },
  ],
  example: "SELECT host, size FROM access.ext:sort(10, size DESC)",
  after: "Esper 5.2 reference, 'Sorted Window (ext:sort)'",
  resolve(parameters) {
    const count = countOf(parameters[0], "size");
    if (typeof count === "string") return count;
    const criteria = expressionsOf(parameters.slice(1), "an order");
    if (typeof criteria === "string") return criteria;
    // Of equal events the one that came first goes first.
    return { open: ({ evaluate }) => new SortWindow(count, new SortedEvents(criteria, evaluate, "first")), pace: undefined };
  },
});

class SortWindow implements Window {
  readonly #count: number;
  readonly #sorted: SortedEvents;

  constructor(count: number, sorted: SortedEvents) {
    this.#count = count;
    this.#sorted = sorted;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    const left = leaving.filter((event) => this.#sorted.delete(event));
    for (const event of arriving) this.#sorted.add(event);
    while (this.#sorted.size > this.#count) left.push(this.#sorted.takeLast()!);
    return arriving.length === 0 && left.length === 0 ? NO_CHANGE : [{ entered: arriving, left }];
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
