import type { Value } from "../../event/index.ts";
import { identityOf } from "../runtime/group.ts";
import { type Change, defineWindow, type KeyBound, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";
import { touched } from "./keys_touched.ts";
import { expressionsOf } from "./parameters.ts";

export const unique = defineWindow({
  name: "std:unique",
  summary: "Keeps the latest event of each key.",
  parameters: [{ name: "key", kind: "expression", doc: "One or more expressions that make the key." }],
  example: "SELECT host, path FROM access.std:unique(host)",
  after: "Esper 5.2 reference, 'Unique (std:unique)'",
  resolve(parameters) {
    const keys = expressionsOf(parameters, "a key");
    if (typeof keys === "string") return keys;
    return {
      open: ({ evaluate, keys: bound }) => new UniqueWindow((event) => identityOf(keys.map((key) => evaluate(key, event))), bound),
      pace: undefined,
      keyed: true,
    };
  },
});

class UniqueWindow implements Window {
  readonly #key: (event: StatementEvent) => Value;
  readonly #bound: KeyBound | undefined;
  #latest = new Map<Value, StatementEvent>();

  constructor(key: (event: StatementEvent) => Value, bound: KeyBound | undefined) {
    this.#key = key;
    this.#bound = bound;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    const left: StatementEvent[] = [];
    const evicted: StatementEvent[] = [];
    for (const event of leaving) {
      const key = this.#key(event);
      if (this.#latest.get(key) !== event) continue;
      this.#latest.delete(key);
      left.push(event);
    }
    for (const event of arriving) {
      const key = this.#key(event);
      const before = this.#latest.get(key);
      if (before !== undefined) left.push(before);
      if (this.#bound !== undefined) evicted.push(...touched(this.#latest, key, this.#bound));
      this.#latest.set(key, event);
    }
    const change = arriving.length === 0 && left.length === 0 ? NO_CHANGE : [{ entered: arriving, left }];
    return evicted.length === 0 ? change : [{ entered: [], left: evicted, silent: true }, ...change];
  }

  contents(): Iterable<StatementEvent> {
    return this.#latest.values();
  }

  size(): number {
    return this.#latest.size;
  }

  save(): unknown {
    return this.#latest;
  }

  restore(saved: unknown): void {
    this.#latest = saved as Map<Value, StatementEvent>;
  }
}
