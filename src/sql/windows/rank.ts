import type { Value } from "../../event/index.ts";
import { identityOf } from "../runtime/group.ts";
import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";
import { HeldWindow } from "./held.ts";
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
        new RankWindow(count, (event) => identityOf(keys.map((key) => evaluate(key, event))), new SortedEvents(criteria, evaluate, "last")),
      pace: undefined,
    };
  },
});

/** As in Esper, an event whose only sort key is null is not found again by its key: the next one of the key comes beside it. */
class RankWindow extends HeldWindow<SortedEvents> implements Window {
  readonly #count: number;
  readonly #key: (event: StatementEvent) => Value;
  readonly #byKey = new Map<Value, StatementEvent>();

  constructor(count: number, key: (event: StatementEvent) => Value, sorted: SortedEvents) {
    super(sorted);
    this.#count = count;
    this.#key = key;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    const left = leaving.filter(
      (event) => this.#byKey.get(this.#key(event)) === event && this.held.delete(event) && this.#byKey.delete(this.#key(event)),
    );
    for (const event of arriving) {
      const key = this.#key(event);
      const before = this.#byKey.get(key);
      const first = before && this.held.takeFirstBeside(before, (other) => this.#key(other) === key);
      if (first !== undefined) left.push(first);
      this.#know(event);
      this.held.add(event);
    }
    while (this.held.size > this.#count) {
      const last = this.held.takeFirstOfLast()!;
      this.#byKey.delete(this.#key(last));
      left.push(last);
    }
    return arriving.length === 0 && left.length === 0 ? NO_CHANGE : [{ entered: arriving, left }];
  }

  override save(): unknown {
    return { held: super.save(), known: [...this.#byKey.values()] };
  }

  override restore(saved: unknown): void {
    // Before events could stand beside one of their key, the list alone was saved.
    const { held, known } = Array.isArray(saved)
      ? { held: saved, known: undefined }
      : (saved as { held: unknown; known: StatementEvent[] });
    super.restore(held);
    this.#byKey.clear();
    for (const event of known ?? this.held) this.#know(event);
  }

  #know(event: StatementEvent): void {
    if (this.held.hasNoKey(event)) this.#byKey.delete(this.#key(event));
    else this.#byKey.set(this.#key(event), event);
  }
}
