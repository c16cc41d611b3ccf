import {
  between,
  comparison,
  type ComparisonOperator,
  equality,
  inList,
  inLists,
  is,
  isNot,
  quantifiedComparison,
  quantifiedEquality,
} from "../operations/comparison.ts";
import { patternOfQuery, regexp, regexpDynamic } from "../operations/regexp.ts";
import { asText, like, likeDynamic } from "../operations/text.ts";
import type { Expression, Operation } from "../plan/expression.ts";
import { isIntegral, isListType, isNumeric, itemOf, type Type } from "../plan/type.ts";
import type { ExpressionNode, Node } from "../syntax/index.ts";
import { type Analysis, article, constantText, negatedIf, type NodeOf, wantComparable } from "./analysis.ts";

/** `=` and `!=`. */
export function analyseEquality(analysis: Analysis, negated: boolean, left: Expression, right: Expression, node: Node): Expression {
  wantComparable(analysis, left.type, right.type, node, true);
  const plain = left.type === right.type && !isListType(left.type) && left.type !== "date" && left.type !== "value";
  const identical = plain || (isIntegral(left.type) && isIntegral(right.type));
  return { op: "call", type: "boolean", operation: equality(negated, identical), args: [left, right] };
}

export function analyseIs(analysis: Analysis, negated: boolean, left: Expression, right: Expression, node: Node): Expression {
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (side.type === "null") return { op: "is_null", type: "boolean", operand: other, negated };
  }
  wantComparable(analysis, left.type, right.type, node, true);
  return { op: "call", type: "boolean", operation: negated ? isNot : is, args: [left, right] };
}

export function analyseComparison(
  analysis: Analysis,
  operator: ComparisonOperator,
  left: Expression,
  right: Expression,
  node: Node,
): Expression {
  wantComparable(analysis, left.type, right.type, node, false);
  return { op: "call", type: "boolean", operation: comparison(operator), args: [left, right] };
}

export function analyseBetween(analysis: Analysis, node: NodeOf<"between"> | NodeOf<"in_range">): Expression {
  const args = [node.value, node.low, node.high].map((part) => analysis.expression(part));
  for (const bound of args.slice(1)) wantComparable(analysis, args[0]!.type, bound.type, node, false);
  const [lowIncluded, highIncluded] = node.kind === "between" ? [true, true] : [node.lowIncluded, node.highIncluded];
  return { op: "call", type: "boolean", operation: between(node.negated, lowIncluded, highIncluded), args };
}

/** `in (..)`: what stands in the list may itself be a list, and then its items count. */
export function analyseIn(analysis: Analysis, node: NodeOf<"in">): Expression {
  const value = analysis.expression(node.value);
  const list = comparedList(analysis, value, node.list, true);
  const operation = list.some(({ type }) => isListType(type)) ? inLists : inList;
  return negatedIf(node.negated, { op: "call", type: "boolean", operation, args: [value, ...list] });
}

/** `> any (..)`, `= all (..)` over values written out. */
export function analyseQuantified(analysis: Analysis, node: NodeOf<"quantified">): Expression {
  if (node.list === undefined) return analysis.fail("HOTAKA_SQL_UNSUPPORTED", node, "a subquery cannot be used here.");
  const { operator, quantifier } = node;
  const value = analysis.expression(node.value);
  if (operator === "=" || operator === "!=" || operator === "is" || operator === "is not") {
    const list = comparedList(analysis, value, node.list, true);
    const negated = operator === "!=" || operator === "is not";
    return { op: "call", type: "boolean", operation: quantifiedEquality(negated, quantifier), args: [value, ...list] };
  }
  const list = comparedList(analysis, value, node.list, false);
  const operation = quantifiedComparison(operator as ComparisonOperator, quantifier);
  return { op: "call", type: "boolean", operation, args: [value, ...list] };
}

function comparedList(analysis: Analysis, value: Expression, nodes: readonly ExpressionNode[], forEquality: boolean): Expression[] {
  return nodes.map((node) => {
    const item = analysis.expression(node);
    const type: Type = itemOf(item.type) ?? item.type;
    if (type !== "value") wantComparable(analysis, value.type, type, node, forEquality);
    return item;
  });
}

/** A string, or a number as its text. */
function textValue(analysis: Analysis, node: ExpressionNode, operator: string): Expression {
  const value = analysis.expression(node);
  if (value.type === "string" || value.type === "null") return value;
  if (!isNumeric(value.type)) analysis.fail("HOTAKA_SQL_TYPE", node, `${operator} takes strings, not ${article(value.type)}.`);
  return { op: "call", type: "string", operation: asText(value.type), args: [value] };
}

export function analyseLike(analysis: Analysis, node: NodeOf<"like">): Expression {
  const value = textValue(analysis, node.value, "like");
  const parts = [node.pattern, ...(node.escape === undefined ? [] : [node.escape])];
  const constants = parts.map((part) => patternText(analysis, part, "like"));
  const texts = constants.map(constantText);
  const known = !texts.includes(undefined);
  const operation: Operation = known ? like(texts[0]!, texts[1]) : likeDynamic;
  return negatedIf(node.negated, { op: "call", type: "boolean", operation, args: known ? [value] : [value, ...constants] });
}

/** `regexp` matches the whole text, as Java's `matches`. */
export function analyseRegexp(analysis: Analysis, node: NodeOf<"regexp">): Expression {
  const value = textValue(analysis, node.value, "regexp");
  const pattern = patternText(analysis, node.pattern, "regexp");
  const text = constantText(pattern);
  if (text === undefined) {
    return negatedIf(node.negated, { op: "call", type: "boolean", operation: regexpDynamic, args: [value, pattern] });
  }
  const compiled = patternOfQuery(text);
  if (typeof compiled === "string") return analysis.fail("HOTAKA_SQL_INVALID", node.pattern, `regexp: ${compiled}`);
  return negatedIf(node.negated, { op: "call", type: "boolean", operation: regexp(text, compiled), args: [value] });
}

function patternText(analysis: Analysis, node: ExpressionNode, operator: string): Expression {
  const pattern = analysis.expression(node);
  if (pattern.type !== "string") analysis.fail("HOTAKA_SQL_TYPE", node, `${operator} takes strings, not ${article(pattern.type)}.`);
  return pattern;
}
