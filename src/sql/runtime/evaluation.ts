import type { Value } from "../../event/index.ts";
import type { Expression } from "../plan/expression.ts";
import { evaluate, type Scope } from "./interpreter.ts";

/** An expression ready to be worked out. */
export type Evaluate = (scope: Scope) => Value;

/** By interpretation: the reference. The generator gives the same as code. */
export function interpreted(expression: Expression): Evaluate {
  return (scope) => evaluate(expression, scope);
}
