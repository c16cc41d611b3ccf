import type { Value } from "../../event/index.ts";
import { isIntegral, isNumeric } from "../plan/type.ts";
import { type Accumulator, defineAggregate } from "../vocabulary.ts";
import { FloatSum, floatSumCells } from "./float_sum.ts";
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
    if (!isIntegral(type))
      return { type: "double", values: 1, open: () => new FloatAverage(), cells: floatSumCells((total, count) => `${total} / ${count}`) };
    const cells = wholeSumCells((exact, count) => `Number(${exact}) / ${count}`);
    return { type: "double", values: 1, open: () => new WholeAverage(), cells };
  },
});

class WholeAverage extends WholeSum implements Accumulator {
  value(): Value {
    return this.count === 0 ? null : Number(this.sum) / this.count;
  }
}

class FloatAverage extends FloatSum implements Accumulator {
  value(): Value {
    return this.count === 0 ? null : this.sum / this.count;
  }
}
