import type { BinaryOperator, ExpressionNode } from "../syntax/index.ts";
import { aggregates } from "../standard.ts";

/**
 * The name of an output column without an alias: the expression as Esper prints it, for clients read it. No blanks around operators that
 * are marks, one blank around those that are words, strings in double quotes, aggregates in small letters; an aggregate is put in
 * parentheses wherever it is an operand.
 */
export function columnName(node: ExpressionNode): string {
  return print(node, 0);
}

function print(node: ExpressionNode, outer: number): string {
  const inner = precedence(node);
  const text = printBare(node, inner);
  return inner < outer ? `(${text})` : text;
}

function printBare(node: ExpressionNode, inner: number): string {
  const negation = "negated" in node && node.negated ? "not " : "";
  switch (node.kind) {
    case "literal":
      return typeof node.value === "string"
        ? `"${node.value}"`
        : node.type === "double" && Number.isInteger(node.value)
          ? `${node.value}.0`
          : String(node.value);
    case "name":
      return node.name;
    case "member":
      return `${print(node.object, POSTFIX)}.${node.name}${node.dynamic ? "?" : ""}`;
    case "index":
      return `${print(node.object, POSTFIX)}[${print(node.index, 0)}]`;
    case "star":
      return node.of === undefined ? "*" : `${node.of}.*`;
    case "call":
      // Norikra takes NULLABLE away before a column is named.
      if (node.name.toLowerCase() === "nullable") return list(node.arguments);
      return `${printedFunction(node.name)}(${node.distinct ? "distinct " : ""}${list(node.arguments)})`;
    case "method":
      return `${print(node.object, POSTFIX)}.${node.name}(${list(node.arguments)})`;
    case "lambda":
      return `${node.parameters.length === 1 ? node.parameters[0] : `(${node.parameters.join(",")})`} => ${print(node.body, 0)}`;
    case "unary":
      return node.operator === "not" ? `not ${print(node.operand, inner)}` : `-${print(node.operand, inner)}`;
    case "binary": {
      const operator = /^[a-z]/.test(node.operator) ? ` ${node.operator} ` : node.operator;
      return `${print(node.left, inner)}${operator}${print(node.right, inner)}`;
    }
    case "between":
      return `${print(node.value, inner)} ${negation}between ${print(node.low, inner)} and ${print(node.high, inner)}`;
    case "in":
      return `${print(node.value, inner)} ${negation}in (${list(node.list)})`;
    case "in_range": {
      const [open, close] = [node.lowIncluded ? "[" : "(", node.highIncluded ? "]" : ")"];
      return `${print(node.value, inner)} ${negation}in ${open}${print(node.low, 0)}:${print(node.high, 0)}${close}`;
    }
    case "in_select":
      return `${print(node.value, inner)} ${negation}in (subquery)`;
    case "like":
    case "regexp":
      return `${print(node.value, inner)} ${negation}${node.kind} ${print(node.pattern, inner)}`;
    case "case": {
      const branches = node.branches.map(({ when, result }) => ` when ${print(when, 0)} then ${print(result, 0)}`).join("");
      const otherwise = node.otherwise === undefined ? "" : ` else ${print(node.otherwise, 0)}`;
      return `case${node.operand === undefined ? "" : ` ${print(node.operand, 0)}`}${branches}${otherwise} end`;
    }
    case "array":
      return `{${list(node.items)}}`;
    case "period":
      return node.parts.map(({ amount, unit }) => `${print(amount, 0)} ${unit}s`).join(" ");
    case "subquery":
      return "(subquery)";
    case "exists":
      return "exists (subquery)";
    case "quantified":
      return `${print(node.value, inner)}${node.operator}${node.quantifier} (${node.list === undefined ? "subquery" : list(node.list)})`;
  }
}

function list(nodes: readonly ExpressionNode[]): string {
  return nodes.map((node) => print(node, 0)).join(",");
}

function printedFunction(name: string): string {
  const lower = name.toLowerCase();
  return aggregates.some((aggregate) => aggregate.name === lower) ? lower : name;
}

/** Higher binds tighter. */
function precedence(node: ExpressionNode): number {
  if (node.kind === "binary") return BINARY[node.operator];
  if (node.kind === "unary") return node.operator === "not" ? 4 : 10;
  // Esper prints an aggregate as if it bound loosest of all.
  if (node.kind === "call" && aggregates.some((aggregate) => aggregate.name === node.name.toLowerCase())) return 1;
  if (["between", "in", "in_range", "in_select", "like", "regexp", "quantified"].includes(node.kind)) return 6;
  return node.kind === "case" ? 1 : POSTFIX;
}

const POSTFIX = 11;

const BINARY: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  "&": 3,
  "|": 3,
  "^": 3,
  "=": 5,
  "!=": 5,
  is: 5,
  "is not": 5,
  "<": 6,
  "<=": 6,
  ">": 6,
  ">=": 6,
  "||": 7,
  "+": 8,
  "-": 8,
  "*": 9,
  "/": 9,
  "%": 9,
};
