import type { Value } from "../../event/index.ts";
import { type Accumulator, type CellForm, defineAggregate } from "../vocabulary.ts";

export const count = defineAggregate({
  name: "count",
  summary: "How many events there are (`count(*)`), or how many have a value that is not null; never null itself.",
  parameters: [
    { name: "value", kind: "expression", doc: "What is counted: `*` for every event." },
    {
      name: "filter",
      kind: "condition",
      doc: "Only events for which it holds; then also those whose value is null count.",
      optional: true,
    },
  ],
  example: "SELECT host, count(*) AS requests FROM access.win:time_batch(1 min) GROUP BY host",
  after: "Esper 5.2 reference, 9.2.1 'SQL-standard functions'",
  resolve({ types, star, distinct }) {
    if (!star && types.length === 0) return "it takes a value or *.";
    if (star && distinct) return "DISTINCT takes a value, as count(distinct host); * counts events.";
    // As in Esper, one with a filter counts every event that passes it, also where the value is null.
    if (!star && !distinct && types.length > 1)
      return { type: "long", values: 0, constants: 1, open: () => new CountAccumulator(), cells: CELLS };
    const open = (): Accumulator => new CountAccumulator();
    return { type: "long", values: star ? 0 : 1, open, cells: CELLS };
  },
});

class CountAccumulator implements Accumulator {
  #count = 0;

  enter(values: readonly Value[]): void {
    if (values[0] !== null) this.#count++;
  }

  leave(values: readonly Value[]): void {
    // OUTPUT AFTER passes over events that come early and is told when they leave: nothing leaves what is empty.
    if (values[0] !== null && this.#count > 0) this.#count--;
  }

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

const CELLS: CellForm = {
  initial: [0],
  enter: (at) => `${at.cell(0)}++;`,
  leave: (at) => `${at.cell(0)}--;`,
  result: (at) => at.cell(0),
  nullable: false,
};
