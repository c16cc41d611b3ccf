import type { Value } from "../../event/index.ts";
import { order } from "../operations/comparison.ts";
import { isIntegral, isNumeric, widerNumber } from "../plan/type.ts";
import { defineFunction, type FunctionDefinition } from "../vocabulary.ts";

/** `min(a, b, ..)` and `max(a, b, ..)` over the values of one event. */
export function ofNumbers(name: string, sign: -1 | 1): FunctionDefinition {
  return defineFunction({
    name,
    summary: `The ${sign < 0 ? "smallest" : "largest"} of two or more numbers of one event; null if any of them is null.`,
    parameters: [{ name: "values", kind: "expression", doc: "Two or more numbers." }],
    example: `SELECT ${name}(size, 1000) AS bytes FROM access`,
    after: "Esper 5.2 reference, 9.1 'Single-row function reference'",
    resolve(types) {
      const wrong = types.find((type) => !isNumeric(type));
      if (wrong !== undefined) return `it takes numbers, not a ${wrong}.`;
      const type = types.reduce(widerNumber);
      const operation = {
        name,
        strict: true,
        nullable: false,
        evaluate: (...values: readonly Value[]) => {
          const best = values.reduce((found, value) => (order(value, found) * sign > 0 ? value : found));
          return isIntegral(type) ? best : Number(best);
        },
      };
      return { operation, type };
    },
  });
}
