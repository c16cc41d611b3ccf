import type { Value } from "../../event/index.ts";
import { identityOf } from "../runtime/group.ts";
import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";
import { countOf, expressionsOf } from "./parameters.ts";
import { SortedEvents } from "./sorted.ts";

export const rank = defineWindow({
  name: "ext:rank",
  summary: "Keeps the latest event of each key, and of these the ones that come first in an order, as many as its size.",
  parameters: [
    { name: "key", kind: "expression", doc: "One or more expressions that make the key." },
    { name: "size", kind: "count", doc: "How many events stay." },
    { name: "order", kind: "expression", doc: "One or more expressions, each with DESC where the largest come first." },
  ],
  example: "SELECT host, size FROM access.ext:rank(host, 10, size DESC)",
  after: "Esper 5.2 reference, 'Ranked Window (ext:rank)'",
  resolve(parameters) {
    const at = parameters.findIndex(({ kind }) => kind === "number");
    if (at === -1) return "it takes a key, a size and an order.";
    const keys = expressionsOf(parameters.slice(0, at), "a key");
    if (typeof keys === "string") return keys;
    const count = countOf(parameters[at], "size");
    if (typeof count === "string") return count;
    const criteria = expressionsOf(parameters.slice(at + 1), "an order");
    if (typeof criteria === "string") return criteria;
    return {
      open: ({ evaluate }) =>
        new RankWindow(
          count,
          (event) => identityOf(keys.map((key) => evaluate(key, event))),
          new SortedEvents(criteria, evaluate, "first"),
        ),
      pace: undefined,
    };
  },
});

class RankWindow implements Window {
  readonly #count: number;
  readonly #key: (event: StatementEvent) => Value;
  readonly #sorted: SortedEvents;
  readonly #byKey = new Map<Value, StatementEvent>();

  constructor(count: number, key: (event: StatementEvent) => Value, sorted: SortedEvents) {
    this.#count = count;
    this.#key = key;
    this.#sorted = sorted;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    const left = leaving.filter((event) => this.#sorted.delete(event) && this.#byKey.delete(this.#key(event)));
    for (const event of arriving) {
      const key = this.#key(event);
      const before = this.#byKey.get(key);
      if (before !== undefined && this.#sorted.delete(before)) left.push(before);
      this.#byKey.set(key, event);
      this.#sorted.add(event);
    }
    while (this.#sorted.size > this.#count) {
      const last = this.#sorted.takeLast()!;
      this.#byKey.delete(this.#key(last));
      left.push(last);
    }
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
    this.#byKey.clear();
    for (const event of this.#sorted) this.#byKey.set(this.#key(event), event);
  }
}
