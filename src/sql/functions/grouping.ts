import type { Operation } from "../plan/expression.ts";
import { defineFunction, type FunctionDefinition } from "../vocabulary.ts";

export const grouping = groupingFunction(
  "grouping",
  "1 in a row of ROLLUP, CUBE or GROUPING SETS in which the key is left out, otherwise 0.",
);

export const groupingId = groupingFunction(
  "grouping_id",
  "Which of the keys are left out in a row of ROLLUP, CUBE or GROUPING SETS: a bit for each, the first the highest.",
);

function groupingFunction(name: "grouping" | "grouping_id", summary: string): FunctionDefinition {
  return defineFunction({
    name,
    summary,
    parameters: [{ name: "key", kind: "expression", doc: "As written in GROUP BY." }],
    example: `SELECT host, path, ${name}(host) AS g, count(*) AS n FROM access.win:time_batch(1 min) GROUP BY ROLLUP(host, path)`,
    after: "Esper 5.2 reference, 5.6.3 'Using rollup, cube and grouping sets'",
    resolve(types) {
      if (types.length === 0 || (name === "grouping" && types.length > 1))
        return `it takes ${name === "grouping" ? "one key" : "keys"} of GROUP BY.`;
      return { operation: UNRESOLVED, type: "integer" };
    },
  });
}

/** Stands until GROUP BY is known. */
const UNRESOLVED: Operation = { name: "grouping", strict: false, nullable: true, evaluate: () => null };

export function isGrouping(operation: Operation): boolean {
  return operation === UNRESOLVED;
}

/** Of the bits of a grouping set those of the keys with these indexes, the first key the highest: as in Esper, in the order of GROUP BY. */
export function groupingBits(asked: readonly number[]): Operation {
  const indexes = asked.toSorted((left, right) => left - right);
  return {
    name: `grouping ${indexes.join(",")}`,
    strict: true,
    nullable: false,
    evaluate: (set) => indexes.reduce((bits, index) => (bits << 1) | ((Number(set) >>> index) & 1), 0),
  };
}
