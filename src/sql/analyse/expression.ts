import { didYouMean, type ErrorCode } from "../../kit/index.ts";
import type { Schema } from "../../event/index.ts";
import { arithmetic, type ArithmeticOperator, bitwise } from "../operations/arithmetic.ts";
import { JAVA_CONSTANTS } from "../operations/java_classes.ts";
import { arrayOf, asRecord } from "../operations/list.ts";
import { concatenate } from "../operations/text.ts";
import type { Expression } from "../plan/expression.ts";
import type { AggregatePlan } from "../plan/plan.ts";
import type { Period } from "../plan/period.ts";
import { eventType, isIntegral, isNumeric, itemOf, listOf, rowTypeOf, type Type, widerNumber } from "../plan/type.ts";
import { aggregates, functions } from "../dialect.ts";
import type { ExpressionNode, Node } from "../syntax/index.ts";
import { analyseAggregate } from "./aggregate_call.ts";
import { type Analysis, article, commonType, type NodeOf, pathOf, wantBoolean, widened } from "./analysis.ts";
import { BUILT_IN_FUNCTIONS } from "./built_in_function.ts";
import {
  analyseBetween,
  analyseComparison,
  analyseEquality,
  analyseIn,
  analyseIs,
  analyseLike,
  analyseQuantified,
  analyseRegexp,
} from "./comparison.ts";
import { analyseNew, otherwiseOf, wantSameColumns } from "./new_value.ts";
import { analyseIndex, analyseMethod } from "./method_call.ts";
import { periodMs, periodOfNode } from "./period.ts";
import { type NameScope, typeOfField } from "./scope.ts";

/**
 * Turns syntax into typed expressions: names become fields, types are checked, aggregates are gathered. Every mistake that can be found
 * without an event is found here, with its place. What is more than a few lines stands in a file of its own, by kind of expression.
 */
export class ExpressionAnalyser implements Analysis {
  readonly #scope: NameScope;
  readonly rowTypes: Schema[];
  /** The aggregates met so far; equal ones are one. */
  readonly aggregates: AggregatePlan[] = [];
  /** Says where an aggregate may not stand, as `the where clause`; undefined where it may. */
  #aggregatesForbiddenIn: string | undefined;
  /** The parameters of the lambdas around, outermost first. */
  #locals: readonly { readonly name: string; readonly type: Type }[] = [];

  constructor(scope: NameScope) {
    this.#scope = scope;
    this.rowTypes = scope.rowTypes;
  }

  /** An expression of the clause named, in which aggregates may stand unless `forbid` says otherwise. */
  analyse(node: ExpressionNode, clause: { readonly name: string; readonly aggregates: boolean }): Expression {
    this.#aggregatesForbiddenIn = clause.aggregates ? undefined : clause.name;
    return this.expression(node);
  }

  /** As `analyse`, for a clause that must be true or false. */
  condition(node: ExpressionNode, clause: { readonly name: string; readonly aggregates: boolean }): Expression {
    const expression = this.analyse(node, clause);
    return wantBoolean(this, expression, node, clause.name);
  }

  output(expression: Expression): Expression {
    const rowType = rowTypeOf(itemOf(expression.type) ?? expression.type);
    if (rowType === undefined) return expression;
    const type = itemOf(expression.type) === undefined ? "value" : "value[]";
    return { op: "call", type, operation: asRecord(this.rowTypes[rowType]!), args: [expression] };
  }

  expression(node: ExpressionNode): Expression {
    const row = this.#scope.rowOf(node, (schema) => eventType(this.rowTypes.push(schema) - 1));
    const subquery = row ?? this.#scope.subquery(node, (operand) => this.expression(operand));
    if (subquery !== undefined) return subquery;
    switch (node.kind) {
      case "literal":
        return { op: "constant", type: node.type, value: node.value };
      case "name":
      case "member":
        return this.#name(node);
      case "call":
        return this.#call(node);
      case "index":
        return analyseIndex(this, node);
      case "method":
        return analyseMethod(this, node);
      case "unary":
        return this.#unary(node);
      case "binary":
        return this.#binary(node);
      case "between":
      case "in_range":
        return analyseBetween(this, node);
      case "in":
        return analyseIn(this, node);
      case "like":
        return analyseLike(this, node);
      case "regexp":
        return analyseRegexp(this, node);
      case "quantified":
        return analyseQuantified(this, node);
      case "case":
        return this.#case(node);
      case "array":
        return this.#array(node);
      case "new":
        return analyseNew(this, node);
      case "named":
        return this.fail("HOTAKA_SQL_INVALID", node, `an argument named "${node.name}" cannot stand here.`);
      case "period":
        return { op: "constant", type: "long", value: periodMs(node, this.#scope.source) };
      case "lambda":
      case "star":
      case "in_select":
      case "subquery":
      case "exists":
        return this.fail("HOTAKA_SQL_UNSUPPORTED", node, `${KIND_NAMES[node.kind]} cannot be used here.`);
    }
  }

  lambda(node: NodeOf<"lambda">, types: readonly Type[]): { first: number; count: number; body: Expression } {
    const outer = this.#locals;
    const parameters = node.parameters.map((name, at) => ({ name, type: types[at] ?? "null" }));
    this.#locals = [...outer, ...parameters];
    const body = this.expression(node.body);
    this.#locals = outer;
    return { first: outer.length, count: parameters.length, body };
  }

  rowsOf(node: NodeOf<"subquery">): Expression | undefined {
    return this.#scope.rowsOf(node, (schema) => eventType(this.rowTypes.push(schema) - 1));
  }

  period(node: NodeOf<"period">): Period {
    return periodOfNode(node, this.#scope.source);
  }

  knows(path: readonly string[], node: Node): boolean {
    return this.#local(path[0]!) !== undefined || this.#scope.tag(path[0]!) !== undefined || this.#scope.find(path, node) !== undefined;
  }

  #name(node: NodeOf<"name"> | NodeOf<"member">): Expression {
    const path = pathOf(node);
    if (path === undefined) return this.#memberOfComputed(node);
    const local = this.#local(path[0]!);
    if (local !== undefined) return this.#member(local, path.slice(1), node);
    const field = this.#scope.find(path, node);
    if (field !== undefined) return field;
    const tag = this.#scope.tag(path[0]!);
    if (tag !== undefined) return this.#member(tag, path.slice(1), node);
    const tagOfStream = path.length > 1 ? this.#scope.tag(path[1]!, path[0]) : undefined;
    if (tagOfStream !== undefined) return this.#member(tagOfStream, path.slice(2), node);
    const stream = path.length === 1 ? this.#scope.event(path[0]!) : undefined;
    if (stream !== undefined) return { op: "event", type: eventType(stream), stream };
    if (path.length === 1 && path[0]!.toLowerCase() === "current_timestamp") return { op: "now", type: "long" };
    const constant = JAVA_CONSTANTS.get(path.slice(-2).join("."));
    if (constant !== undefined) return { op: "constant", ...constant };
    // `field?` asks for a field that need not be: null where the target has none when the query is registered.
    if (node.dynamic) return { op: "constant", type: "null", value: null };
    return this.#scope.unknown(path, node);
  }

  #local(name: string): Expression | undefined {
    const index = this.#locals.findLastIndex((local) => local.name === name);
    return index === -1 ? undefined : { op: "local", type: this.#locals[index]!.type, index };
  }

  /** `maxby(size).req.path`: what does not begin with a name is worked out, and the names behind it are a field of that. */
  #memberOfComputed(node: NodeOf<"name"> | NodeOf<"member">): Expression {
    const names: string[] = [];
    let object: ExpressionNode = node;
    while (object.kind === "member") {
      names.unshift(object.name);
      object = object.object;
    }
    return this.#member(this.expression(object), names, node);
  }

  #member(operand: Expression, names: readonly string[], node: Node): Expression {
    if (names.length === 0) return operand;
    const name = names.join(".");
    const rowType = rowTypeOf(operand.type);
    if (rowType === undefined) return this.fail("HOTAKA_SQL_TYPE", node, `"${name}": ${article(operand.type)} has no fields.`);
    const field = this.rowTypes[rowType]!.field(name);
    if (field === undefined) return this.#scope.unknownIn(this.rowTypes[rowType]!, name, node);
    return { op: "member", type: typeOfField(field.type), operand, slot: field.slot };
  }

  #call(node: NodeOf<"call">): Expression {
    const name = node.name.toLowerCase();
    const builtIn = BUILT_IN_FUNCTIONS.get(name);
    if (builtIn !== undefined) return builtIn(this, node);
    const { own } = this.#scope.source;
    const scalar = [...functions, ...own.functions].find((definition) => definition.name === name);
    const aggregate = [...aggregates, ...own.aggregates].find((definition) => definition.name === name);
    // min and max are aggregates of one value and functions of several.
    if (aggregate !== undefined && (scalar === undefined || node.arguments.length < 2)) return this.#aggregate(node);
    if (scalar === undefined) return this.#unknownFunction(node);
    const args = node.arguments.map((argument) => this.expression(argument));
    const form = scalar.resolve(
      args.map(({ type }) => type),
      args.map((argument) => (argument.op === "constant" ? argument.value : undefined)),
    );
    if (typeof form === "string") return this.fail("HOTAKA_SQL_TYPE", node, `${name}: ${form}`);
    return { op: "call", type: form.type, operation: form.operation, args };
  }

  #unknownFunction(node: NodeOf<"call">): never {
    const { own } = this.#scope.source;
    const names = [...functions, ...aggregates, ...own.functions, ...own.aggregates].map((definition) => definition.name);
    names.push(...BUILT_IN_FUNCTIONS.keys());
    return this.fail("HOTAKA_SQL_UNKNOWN_FUNCTION", node, `there is no function ${node.name}.${didYouMean(node.name, names)}`);
  }

  #aggregate(node: NodeOf<"call">): Expression {
    if (this.#aggregatesForbiddenIn !== undefined) {
      const sentence = `${node.name} is an aggregate and cannot stand in ${this.#aggregatesForbiddenIn}; use HAVING for conditions on aggregates.`;
      return this.fail("HOTAKA_SQL_INVALID", node, sentence);
    }
    this.#aggregatesForbiddenIn = `the arguments of ${node.name}`;
    const plan = analyseAggregate(this, this.#scope, node);
    this.#aggregatesForbiddenIn = undefined;
    let index = this.aggregates.findIndex((known) => known.fingerprint === plan.fingerprint);
    if (index === -1) index = this.aggregates.push(plan) - 1;
    return { op: "aggregate", type: plan.type, index };
  }

  #unary(node: NodeOf<"unary">): Expression {
    const operand = this.expression(node.operand);
    if (node.operator === "not") return { op: "not", type: "boolean", operand: wantBoolean(this, operand, node.operand, "not") };
    if (!isNumeric(operand.type)) return this.fail("HOTAKA_SQL_TYPE", node, `minus takes a number, not ${article(operand.type)}.`);
    const zero: Expression = { op: "constant", type: operand.type, value: 0 };
    return {
      op: "call",
      type: operand.type,
      operation: arithmetic("-", operand.type, [operand.type, operand.type]),
      args: [zero, operand],
    };
  }

  #binary(node: NodeOf<"binary">): Expression {
    const left = this.expression(node.left);
    const right = this.expression(node.right);
    switch (node.operator) {
      case "and":
      case "or": {
        const parts = [wantBoolean(this, left, node.left, node.operator), wantBoolean(this, right, node.right, node.operator)];
        return { op: node.operator, type: "boolean", parts: parts.flatMap((part) => (part.op === node.operator ? part.parts : [part])) };
      }
      case "=":
      case "!=":
        return analyseEquality(this, node.operator === "!=", left, right, node);
      case "is":
      case "is not":
        return analyseIs(this, node.operator === "is not", left, right, node);
      case "<":
      case "<=":
      case ">":
      case ">=":
        return analyseComparison(this, node.operator, left, right, node);
      case "||":
        return this.#concatenation(left, right, node);
      case "&":
      case "|":
      case "^":
        return this.#bitwise(node.operator, left, right, node);
      case "+":
      case "-":
      case "*":
      case "/":
      case "%":
        return this.#arithmetic(node.operator, left, right, node);
    }
  }

  #arithmetic(operator: ArithmeticOperator, left: Expression, right: Expression, node: NodeOf<"binary">): Expression {
    for (const side of [left, right]) {
      if (isNumeric(side.type)) continue;
      const hint = operator === "+" && side.type === "string" ? " Strings are joined with ||." : "";
      this.fail("HOTAKA_SQL_TYPE", node, `${operator} takes numbers, not ${article(side.type)}.${hint}`);
    }
    const type = operator === "/" ? "double" : widerNumber(left.type, right.type);
    return { op: "call", type, operation: arithmetic(operator, type, [left.type, right.type]), args: [left, right] };
  }

  #bitwise(operator: "&" | "|" | "^", left: Expression, right: Expression, node: NodeOf<"binary">): Expression {
    const fits = left.type === right.type && (isIntegral(left.type) || left.type === "boolean");
    if (!fits) {
      const sentence = `${operator} takes two whole numbers of the same width or two booleans, not ${article(left.type)} and ${article(right.type)}.`;
      this.fail("HOTAKA_SQL_TYPE", node, sentence);
    }
    return { op: "call", type: left.type, operation: bitwise(operator, left.type), args: [left, right] };
  }

  #concatenation(left: Expression, right: Expression, node: NodeOf<"binary">): Expression {
    for (const side of [left, right]) {
      if (side.type !== "string")
        this.fail("HOTAKA_SQL_TYPE", node, `|| joins strings, not ${article(side.type)}. cast(value, string) makes one.`);
    }
    return { op: "call", type: "string", operation: concatenate, args: [left, right] };
  }

  #case(node: NodeOf<"case">): Expression {
    const operand = node.operand === undefined ? undefined : this.expression(node.operand);
    const branches = node.branches.map((branch) => {
      const when = this.expression(branch.when);
      const test =
        operand === undefined ? wantBoolean(this, when, branch.when, "when") : analyseEquality(this, false, operand, when, branch.when);
      return { when: test, result: this.expression(branch.result) };
    });
    const results = branches.map(({ result }) => result);
    const otherwise = node.otherwise === undefined ? otherwiseOf(results) : this.expression(node.otherwise);
    wantSameColumns(this, node.otherwise === undefined ? results : [...results, otherwise], node);
    const type = commonType(this, [...results, otherwise], node, "the results of case");
    const wide = branches.map(({ when, result }) => ({ when, result: widened(result, type) }));
    return { op: "case", type, branches: wide, otherwise: widened(otherwise, type) };
  }

  /** `{1, 2}`: a list of values of one type, or of any where they are not of one. */
  #array(node: NodeOf<"array">): Expression {
    const args = node.items.map((item) => this.expression(item));
    const numbers = args.every(({ type }) => isNumeric(type) || type === "null");
    const [first] = args.map(({ type }) => type).filter((type) => type !== "null");
    const same = args.every(({ type }) => type === first || type === "null");
    const type = first === undefined ? "value" : same ? first : numbers ? args.map((item) => item.type).reduce(widerNumber) : "value";
    return {
      op: "call",
      type: listOf(type),
      operation: arrayOf,
      args: args.map((item) => (type === "value" ? this.output(item) : widened(item, type))),
    };
  }

  fail(code: ErrorCode, node: Node, sentence: string): never {
    throw this.#scope.source.error(code, node.at, sentence);
  }
}

const KIND_NAMES = {
  lambda: "a lambda",
  star: "*",
  in_select: "a subquery",
  subquery: "a subquery",
  exists: "a subquery",
} as const;
