import type { Operation } from "../plan/expression.ts";

export interface NewOperation extends Operation {
  readonly columns: readonly string[];
}

/** `new {a = 1, host}`: the values as a record with these names. */
export function newOf(columns: readonly string[]): NewOperation {
  return {
    name: `new {${columns.map((name) => JSON.stringify(name)).join()}}`,
    strict: false,
    nullable: false,
    columns,
    evaluate: (...values) => Object.fromEntries(columns.map((name, at) => [name, values[at] ?? null])),
  };
}
