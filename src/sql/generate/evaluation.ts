import type { Expression } from "../plan/expression.ts";
import type { Evaluate } from "../runtime/evaluation.ts";
import { Emitter, type Places } from "./emitter.ts";

/** An expression as code over a `Scope`: what the event-by-event runtime runs. */
export function generated(expression: Expression): Evaluate {
  const emitter = new Emitter();
  const { text } = emitter.value(expression, SCOPE);
  return emitter.build("evaluate", ["scope"], `return ${text};`) as Evaluate;
}

const SCOPE: Places = {
  field: (stream, slot) => ({ text: `(scope.events[${stream}]?.values[${slot}] ?? null)`, nullable: true }),
  aggregate: (index) => ({ text: `scope.aggregates[${index}].value(scope.nowMs)`, nullable: true }),
  key: (index) => ({ text: `scope.key[${index}]`, nullable: true }),
  now: "scope.nowMs",
  event: (stream) => ({ text: `(scope.events[${stream}] ?? null)`, nullable: true }),
  istream: "(scope.removed !== true)",
};
