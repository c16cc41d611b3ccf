import type { Expression } from "./expression.ts";
import type { Period } from "./period.ts";
import type { Type } from "./type.ts";

/** A parameter of a window: a constant, or an expression over the event. */
export type ViewParameter =
  | { readonly kind: "number"; readonly value: number; readonly type: Type }
  | { readonly kind: "duration"; readonly value: Period }
  | { readonly kind: "text"; readonly value: string }
  | ExpressionParameter;

export interface ExpressionParameter {
  readonly kind: "expression";
  readonly expression: Expression;
  readonly descending: boolean;
  /** As a column would be named. */
  readonly name: string;
}
