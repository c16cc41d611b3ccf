import { AssertionError } from "../../kit/index.ts";
import type { Expression, Operation } from "./expression.ts";
import type { SubqueryForm } from "./plan.ts";

/** What a subquery works out for each row. */
export function resultsOf(form: SubqueryForm): readonly Expression[] {
  switch (form.kind) {
    case "value":
      return [form.item];
    case "list":
    case "row":
      return form.items;
    case "exists":
      return [];
    case "any":
    case "all":
      return [form.test];
  }
}

/** What stands for a subquery in expressions until the statement runs. */
export interface SubqueryOperation extends Operation {
  /** The places of the arguments that are compared with what it gives; the others it asks with. */
  readonly compared: ReadonlySet<number>;
}

export function subqueryOperation(number: number, compared: ReadonlySet<number>): SubqueryOperation {
  return {
    name: `subquery ${number}`,
    strict: false,
    nullable: true,
    compared,
    evaluate: () => {
      throw new AssertionError("a subquery was evaluated outside of a running statement");
    },
  };
}

export function isSubquery(operation: Operation): operation is SubqueryOperation {
  return "compared" in operation;
}
