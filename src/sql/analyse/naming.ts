import { JAVA_CONSTANTS } from "../operations/java_classes.ts";
import { numberText } from "../operations/number_text.ts";
import { aggregates } from "../dialect.ts";
import type { BinaryOperator, ExpressionNode, SelectNode } from "../syntax/index.ts";
import { pathOf } from "./analysis.ts";

/**
 * The name of an output column without an alias: the expression as Esper prints it, for clients read it. No blanks around operators that
 * are marks, one blank around those that are words, strings in double quotes, aggregates in small letters. Aggregates and chains of methods
 * are put in parentheses wherever they are operands; of a chain the lambdas are left out, and a field at its end reads as a method.
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
        : typeof node.value === "number"
          ? numberText(node.value, node.type)
          : String(node.value);
    case "name":
      return node.name.toLowerCase() === "current_timestamp" ? "current_timestamp()" : `${node.name}${node.dynamic ? "?" : ""}`;
    case "member": {
      // A constant of Java is printed as what it is.
      const constant = JAVA_CONSTANTS.get(pathOf(node)?.slice(-2).join(".") ?? "");
      if (constant !== undefined)
        return typeof constant.value === "number" ? numberText(constant.value, constant.type) : String(constant.value);
      return `${print(node.object, 0)}.${node.name}${isChain(node) ? "()" : node.dynamic ? "?" : ""}`;
    }
    case "index":
      return `${print(node.object, POSTFIX)}[${print(node.index, 0)}]`;
    case "star":
      return node.of === undefined ? "*" : `${node.of}.*`;
    case "call":
      // Norikra takes NULLABLE away before a column is named.
      if (node.name.toLowerCase() === "nullable") return list(node.arguments);
      return `${printedFunction(node.name)}(${node.distinct ? "distinct " : ""}${printedArguments(node)})`;
    case "method":
      return `${print(node.object, 0)}.${node.name}(${list(node.arguments.filter(({ kind }) => kind !== "lambda"))})`;
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
    case "in_range":
      return `${print(node.value, inner)} ${negation}between ${print(node.low, inner)} and ${print(node.high, inner)}`;
    // Of a subquery Esper prints what it selects, and of what it is compared with nothing.
    case "in_select":
      return selectedBy(node.select, 0);
    case "like": {
      const escape = node.escape === undefined ? "" : ` escape ${print(node.escape, inner)}`;
      return `${print(node.value, inner)} ${negation}like ${print(node.pattern, inner)}${escape}`;
    }
    case "regexp":
      return `${print(node.value, inner)} ${negation}regexp ${print(node.pattern, inner)}`;
    case "case": {
      const branches = node.branches.map(({ when, result }) => ` when ${print(when, 0)} then ${print(result, 0)}`).join("");
      const otherwise = node.otherwise === undefined ? "" : ` else ${print(node.otherwise, 0)}`;
      return `case${node.operand === undefined ? "" : ` ${print(node.operand, 0)}`}${branches}${otherwise} end`;
    }
    case "array":
      return `{${list(node.items)}}`;
    case "new":
      return `new{${node.columns.map(({ name, value }) => (value.kind === "name" && value.name === name ? name : `${name}=${print(value, 0)}`)).join()}}`;
    case "named":
      return `${node.name}:${print(node.value, 0)}`;
    case "period":
      return node.parts.map(({ amount, unit }) => `${print(amount, 0)} ${unit}s`).join(" ");
    case "subquery":
    case "exists":
      return selectedBy(node.select, node.number);
    case "quantified":
      if (node.select !== undefined) return selectedBy(node.select, 0);
      return `${print(node.value, inner)}${node.operator}${node.quantifier}(${list(node.list ?? [])})`;
  }
}

function selectedBy({ items }: SelectNode, number: number): string {
  const [first] = items;
  return first?.kind === "expression" ? (first.alias ?? print(first.expression, 0)) : `subselect_${number}`;
}

function list(nodes: readonly ExpressionNode[]): string {
  return nodes.map((node) => print(node, 0)).join(",");
}

function printedFunction(name: string): string {
  const lower = name.toLowerCase();
  return PRINTED_AS.get(lower) ?? (isAggregate(name) ? lower : name);
}

function printedArguments({ name, arguments: given, descending }: Extract<ExpressionNode, { kind: "call" }>): string {
  if (given.length === 0 && name.toLowerCase() === "leaving") return "*";
  return given.map((node, index) => `${print(node, 0)}${descending[index] === true ? " desc" : ""}`).join(",");
}

function isAggregate(name: string): boolean {
  const lower = name.toLowerCase();
  return aggregates.some((aggregate) => aggregate.name === lower);
}

/** Whether methods or fields are taken of something that is not the name of a field. */
function isChain(node: ExpressionNode): boolean {
  return node.kind === "method" || (node.kind === "member" && pathOf(node) === undefined && node.object.kind !== "index");
}

/** Esper keeps no more of these than which end of the values they give. */
const PRINTED_AS: ReadonlyMap<string, string> = new Map([
  ["minever", "min"],
  ["fmin", "min"],
  ["fminever", "min"],
  ["maxever", "max"],
  ["fmax", "max"],
  ["fmaxever", "max"],
]);

/** Higher binds tighter. */
function precedence(node: ExpressionNode): number {
  if (node.kind === "binary") return BINARY[node.operator];
  if (node.kind === "unary") return node.operator === "not" ? 4 : 10;
  // Esper prints these as if they bound loosest of all.
  if ((node.kind === "call" && isAggregate(node.name)) || isChain(node)) return LOOSEST;
  if (["between", "in", "in_range", "in_select", "like", "regexp", "quantified"].includes(node.kind)) return 6;
  return node.kind === "case" ? 1 : POSTFIX;
}

const POSTFIX = 11;
const LOOSEST = 0;

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
