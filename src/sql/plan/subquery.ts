import { AssertionError } from "../../kit/index.ts";
import type { Expression, Operation } from "./expression.ts";
import type { SubqueryForm } from "./plan.ts";

/** What a subquery works out for each row. */
export function resultsOf(form: SubqueryForm): readonly Expression[] {
  switch (form.kind) {
    case "value":
      return [form.item];
    case "list":
      return form.items;
    case "exists":
      return [];
    case "any":
    case "all":
      return [form.test];
  }
}

/** What stands for a subquery in expressions until the statement runs. */
export function subqueryOperation(number: number): Operation {
  return {
    name: `subquery ${number}`,
    strict: false,
    nullable: true,
    evaluate: () => {
      throw new AssertionError("a subquery was evaluated outside of a running statement");
    },
  };
}
