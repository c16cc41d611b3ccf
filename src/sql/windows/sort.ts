import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";
import { HeldWindow } from "./held.ts";
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

class SortWindow extends HeldWindow<SortedEvents> implements Window {
  readonly #count: number;

  constructor(count: number, sorted: SortedEvents) {
    super(sorted);
    this.#count = count;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    const left = leaving.filter((event) => this.held.delete(event));
    for (const event of arriving) this.held.add(event);
    while (this.held.size > this.#count) left.push(this.held.takeLast()!);
    return arriving.length === 0 && left.length === 0 ? NO_CHANGE : [{ entered: arriving, left }];
  }
}
