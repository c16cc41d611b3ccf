import { didYouMean, type ErrorCode } from "../../kit/index.ts";
import { arithmetic, type ArithmeticOperator, bitwise } from "../operations/arithmetic.ts";
import { cast, CAST_TYPES } from "../operations/cast.ts";
import { between, comparison, type ComparisonOperator, equality, inList, is, isNot } from "../operations/comparison.ts";
import { concatenate, like, likeDynamic } from "../operations/text.ts";
import { type Expression, fingerprint, type Operation } from "../plan/expression.ts";
import type { AggregatePlan } from "../plan/plan.ts";
import { isIntegral, isNumeric, type Type, widerNumber } from "../plan/type.ts";
import { aggregates, functions } from "../standard.ts";
import type { ExpressionNode, Node } from "../syntax/index.ts";
import type { NameScope } from "./scope.ts";
import { distinctAggregate } from "./distinct.ts";
import { periodMs } from "./period.ts";

type Of<Kind extends ExpressionNode["kind"]> = Extract<ExpressionNode, { kind: Kind }>;

/**
 * Turns syntax into typed expressions: names become fields, types are checked, aggregates are gathered. Every mistake that can be found
 * without an event is found here, with its place.
 */
export class ExpressionAnalyser {
  readonly #scope: NameScope;
  /** The aggregates met so far; equal ones are one. */
  readonly aggregates: AggregatePlan[] = [];
  /** Says where an aggregate may not stand, as `the where clause`; undefined where it may. */
  #aggregatesForbiddenIn: string | undefined;

  constructor(scope: NameScope) {
    this.#scope = scope;
  }

  /** An expression of the clause named, in which aggregates may stand unless `forbid` says otherwise. */
  analyse(node: ExpressionNode, clause: { readonly name: string; readonly aggregates: boolean }): Expression {
    this.#aggregatesForbiddenIn = clause.aggregates ? undefined : clause.name;
    return this.#expression(node);
  }

  /** As `analyse`, for a clause that must be true or false. */
  condition(node: ExpressionNode, clause: { readonly name: string; readonly aggregates: boolean }): Expression {
    const expression = this.analyse(node, clause);
    return this.#wantBoolean(expression, node, clause.name);
  }

  #expression(node: ExpressionNode): Expression {
    switch (node.kind) {
      case "literal":
        return { op: "constant", type: node.type, value: node.value };
      case "name":
      case "member":
        return this.#name(node);
      case "call":
        return this.#call(node);
      case "unary":
        return this.#unary(node);
      case "binary":
        return this.#binary(node);
      case "between":
      case "in_range":
        return this.#between(node);
      case "in":
        return this.#in(node);
      case "like":
        return this.#like(node);
      case "case":
        return this.#case(node);
      case "period":
        return { op: "constant", type: "long", value: periodMs(node, this.#scope.source) };
      case "index":
      case "method":
      case "lambda":
      case "star":
      case "in_select":
      case "regexp":
      case "array":
      case "subquery":
      case "exists":
      case "quantified":
        return this.#fail("HOTAKA_SQL_UNSUPPORTED", node, `${KIND_NAMES[node.kind]} cannot be used here.`);
    }
  }

  #name(node: Of<"name"> | Of<"member">): Expression {
    const path = pathOf(node);
    if (path === undefined) return this.#fail("HOTAKA_SQL_UNSUPPORTED", node, "a field of a computed value cannot be used here.");
    const field = this.#scope.find(path, node);
    if (field !== undefined) return field;
    if (path.length === 1 && path[0]!.toLowerCase() === "current_timestamp") return { op: "now", type: "long" };
    return this.#scope.unknown(path, node);
  }

  #call(node: Of<"call">): Expression {
    const name = node.name.toLowerCase();
    if (name === "current_timestamp" && node.arguments.length === 0) return { op: "now", type: "long" };
    if (name === "coalesce") return this.#coalesce(node);
    if (name === "cast") return this.#cast(node);
    const scalar = functions.find((definition) => definition.name === name);
    const aggregate = aggregates.find((definition) => definition.name === name);
    // min and max are aggregates of one value and functions of several.
    if (aggregate !== undefined && (scalar === undefined || node.arguments.length < 2)) return this.#aggregate(node);
    if (scalar === undefined) return this.#unknownFunction(node);
    const args = node.arguments.map((argument) => this.#expression(argument));
    const form = scalar.resolve(args.map(({ type }) => type));
    if (typeof form === "string") return this.#fail("HOTAKA_SQL_TYPE", node, `${name}: ${form}`);
    return { op: "call", type: form.type, operation: form.operation, args };
  }

  #unknownFunction(node: Of<"call">): never {
    const known = [...functions, ...aggregates].map((definition) => definition.name);
    const names = [...known, "cast", "coalesce", "current_timestamp"];
    return this.#fail("HOTAKA_SQL_UNKNOWN_FUNCTION", node, `there is no function ${node.name}.${didYouMean(node.name, names)}`);
  }

  #aggregate(node: Of<"call">): Expression {
    if (this.#aggregatesForbiddenIn !== undefined) {
      const sentence = `${node.name} is an aggregate and cannot stand in ${this.#aggregatesForbiddenIn}; use HAVING for conditions on aggregates.`;
      return this.#fail("HOTAKA_SQL_INVALID", node, sentence);
    }
    const definition = aggregates.find(({ name }) => name === node.name.toLowerCase())!;
    this.#aggregatesForbiddenIn = `the arguments of ${node.name}`;
    const star = node.arguments[0]?.kind === "star";
    const given = (star ? node.arguments.slice(1) : node.arguments).map((argument) => this.#expression(argument));
    this.#aggregatesForbiddenIn = undefined;
    const form = definition.resolve(
      given.map(({ type }) => type),
      star,
    );
    if (typeof form === "string") return this.#fail("HOTAKA_SQL_TYPE", node, `${definition.name}: ${form}`);
    const args = given.slice(0, form.values);
    const filter = given[form.values];
    if (given.length > form.values + 1) return this.#fail("HOTAKA_SQL_INVALID", node, `${definition.name} was given too many arguments.`);
    if (filter !== undefined) this.#wantBoolean(filter, node, `the filter of ${definition.name}`);
    const { open, cells } = node.distinct ? distinctAggregate(form) : form;
    const parts = [
      definition.name,
      node.distinct ? "distinct" : "",
      star ? "*" : "",
      ...args.map(fingerprint),
      filter && fingerprint(filter),
    ];
    return this.#shared({ fingerprint: parts.join("|"), args, filter, type: form.type, open, cells });
  }

  #shared(plan: AggregatePlan): Expression {
    let index = this.aggregates.findIndex((known) => known.fingerprint === plan.fingerprint);
    if (index === -1) index = this.aggregates.push(plan) - 1;
    return { op: "aggregate", type: plan.type, index };
  }

  #coalesce(node: Of<"call">): Expression {
    if (node.arguments.length < 2) return this.#fail("HOTAKA_SQL_INVALID", node, "coalesce takes two or more values.");
    const parts = node.arguments.map((argument) => this.#expression(argument));
    return { op: "coalesce", type: this.#commonType(parts, node, "the values of coalesce"), parts };
  }

  #cast(node: Of<"call">): Expression {
    const [value, type] = node.arguments;
    const name = type === undefined ? undefined : pathOf(type)?.at(-1)?.toLowerCase();
    const wanted = name === undefined ? undefined : CAST_TYPES.get(name);
    if (value === undefined || type === undefined || node.arguments.length !== 2 || wanted === undefined) {
      return this.#fail("HOTAKA_SQL_INVALID", node, `cast takes a value and a type: ${[...CAST_TYPES.keys()].join(", ")}.`);
    }
    const operand = this.#expression(value);
    return { op: "call", type: wanted, operation: cast(wanted), args: [operand] };
  }

  #unary(node: Of<"unary">): Expression {
    const operand = this.#expression(node.operand);
    if (node.operator === "not") return { op: "not", type: "boolean", operand: this.#wantBoolean(operand, node.operand, "not") };
    if (!isNumeric(operand.type)) return this.#fail("HOTAKA_SQL_TYPE", node, `minus takes a number, not ${article(operand.type)}.`);
    const zero: Expression = { op: "constant", type: operand.type, value: 0 };
    return { op: "call", type: operand.type, operation: arithmetic("-", operand.type), args: [zero, operand] };
  }

  #binary(node: Of<"binary">): Expression {
    const left = this.#expression(node.left);
    const right = this.#expression(node.right);
    switch (node.operator) {
      case "and":
      case "or": {
        const parts = [this.#wantBoolean(left, node.left, node.operator), this.#wantBoolean(right, node.right, node.operator)];
        return { op: node.operator, type: "boolean", parts: parts.flatMap((part) => (part.op === node.operator ? part.parts : [part])) };
      }
      case "=":
      case "!=":
        return this.#equality(node.operator === "!=", left, right, node);
      case "is":
      case "is not":
        return this.#is(node.operator === "is not", left, right, node);
      case "<":
      case "<=":
      case ">":
      case ">=":
        return this.#comparison(node.operator, left, right, node);
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

  #arithmetic(operator: ArithmeticOperator, left: Expression, right: Expression, node: Of<"binary">): Expression {
    for (const side of [left, right]) {
      if (isNumeric(side.type)) continue;
      const hint = operator === "+" && side.type === "string" ? " Strings are joined with ||." : "";
      this.#fail("HOTAKA_SQL_TYPE", node, `${operator} takes numbers, not ${article(side.type)}.${hint}`);
    }
    const type = operator === "/" ? "double" : widerNumber(left.type, right.type);
    return { op: "call", type, operation: arithmetic(operator, type), args: [left, right] };
  }

  #bitwise(operator: "&" | "|" | "^", left: Expression, right: Expression, node: Of<"binary">): Expression {
    const fits = left.type === right.type && (isIntegral(left.type) || left.type === "boolean");
    if (!fits) {
      const sentence = `${operator} takes two whole numbers of the same width or two booleans, not ${article(left.type)} and ${article(right.type)}.`;
      this.#fail("HOTAKA_SQL_TYPE", node, sentence);
    }
    return { op: "call", type: left.type, operation: bitwise(operator, left.type), args: [left, right] };
  }

  #concatenation(left: Expression, right: Expression, node: Of<"binary">): Expression {
    for (const side of [left, right]) {
      if (side.type !== "string")
        this.#fail("HOTAKA_SQL_TYPE", node, `|| joins strings, not ${article(side.type)}. cast(value, string) makes one.`);
    }
    return { op: "call", type: "string", operation: concatenate, args: [left, right] };
  }

  #equality(negated: boolean, left: Expression, right: Expression, node: Node): Expression {
    this.#wantComparable(left, right, node, true);
    const identical = left.type === right.type || (isIntegral(left.type) && isIntegral(right.type));
    return { op: "call", type: "boolean", operation: equality(negated, identical), args: [left, right] };
  }

  #is(negated: boolean, left: Expression, right: Expression, node: Node): Expression {
    for (const [side, other] of [
      [left, right],
      [right, left],
    ] as const) {
      if (side.type === "null") return { op: "is_null", type: "boolean", operand: other, negated };
    }
    this.#wantComparable(left, right, node, true);
    return { op: "call", type: "boolean", operation: negated ? isNot : is, args: [left, right] };
  }

  #comparison(operator: ComparisonOperator, left: Expression, right: Expression, node: Node): Expression {
    this.#wantComparable(left, right, node, false);
    return { op: "call", type: "boolean", operation: comparison(operator), args: [left, right] };
  }

  /** Numbers with numbers, strings with strings; for equality also booleans with booleans. */
  #wantComparable(left: Expression, right: Expression, node: Node, forEquality: boolean): void {
    const [a, b] = [left.type, right.type];
    if (a === "null" || b === "null" || (isNumeric(a) && isNumeric(b))) return;
    if (a === b && (a === "string" || forEquality)) return;
    const verb = forEquality ? "be equal to" : "be compared with";
    this.#fail("HOTAKA_SQL_TYPE", node, `${article(a)} cannot ${verb} ${article(b)}.`);
  }

  #between(node: Of<"between"> | Of<"in_range">): Expression {
    const args = [node.value, node.low, node.high].map((part) => this.#expression(part));
    for (const bound of args.slice(1)) this.#wantComparable(args[0]!, bound, node, false);
    const [lowIncluded, highIncluded] = node.kind === "between" ? [true, true] : [node.lowIncluded, node.highIncluded];
    return { op: "call", type: "boolean", operation: between(node.negated, lowIncluded, highIncluded), args };
  }

  #in(node: Of<"in">): Expression {
    const value = this.#expression(node.value);
    const list = node.list.map((item) => this.#expression(item));
    list.forEach((item, at) => this.#wantComparable(value, item, node.list[at]!, true));
    return this.#negatedIf(node.negated, { op: "call", type: "boolean", operation: inList, args: [value, ...list] });
  }

  #like(node: Of<"like">): Expression {
    const parts = [node.value, node.pattern, ...(node.escape === undefined ? [] : [node.escape])];
    const args = parts.map((part) => this.#expression(part));
    args.forEach((argument, at) => {
      if (argument.type !== "string") this.#fail("HOTAKA_SQL_TYPE", parts[at]!, `like takes strings, not ${article(argument.type)}.`);
    });
    const [value, ...constants] = args;
    const texts = constants.map((argument) =>
      argument.op === "constant" && typeof argument.value === "string" ? argument.value : undefined,
    );
    const known = !texts.includes(undefined);
    const operation: Operation = known ? like(texts[0]!, texts[1]) : likeDynamic;
    return this.#negatedIf(node.negated, { op: "call", type: "boolean", operation, args: known ? [value!] : args });
  }

  #case(node: Of<"case">): Expression {
    const operand = node.operand === undefined ? undefined : this.#expression(node.operand);
    const branches = node.branches.map((branch) => {
      const when = this.#expression(branch.when);
      const test = operand === undefined ? this.#wantBoolean(when, branch.when, "when") : this.#equality(false, operand, when, branch.when);
      return { when: test, result: this.#expression(branch.result) };
    });
    const otherwise = node.otherwise === undefined ? NULL : this.#expression(node.otherwise);
    const type = this.#commonType([...branches.map(({ result }) => result), otherwise], node, "the results of case");
    return { op: "case", type, branches, otherwise };
  }

  #commonType(parts: readonly Expression[], node: Node, what: string): Type {
    let common: Type = "null";
    for (const { type } of parts) {
      if (type === common || type === "null") continue;
      if (common === "null") common = type;
      else if (isNumeric(common) && isNumeric(type)) common = widerNumber(common, type);
      else return this.#fail("HOTAKA_SQL_TYPE", node, `${what} must be of one type; found ${article(common)} and ${article(type)}.`);
    }
    return common;
  }

  #negatedIf(negated: boolean, expression: Expression): Expression {
    return negated ? { op: "not", type: "boolean", operand: expression } : expression;
  }

  #wantBoolean(expression: Expression, node: Node, where: string): Expression {
    if (expression.type === "boolean" || expression.type === "null") return expression;
    return this.#fail("HOTAKA_SQL_TYPE", node, `${where} takes a condition that is true or false, not ${article(expression.type)}.`);
  }

  #fail(code: ErrorCode, node: Node, sentence: string): never {
    throw this.#scope.source.error(code, node.at, sentence);
  }
}

/** `a.b.c` as its parts; undefined when it does not begin with a name. */
function pathOf(node: ExpressionNode): string[] | undefined {
  if (node.kind === "name") return [node.name];
  if (node.kind !== "member") return undefined;
  const object = pathOf(node.object);
  return object === undefined ? undefined : [...object, node.name];
}

/** A type as it reads in a sentence: `a string`, `an integer`. */
function article(type: Type): string {
  if (type === "null") return "null";
  return `${/^[aeio]/.test(type) ? "an" : "a"} ${type === "value" ? "nested value" : type}`;
}

const NULL: Expression = { op: "constant", type: "null", value: null };

const KIND_NAMES = {
  index: "an item of an array",
  method: "a method call",
  lambda: "a lambda",
  star: "*",
  in_select: "a subquery",
  regexp: "regexp",
  array: "an array",
  subquery: "a subquery",
  exists: "a subquery",
  quantified: "any, some or all",
} as const;
