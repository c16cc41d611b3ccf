import type { Value } from "../../event/index.ts";
import { isNumeric, type Type } from "../plan/type.ts";
import { type Accumulator, type CellForm, defineAggregate } from "../vocabulary.ts";
import { WholeSum, wholeSumCells } from "./whole_sum.ts";

export const sum = defineAggregate({
  name: "sum",
  summary: "The sum of the values that are not null; null when there are none. Whole numbers are added exactly, to 64 bits.",
  parameters: [
    { name: "value", kind: "expression", doc: "A number." },
    { name: "filter", kind: "condition", doc: "Only events for which it holds.", optional: true },
  ],
  example: "SELECT host, sum(size) AS bytes FROM access.win:time_batch(1 min) GROUP BY host",
  after: "Esper 5.2 reference, 9.2.1 'SQL-standard functions'",
  resolve({ types: [type], star }) {
    if (star || type === undefined) return "it takes a number.";
    if (!isNumeric(type)) return `it takes a number, not a ${type}.`;
    const whole = type === "integer" || type === "long";
    return {
      type,
      values: 1,
      open: () => (whole ? new WholeSumAccumulator(type) : new FloatSum(type)),
      cells: whole ? wholeSumCells(wholeResult(type)) : floatCells(type),
    };
  },
});

class WholeSumAccumulator extends WholeSum implements Accumulator {
  readonly #type: Type;

  constructor(type: Type) {
    super();
    this.#type = type;
  }

  value(): Value {
    if (this.count === 0) return null;
    return this.#type === "integer" ? Number(BigInt.asIntN(32, BigInt(this.sum))) : this.sum;
  }
}

class FloatSum implements Accumulator {
  readonly #type: Type;
  #count = 0;
  #sum = 0;

  constructor(type: Type) {
    this.#type = type;
  }

  enter([value]: readonly Value[]): void {
    if (value === null) return;
    this.#count++;
    this.#sum += Number(value);
  }

  leave([value]: readonly Value[]): void {
    if (value === null) return;
    this.#count = Math.max(0, this.#count - 1);
    // An empty sum is 0 again, whatever rounding has left behind.
    this.#sum = this.#count === 0 ? 0 : this.#sum - Number(value);
  }

  value(): Value {
    if (this.#count === 0) return null;
    return this.#type === "float" ? Math.fround(this.#sum) : this.#sum;
  }

  save(): unknown {
    return [this.#count, this.#sum];
  }

  restore(saved: unknown): void {
    [this.#count, this.#sum] = saved as [number, number];
  }
}

/** A sum of the type `integer` wraps at 32 bits, as in Java. */
function wholeResult(type: Type): (exact: string) => string {
  return (exact) => (type === "integer" ? `Number(BigInt.asIntN(32, BigInt(${exact})))` : exact);
}

function floatCells(type: Type): CellForm {
  return {
    initial: [0, 0],
    enter: (at, value) => `${at.cell(0)}++; ${at.cell(1)} += ${value};`,
    leave: (at, value) => `${at.cell(0)}--; ${at.cell(1)} = ${at.cell(0)} === 0 ? 0 : ${at.cell(1)} - ${value};`,
    result: (at) => `(${at.cell(0)} === 0 ? null : ${type === "float" ? `Math.fround(${at.cell(1)})` : at.cell(1)})`,
    nullable: true,
  };
}
