import type { Value } from "../../event/index.ts";
import { isNumeric, type Type } from "../plan/type.ts";
import { type Accumulator, defineAggregate } from "../vocabulary.ts";
import { FloatSum, floatSumCells } from "./float_sum.ts";
import { WholeSum, wholeSumCells } from "./whole_sum.ts";

export const sum = defineAggregate({
  name: "sum",
  summary:
    "The sum of the values that are not null; null when there are none. Whole numbers are added exactly, to 64 bits. A value that is not finite is in it until it leaves the window.",
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
      open: () => (whole ? new WholeSumAccumulator(type) : new FloatSumAccumulator(type)),
      cells: whole ? wholeSumCells(wholeResult(type)) : floatSumCells(floatResult(type)),
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

class FloatSumAccumulator extends FloatSum implements Accumulator {
  readonly #type: Type;

  constructor(type: Type) {
    super();
    this.#type = type;
  }

  value(): Value {
    if (this.count === 0) return null;
    return this.#type === "float" ? Math.fround(this.sum) : this.sum;
  }
}

/** A sum of the type `integer` wraps at 32 bits, as in Java. */
function wholeResult(type: Type): (exact: string) => string {
  return (exact) => (type === "integer" ? `Number(BigInt.asIntN(32, BigInt(${exact})))` : exact);
}

function floatResult(type: Type): (total: string) => string {
  return (total) => (type === "float" ? `Math.fround(${total})` : total);
}
