import type { Value } from "../../event/index.ts";
import { type Accumulator, defineAggregate } from "../vocabulary.ts";

export const countever = defineAggregate({
  name: "countever",
  summary: "How many events there ever were, or how many had a value that is not null, whether or not they are still in the window.",
  parameters: [
    { name: "value", kind: "expression", doc: "What is counted: `*` for every event." },
    { name: "filter", kind: "condition", doc: "Only events for which it holds.", optional: true },
  ],
  example: "SELECT host, countever(*) AS requests FROM access.win:time_batch(1 min) GROUP BY host",
  after: "Esper 5.2 reference, 9.2.2 'Ever functions'",
  resolve({ types, star }) {
    if (!star && types.length === 0) return "it takes a value or *.";
    return { type: "long", values: star ? 0 : 1, ever: true, open: () => new CountEver(), cells: undefined };
  },
});

class CountEver implements Accumulator {
  #count = 0;

  enter(values: readonly Value[]): void {
    if (values[0] !== null) this.#count++;
  }

  leave(): void {}

  value(): Value {
    return this.#count;
  }

  save(): unknown {
    return this.#count;
  }

  restore(saved: unknown): void {
    this.#count = saved as number;
  }
}
