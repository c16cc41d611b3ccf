import { AssertionError } from "../../kit/index.ts";
import type { Operation } from "./expression.ts";

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
