import type { Schema, Value } from "../../event/index.ts";
import { contains, type Expression, partsOf } from "./expression.ts";

/** A condition over one field alone. Where it does not hold, what it is a part of does not either. */
export interface FieldCondition {
  readonly slot: number;
  readonly expression: Expression;
  /** Where it says that the field is one of some values: these. */
  readonly oneOf: readonly (string | number)[] | undefined;
  /** How every text begins for which it holds; empty where nothing is known. */
  readonly prefix: string;
  /** For a field that is a number: the numbers at which the condition can change; between two of them it does not. */
  readonly bounds: readonly number[];
}

/**
 * Of the conditions, which all must hold, the one over a single field that lets the fewest events through, as far as its form tells.
 * Undefined where none is of a form that is worth an index.
 */
export function fieldCondition(conditions: readonly (Expression | undefined)[], schema: Schema): FieldCondition | undefined {
  const parts = conditions.flatMap((condition) => (condition === undefined ? [] : conjuncts(condition)));
  const found = parts.flatMap((part) => ofOneField(part, schema) ?? []);
  return found.find(({ oneOf }) => oneOf !== undefined) ?? found[0];
}

function conjuncts(condition: Expression): readonly Expression[] {
  return condition.op === "and" ? condition.parts.flatMap(conjuncts) : [condition];
}

function ofOneField(expression: Expression, schema: Schema): FieldCondition | undefined {
  const slots = new Set<number>();
  if (contains(expression, (part) => !isOfValues(part, slots)) || slots.size !== 1) return undefined;
  const [slot = 0] = slots;
  const oneOf = valuesOf(expression);
  const type = schema.fields[slot]?.type;
  const prefix = expression.op === "call" && expression.args[0]?.op === "field" ? (expression.operation.prefix ?? "") : "";
  if (type === "string") return { slot, expression, oneOf, prefix, bounds: [] };
  if (type !== "integer" && type !== "float") return undefined;
  const bounds: number[] = [];
  return isOfComparisons(expression, bounds) ? { slot, expression, oneOf, prefix, bounds } : undefined;
}

/** Whether an expression says the same whenever it is asked about the same values; notes the fields it reads. */
function isOfValues(part: Expression, slots: Set<number>): boolean {
  if (part.op === "field") slots.add(part.slot);
  return part.op !== "now" && part.op !== "event" && part.op !== "member" && part.op !== "previous" && part.op !== "istream";
}

/** The constants of `field = constant` and `field in (constants)`. */
function valuesOf(expression: Expression): (string | number)[] | undefined {
  if (expression.op !== "call") return undefined;
  const { name } = expression.operation;
  const [left, ...right] = name === "=" && expression.args[0]?.op !== "field" ? expression.args.toReversed() : expression.args;
  if ((name !== "=" && name !== "in") || left?.op !== "field") return undefined;
  const values: (string | number)[] = [];
  for (const item of right) {
    if (item.op !== "constant") return undefined;
    // A null in a list equals nothing.
    if (isPlain(item.value)) values.push(item.value);
    else if (item.value !== null) return undefined;
  }
  return values;
}

function isPlain(value: Value): value is string | number {
  return typeof value === "string" || (typeof value === "number" && Number.isFinite(value));
}

/** Whether an expression is made of comparisons of the field itself with numbers; notes these in `bounds`. */
function isOfComparisons(expression: Expression, bounds: number[]): boolean {
  if (expression.op === "and" || expression.op === "or" || expression.op === "not")
    return partsOf(expression).every((part) => isOfComparisons(part, bounds));
  if (expression.op === "is_null") return expression.operand.op === "field";
  if (expression.op !== "call" || !COMPARISONS.test(expression.operation.name)) return false;
  return expression.args.every((argument) => {
    if (argument.op === "field") return true;
    if (argument.op !== "constant") return false;
    if (argument.value === null) return true;
    if (typeof argument.value !== "number" || !Number.isFinite(argument.value)) return false;
    bounds.push(argument.value);
    return true;
  });
}

const COMPARISONS = /^(?:[<>]=?|!?=~?|in|(?:not )?between [[(][\])])$/;
