import type { Value } from "../../event/index.ts";
import { type Accumulator, type AggregateDefinition, defineAggregate } from "../vocabulary.ts";

/** `firstever` and `lastever`: one value that outlives the window. A null is a value too. */
export function seenEver(name: string, keepsFirst: boolean): AggregateDefinition {
  return defineAggregate({
    name,
    summary: `The value of the event that came ${keepsFirst ? "first" : "last"} of all, whether or not it is still in the window.`,
    parameters: [
      { name: "value", kind: "expression", doc: "Any value." },
      { name: "filter", kind: "condition", doc: "Only events for which it holds.", optional: true },
    ],
    example: `SELECT host, ${name}(path) AS page FROM access.win:time_batch(1 min) GROUP BY host`,
    after: "Esper 5.2 reference, 9.2.2 'Ever functions'",
    resolve({ types: [type], star }) {
      if (star || type === undefined) return "it takes a value.";
      return { type, values: 1, ever: true, open: () => new SeenEver(keepsFirst), cells: undefined };
    },
  });
}

class SeenEver implements Accumulator {
  readonly #keepsFirst: boolean;
  #seen = false;
  #value: Value = null;

  constructor(keepsFirst: boolean) {
    this.#keepsFirst = keepsFirst;
  }

  enter([value = null]: readonly Value[]): void {
    if (this.#seen && this.#keepsFirst) return;
    this.#seen = true;
    this.#value = value;
  }

  leave(): void {}

  value(): Value {
    return this.#value;
  }

  save(): unknown {
    return [this.#seen, this.#value];
  }

  restore(saved: unknown): void {
    [this.#seen, this.#value] = saved as [boolean, Value];
  }
}
