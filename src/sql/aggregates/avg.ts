import type { Value } from "../../event/index.ts";
import { isIntegral, isNumeric } from "../plan/type.ts";
import { type Accumulator, type CellForm, defineAggregate } from "../vocabulary.ts";
import { WholeSum, wholeSumCells } from "./whole_sum.ts";

export const avg = defineAggregate({
  name: "avg",
  summary: "The mean of the values that are not null, as a double; null when there are none.",
  parameters: [
    { name: "value", kind: "expression", doc: "A number." },
    { name: "filter", kind: "condition", doc: "Only events for which it holds.", optional: true },
  ],
  example: "SELECT host, avg(size) AS bytes FROM access.win:time_batch(1 min) GROUP BY host",
  after: "Esper 5.2 reference, 9.2.1 'SQL-standard functions'",
  resolve({ types: [type], star }) {
    if (star || type === undefined) return "it takes a number.";
    if (!isNumeric(type)) return `it takes a number, not a ${type}.`;
    if (!isIntegral(type)) return { type: "double", values: 1, open: () => new FloatAverage(), cells: FLOAT_CELLS };
    const cells = wholeSumCells((exact, count) => `Number(${exact}) / ${count}`);
    return { type: "double", values: 1, open: () => new WholeAverage(), cells };
  },
});

class WholeAverage extends WholeSum implements Accumulator {
  value(): Value {
    return this.count === 0 ? null : Number(this.sum) / this.count;
  }
}

class FloatAverage implements Accumulator {
  #count = 0;
  #sum = 0;

  enter([value]: readonly Value[]): void {
    if (value === null) return;
    this.#count++;
    this.#sum += Number(value);
  }

  leave([value]: readonly Value[]): void {
    if (value === null) return;
    this.#count = Math.max(0, this.#count - 1);
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

const FLOAT_CELLS: CellForm = {
  initial: [0, 0],
  enter: (at, value) => `${at.cell(0)}++; ${at.cell(1)} += ${value};`,
  leave: (at, value) => `${at.cell(0)}--; ${at.cell(1)} = ${at.cell(0)} === 0 ? 0 : ${at.cell(1)} - ${value};`,
  result: (at) => `(${at.cell(0)} === 0 ? null : ${at.cell(1)} / ${at.cell(0)})`,
  nullable: true,
};
