import type { Expression } from "./expression.ts";

/** A parameter of a window: a constant, or an expression over the event. */
export type ViewParameter =
  | { readonly kind: "number" | "duration"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | ExpressionParameter;

export interface ExpressionParameter {
  readonly kind: "expression";
  readonly expression: Expression;
  readonly descending: boolean;
}
