import type { Schema } from "../../event/index.ts";
import type { ErrorCode } from "../../kit/index.ts";
import type { Expression, Operation } from "../plan/expression.ts";
import type { Period } from "../plan/period.ts";
import { isNumeric, type Type, widerNumber } from "../plan/type.ts";
import type { ExpressionNode, Node } from "../syntax/index.ts";

/** What the parts of the analyser give each other: one file for each kind of expression, none of which knows the others. */
export interface Analysis {
  /** The schemas that types `event:n` speak of: those of the streams first. */
  readonly rowTypes: Schema[];
  expression(node: ExpressionNode): Expression;
  /** What is put out for an expression: an event as a record of its fields, everything else as it is. */
  output(expression: Expression): Expression;
  /** The body of a lambda whose parameters have these types. */
  lambda(node: NodeOf<"lambda">, types: readonly Type[]): { first: number; count: number; body: Expression };
  /** All rows of a subquery, as a list; undefined where there are no subqueries. */
  rowsOf(node: NodeOf<"subquery">): Expression | undefined;
  /** The months and the milliseconds of a period. */
  period(node: NodeOf<"period">): Period;
  /** Whether a dotted path names a field or a parameter of a lambda. */
  knows(path: readonly string[], node: Node): boolean;
  fail(code: ErrorCode, node: Node, sentence: string): never;
}

export type NodeOf<Kind extends ExpressionNode["kind"]> = Extract<ExpressionNode, { kind: Kind }>;

/** `a.b.c` as its parts; undefined when it does not begin with a name. */
export function pathOf(node: ExpressionNode): string[] | undefined {
  if (node.kind === "name") return [node.name];
  if (node.kind !== "member") return undefined;
  const object = pathOf(node.object);
  return object === undefined ? undefined : [...object, node.name];
}

/** A type as it reads in a sentence: `a string`, `an integer`. */
export function article(type: Type): string {
  if (type === "null") return "null";
  if (type.endsWith("[]")) return "a list";
  if (type.startsWith("event:")) return "an event";
  return `${/^[aeio]/.test(type) ? "an" : "a"} ${type === "value" ? "nested value" : type}`;
}

export function wantBoolean(analysis: Analysis, expression: Expression, node: Node, where: string): Expression {
  if (expression.type === "boolean") return expression;
  return analysis.fail("HOTAKA_SQL_TYPE", node, `${where} takes a condition that is true or false, not ${article(expression.type)}.`);
}

/** Numbers with numbers, strings with strings; for equality also other values of one type. */
export function wantComparable(analysis: Analysis, left: Type, right: Type, node: Node, forEquality: boolean): void {
  if (left === "null" || right === "null" || (isNumeric(left) && isNumeric(right))) return;
  if (left === right && (left === "string" || left === "date" || forEquality)) return;
  const verb = forEquality ? "be equal to" : "be compared with";
  analysis.fail("HOTAKA_SQL_TYPE", node, `${article(left)} cannot ${verb} ${article(right)}.`);
}

/** The type that holds all of these: one type, or the widest of numbers. */
export function commonType(analysis: Analysis, parts: readonly Expression[], node: Node, what: string): Type {
  let common: Type = "null";
  for (const { type } of parts) {
    if (type === common || type === "null") continue;
    if (common === "null") common = type;
    else if (isNumeric(common) && isNumeric(type)) common = widerNumber(common, type);
    else return analysis.fail("HOTAKA_SQL_TYPE", node, `${what} must be of one type; found ${article(common)} and ${article(type)}.`);
  }
  return common;
}

export function negatedIf(negated: boolean, expression: Expression): Expression {
  return negated ? { op: "not", type: "boolean", operand: expression } : expression;
}

/** The text of an expression that is a constant string. */
export function constantText(expression: Expression | undefined): string | undefined {
  return expression?.op === "constant" && typeof expression.value === "string" ? expression.value : undefined;
}

/** The expression as a value of a wider type: a long, which can be a bigint, becomes the double that it meets others as. */
export function widened(expression: Expression, type: Type): Expression {
  if (expression.type !== "long" || (type !== "double" && type !== "float")) return expression;
  return { op: "call", type: "double", operation: DOUBLE_OF_LONG, args: [expression] };
}

const DOUBLE_OF_LONG: Operation = {
  name: "double of long",
  strict: true,
  nullable: false,
  evaluate: Number,
  emit: (value) => `Number(${value})`,
};
