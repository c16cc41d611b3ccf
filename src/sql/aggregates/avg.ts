import type { Value } from "../../event/index.ts";
import { isNumeric } from "../plan/type.ts";
import { type Accumulator, type CellForm, defineAggregate } from "../vocabulary.ts";

export const avg = defineAggregate({
  name: "avg",
  summary: "The mean of the values that are not null, as a double; null when there are none.",
  parameters: [
    { name: "value", kind: "expression", doc: "A number." },
    { name: "filter", kind: "condition", doc: "Only events for which it holds.", optional: true },
  ],
  example: "SELECT host, avg(size) AS bytes FROM access.win:time_batch(1 min) GROUP BY host",
  after: "Esper 5.2 reference, 9.2.1 'SQL-standard functions'",
  resolve([type], star) {
    if (star || type === undefined) return "it takes a number.";
    if (!isNumeric(type)) return `it takes a number, not a ${type}.`;
    return { type: "double", values: 1, open: () => new AverageAccumulator(), cells: CELLS };
  },
});

class AverageAccumulator implements Accumulator {
  #count = 0;
  #sum = 0;

  enter([value]: readonly Value[]): void {
    if (value === null) return;
    this.#count++;
    this.#sum += Number(value);
  }

  leave([value]: readonly Value[]): void {
    if (value === null) return;
    this.#count--;
    this.#sum = this.#count === 0 ? 0 : this.#sum - Number(value);
  }

  value(): Value {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }

  save(): unknown {
    return [this.#count, this.#sum];
  }

  restore(saved: unknown): void {
    [this.#count, this.#sum] = saved as [number, number];
  }
}

const CELLS: CellForm = {
  initial: [0, 0],
  enter: (at, value) => `${at.cell(0)}++; ${at.cell(1)} += Number(${value});`,
  leave: (at, value) => `${at.cell(0)}--; ${at.cell(1)} = ${at.cell(0)} === 0 ? 0 : ${at.cell(1)} - Number(${value});`,
  result: (at) => `(${at.cell(0)} === 0 ? null : ${at.cell(1)} / ${at.cell(0)})`,
  nullable: true,
};
