import { type NewOperation, newOf } from "../operations/new_value.ts";
import type { Expression } from "../plan/expression.ts";
import type { Analysis, NodeOf } from "./analysis.ts";
import type { Node } from "../syntax/index.ts";

/** `new {a = 1, host}`: a nested value with these columns. */
export function analyseNew(analysis: Analysis, node: NodeOf<"new">): Expression {
  const names = node.columns.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) return analysis.fail("HOTAKA_SQL_INVALID", node, `new has two columns that are named "${twice}".`);
  const args = node.columns.map(({ value }) => analysis.output(analysis.expression(value)));
  return { op: "call", type: "value", operation: newOf(names), args };
}

/** What CASE gives where no branch holds and there is no ELSE: a value without columns where the others are new ones. */
export function otherwiseOf(results: readonly Expression[]): Expression {
  if (results.some((result) => columnsOf(result) !== undefined)) return { op: "call", type: "value", operation: newOf([]), args: [] };
  return { op: "constant", type: "null", value: null };
}

/** Of the results of CASE all are new values with the same columns, or none is. */
export function wantSameColumns(analysis: Analysis, results: readonly Expression[], node: Node): void {
  const [first, ...others] = results.map(columnsOf);
  if (others.every((columns) => columns === first)) return;
  analysis.fail("HOTAKA_SQL_TYPE", node, "if one result of case is a new value, all are, with columns of the same names and types.");
}

/** The names and types of the columns of a new value, as one text, in whatever order they were written; undefined for any other value. */
function columnsOf(expression: Expression): string | undefined {
  if (expression.op === "case") return columnsOf(expression.branches[0]!.result);
  if (expression.op !== "call" || !isNew(expression.operation)) return undefined;
  const { columns } = expression.operation;
  return columns
    .map((name, at) => `${name}: ${columnsOf(expression.args[at]!) ?? expression.args[at]!.type}`)
    .toSorted()
    .join();
}

function isNew(operation: object): operation is NewOperation {
  return "columns" in operation;
}
