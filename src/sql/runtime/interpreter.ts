import type { Value } from "../../event/index.ts";
import type { Expression } from "../plan/expression.ts";
import type { StatementEvent } from "../vocabulary.ts";

/** What an expression is evaluated in. */
export interface Scope {
  /** The event each stream is at; undefined where there is none. */
  readonly events: readonly (StatementEvent | undefined)[];
  /** The aggregates of the group in hand. */
  readonly aggregates: readonly { value(): Value }[];
  /** The key of the group in hand. */
  readonly key: readonly Value[];
  readonly nowMs: number;
}

/** The meaning of an expression: the reference that generated code is tested against. */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.op) {
    case "constant":
      return expression.value;
    case "field":
      return scope.events[expression.stream]?.values[expression.slot] ?? null;
    case "aggregate":
      return scope.aggregates[expression.index]!.value();
    case "key":
      return scope.key[expression.index]!;
    case "now":
      return scope.nowMs;
    case "and":
    case "or":
      return connective(expression.parts, expression.op === "or", scope);
    case "not": {
      const value = evaluate(expression.operand, scope);
      return value === null ? null : value !== true;
    }
    case "is_null":
      return (evaluate(expression.operand, scope) === null) !== expression.negated;
    case "coalesce":
      for (const part of expression.parts) {
        const value = evaluate(part, scope);
        if (value !== null) return value;
      }
      return null;
    case "case": {
      const branch = expression.branches.find(({ when }) => evaluate(when, scope) === true);
      return evaluate(branch === undefined ? expression.otherwise : branch.result, scope);
    }
    case "call": {
      const args = expression.args.map((argument) => evaluate(argument, scope));
      return expression.operation.strict && args.includes(null) ? null : expression.operation.evaluate(...args);
    }
  }
}

/** Three-valued `and` / `or`: `decisive` (true for `or`) wins over null, null over the other. */
function connective(parts: readonly Expression[], decisive: boolean, scope: Scope): Value {
  let unknown = false;
  for (const part of parts) {
    const value = evaluate(part, scope);
    if (value === decisive) return decisive;
    if (value === null) unknown = true;
  }
  return unknown ? null : !decisive;
}
