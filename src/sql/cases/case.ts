import type { FieldType, Value } from "../../event/index.ts";

/** A recorded run of one query: what went in when, and what must come out when. */
export interface Case {
  readonly id: string;
  readonly group: string;
  /** Whether the rows of one instant must come in this order. */
  readonly ordered: boolean;
  /** Where the clock stands when the statement is created, epoch ms. */
  readonly startMs: number;
  readonly targets: Readonly<Record<string, Readonly<Record<string, FieldType>>>>;
  /** Statements that are created first. */
  readonly setup: readonly string[];
  readonly query: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly events: readonly CaseEvent[];
  /** The outputs that are right, each by itself; more than one where more than one is accepted. */
  readonly outputs: readonly (readonly CaseOutput[])[];
  /** The statement must be refused, or may be. */
  readonly refusal: "never" | "always" | "allowed";
  /** Words that the sentence of the refusal must have. */
  readonly refusalWords: string;
}

export type CaseEvent =
  | { readonly kind: "event"; readonly timeMs: number; readonly target: string; readonly record: Readonly<Record<string, Value>> }
  | { readonly kind: "advance"; readonly timeMs: number };

export interface CaseOutput {
  readonly timeMs: number;
  readonly rows: readonly ExpectedRow[];
  readonly removed: readonly ExpectedRow[];
}

export type ExpectedRow = Readonly<Record<string, Value>>;
