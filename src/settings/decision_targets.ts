import type { FieldType } from "../event/index.ts";

/** The targets that decisions re-enter as events of; undefined where they do not. */
export interface DecisionTargets {
  /** Of decisions to block, whatever came of them. */
  readonly blocked: string | undefined;
  /** Of decisions of mode detect. */
  readonly detected: string | undefined;
}

/**
 * What an event of a decision has beside the row that asked for it. A field of the row that has one of these names is found under
 * `row_` and its name.
 */
export const DECISION_FIELDS = {
  status: "string",
  processed_at: "string",
  enforcement: "string",
  enforcement_detail: "string",
  address: "string",
  query: "string",
  reason: "string",
  outcome: "string",
  until: "string",
  strikes: "integer",
  decision: "integer",
  undo: "string",
} as const satisfies Readonly<Record<string, FieldType>>;

/** The name under which a column of a row stands in the event of its decision. */
export function decisionField(column: string): string {
  return Object.hasOwn(DECISION_FIELDS, column) ? `row_${column}` : column;
}

/** The columns of all rows that may lead to a decision, as fields: one type each, wide enough for all that come under that name. */
export class RowFields {
  readonly #fields = new Map<string, FieldType>();

  add(column: string, type: FieldType): void {
    const name = decisionField(column);
    const known = this.#fields.get(name);
    this.#fields.set(name, known === undefined ? type : widerOf(known, type));
  }

  /** With what every decision has. */
  all(): ReadonlyMap<string, FieldType> {
    return new Map([...Object.entries(DECISION_FIELDS), ...this.#fields]);
  }
}

function widerOf(left: FieldType, right: FieldType): FieldType {
  if (left === right) return left;
  const isNumber = (type: FieldType): boolean => type === "integer" || type === "float";
  return isNumber(left) && isNumber(right) ? "float" : "string";
}
