import type { Value } from "../../event/index.ts";
import { identityOf } from "../runtime/group.ts";
import { type Change, defineWindow, type KeyBound, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";
import { touched } from "./keys_touched.ts";
import { expressionsOf } from "./parameters.ts";

export const firstunique = defineWindow({
  name: "std:firstunique",
  summary: "Keeps the first event of each key.",
  parameters: [{ name: "key", kind: "expression", doc: "One or more expressions that make the key." }],
  example: "SELECT host, path FROM access.std:firstunique(host)",
  after: "Esper 5.2 reference, 'First Unique (std:firstunique)'",
  resolve(parameters) {
    const keys = expressionsOf(parameters, "a key");
    if (typeof keys === "string") return keys;
    return {
      open: ({ evaluate, keys: bound }) => new FirstUniqueWindow((event) => identityOf(keys.map((key) => evaluate(key, event))), bound),
      pace: undefined,
      refuses: true,
      keyed: true,
    };
  },
});

class FirstUniqueWindow implements Window {
  readonly #key: (event: StatementEvent) => Value;
  readonly #bound: KeyBound | undefined;
  #first = new Map<Value, StatementEvent>();

  constructor(key: (event: StatementEvent) => Value, bound: KeyBound | undefined) {
    this.#key = key;
    this.#bound = bound;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    const left = leaving.filter((event) => {
      const key = this.#key(event);
      return this.#first.get(key) === event && this.#first.delete(key);
    });
    const evicted: StatementEvent[] = [];
    const entered = arriving.filter((event) => {
      const key = this.#key(event);
      const first = this.#first.get(key);
      if (this.#bound !== undefined) evicted.push(...touched(this.#first, key, this.#bound));
      this.#first.set(key, first ?? event);
      return first === undefined;
    });
    const change = entered.length === 0 && left.length === 0 ? NO_CHANGE : [{ entered, left }];
    return evicted.length === 0 ? change : [{ entered: [], left: evicted, silent: true }, ...change];
  }

  contents(): Iterable<StatementEvent> {
    return this.#first.values();
  }

  size(): number {
    return this.#first.size;
  }

  save(): unknown {
    return this.#first;
  }

  restore(saved: unknown): void {
    this.#first = saved as Map<Value, StatementEvent>;
  }
}
