import { isNumeric } from "../plan/type.ts";
import type { Accumulator, AggregateArguments, AggregateForm } from "../vocabulary.ts";

/** The form of an aggregate of one number that is worked out in doubles. */
export function ofDoubles({ types: [type], star }: AggregateArguments, open: () => Accumulator): AggregateForm | string {
  if (star || type === undefined) return "it takes a number.";
  if (!isNumeric(type)) return `it takes a number, not a ${type}.`;
  return { type: "double", values: 1, open, cells: undefined };
}

export const NUMBER_PARAMETERS = [
  { name: "value", kind: "expression", doc: "A number." },
  { name: "filter", kind: "condition", doc: "Only events for which it holds.", optional: true },
] as const;
