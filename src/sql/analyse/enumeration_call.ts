import { didYouMean } from "../../kit/index.ts";
import * as enumerations from "../operations/enumerations.ts";
import type { Expression, Lambda } from "../plan/expression.ts";
import { isIntegral, isListType, isNumeric, itemOf, listOf, rowTypeOf, type Type } from "../plan/type.ts";
import type { ExpressionNode } from "../syntax/index.ts";
import { type Analysis, article, type NodeOf, wantBoolean } from "./analysis.ts";

type Method = NodeOf<"method">;

/** Whether a method is one of a list, and only of a list. */
export function isEnumeration(name: string): boolean {
  return Object.hasOwn(FORMS, name);
}

/** `window(*).where(x => x.code = 200).countOf()`: a method of a list. */
export function analyseEnumeration(analysis: Analysis, source: Expression, node: Method): Expression {
  const form = Object.hasOwn(FORMS, node.name) ? FORMS[node.name] : undefined;
  if (form === undefined) {
    const names = Object.keys(FORMS);
    const sentence = `there is no method ${node.name} of a list.${didYouMean(node.name, names)} Methods: ${names.join(", ")}.`;
    return analysis.fail("HOTAKA_SQL_UNKNOWN_FUNCTION", node, sentence);
  }
  const item = itemOf(source.type) ?? "value";
  const [lambdas, args] = analyseArguments(analysis, node, form, item);
  if (node.name === "groupBy" && lambdas.length === 1) lambdas.push({ ...lambdas[0]!, body: analysis.output(itself(lambdas[0]!, item)) });
  if (form.ofValues === true && lambdas.length === 0 && rowTypeOf(item) !== undefined)
    return analysis.fail("HOTAKA_SQL_INVALID", node, `${node.name} of events takes what of them counts, as ${node.name}(x => x.size).`);
  const type = form.type(item, [...lambdas.map(({ body }) => body.type), ...args.map((argument) => argument.type)]);
  if (type === undefined) return analysis.fail("HOTAKA_SQL_TYPE", node, `${node.name} takes ${form.wants ?? "other values"}.`);
  const evaluate = form.evaluate ?? (isIntegral(type) ? enumerations.sumOfWholes : enumerations.sumOfNumbers);
  return { op: "enumerate", type, enumeration: { name: `${node.name} ${type}`, evaluate }, source: listed(source, node), lambdas, args };
}

/** `sorted` of no events is null by itself, and a list without items where methods are called on it. */
function listed(source: Expression, { object }: Method): Expression {
  if (object.kind !== "call" || object.name.toLowerCase() !== "sorted") return source;
  return { op: "coalesce", type: source.type, parts: [source, { op: "constant", type: source.type, value: [] }] };
}

function analyseArguments(analysis: Analysis, node: Method, form: Form, item: Type): [Lambda[], Expression[]] {
  const lambdas: Lambda[] = [];
  const args: Expression[] = [];
  const { optional = 0 } = form;
  const given = node.arguments.length;
  if (given > form.parameters.length || given < form.parameters.length - optional) {
    return analysis.fail(
      "HOTAKA_SQL_INVALID",
      node,
      `${node.name} takes ${form.parameters.join(" and ") || "nothing"}, not ${given} arguments.`,
    );
  }
  for (const [at, argument] of node.arguments.entries()) {
    const kind = form.parameters[at]!;
    if (kind === "a count" || kind === "a list" || kind === "a value") args.push(analyseValue(analysis, argument, kind, node.name));
    else lambdas.push(analyseLambda(analysis, argument, kind, node.name, kind === "a step" ? [args[0]!.type, item] : [item, "integer"]));
  }
  return [lambdas, args];
}

function analyseValue(analysis: Analysis, node: ExpressionNode, kind: string, name: string): Expression {
  const value = analysis.expression(node);
  const fits = kind === "a value" || (kind === "a count" ? isIntegral(value.type) : isListType(value.type));
  return fits ? value : analysis.fail("HOTAKA_SQL_TYPE", node, `${name} takes ${kind}, not ${article(value.type)}.`);
}

function analyseLambda(analysis: Analysis, node: ExpressionNode, kind: string, name: string, types: readonly Type[]): Lambda {
  if (node.kind !== "lambda" || node.parameters.length > 2) {
    return analysis.fail("HOTAKA_SQL_INVALID", node, `${name} takes ${kind} with one or two parameters, as x => x.size.`);
  }
  const lambda = analysis.lambda(node, types);
  if (kind === "a condition") wantBoolean(analysis, lambda.body, node, name);
  // What goes into a map leaves the query as it is.
  return name === "toMap" || name === "groupBy" ? { ...lambda, body: analysis.output(lambda.body) } : lambda;
}

/** The item that a lambda is given. */
function itself({ first }: Lambda, type: Type): Expression {
  return { op: "local", type, index: first };
}

type Parameter = "a condition" | "a value of the item" | "a step" | "a count" | "a list" | "a value";

interface Form {
  readonly parameters: readonly Parameter[];
  /** How many of the last ones may be left out. */
  readonly optional?: number;
  /** Without a parameter it works on values, not on events. */
  readonly ofValues?: true;
  /** The type of the result from that of the items and those of the arguments; undefined where they do not fit. */
  readonly type: (item: Type, given: readonly Type[]) => Type | undefined;
  readonly wants?: string;
  /** The sum of whole numbers is another one than that of others, and is chosen by the type. */
  readonly evaluate?: enumerations.Evaluate;
}

const condition = ["a condition"] as const;
const valueOfItem = ["a value of the item"] as const;
const sameList = (item: Type): Type => listOf(item);
const sameItem = (item: Type): Type => item;
const valueType = (item: Type, [given]: readonly Type[]): Type => given ?? item;
const answer = (): Type => "boolean";

/** Integers and longs are added as they are, everything else as double. */
function sumType(item: Type, [given]: readonly Type[]): Type | undefined {
  const type = given ?? item;
  if (!isNumeric(type)) return undefined;
  return isIntegral(type) ? type : "double";
}

/** Numbers and texts have an order. */
function orderedType(item: Type, [given]: readonly Type[]): Type | undefined {
  const type = given ?? item;
  return isNumeric(type) || type === "string" || type === "date" || type === "value" ? type : undefined;
}

const FORMS: Readonly<Record<string, Form>> = {
  aggregate: { parameters: ["a value", "a step"], type: (_item, [step, initial]) => initial ?? step, evaluate: enumerations.aggregate },
  allOf: { parameters: condition, type: answer, evaluate: enumerations.allOf },
  anyOf: { parameters: condition, type: answer, evaluate: enumerations.anyOf },
  average: {
    parameters: valueOfItem,
    optional: 1,
    type: (item, given) => (sumType(item, given) === undefined ? undefined : "double"),
    wants: "numbers",
    evaluate: enumerations.average,
  },
  countOf: { parameters: condition, optional: 1, type: () => "integer", evaluate: enumerations.countOf },
  distinctOf: { parameters: valueOfItem, optional: 1, type: sameList, evaluate: enumerations.distinctOf },
  except: { parameters: ["a list"], type: sameList, evaluate: enumerations.except },
  firstOf: { parameters: condition, optional: 1, type: sameItem, evaluate: enumerations.firstOf },
  groupBy: { parameters: ["a value of the item", "a value of the item"], optional: 1, type: () => "value", evaluate: enumerations.groupBy },
  intersect: { parameters: ["a list"], type: sameList, evaluate: enumerations.intersect },
  lastOf: { parameters: condition, optional: 1, type: sameItem, evaluate: enumerations.lastOf },
  leastFrequent: { parameters: valueOfItem, optional: 1, ofValues: true, type: valueType, evaluate: enumerations.leastFrequent },
  max: { parameters: valueOfItem, optional: 1, type: orderedType, wants: "values that have an order", evaluate: enumerations.max },
  maxBy: { parameters: valueOfItem, type: sameItem, evaluate: enumerations.maxBy },
  min: { parameters: valueOfItem, optional: 1, type: orderedType, wants: "values that have an order", evaluate: enumerations.min },
  minBy: { parameters: valueOfItem, type: sameItem, evaluate: enumerations.minBy },
  mostFrequent: { parameters: valueOfItem, optional: 1, ofValues: true, type: valueType, evaluate: enumerations.mostFrequent },
  orderBy: { parameters: valueOfItem, optional: 1, ofValues: true, type: sameList, evaluate: enumerations.orderBy },
  orderByDesc: { parameters: valueOfItem, optional: 1, ofValues: true, type: sameList, evaluate: enumerations.orderByDesc },
  reverse: { parameters: [], type: sameList, evaluate: enumerations.reverse },
  selectFrom: { parameters: valueOfItem, type: (_item, [given]) => listOf(given ?? "value"), evaluate: enumerations.selectFrom },
  sequenceEqual: { parameters: ["a list"], type: answer, evaluate: enumerations.sequenceEqual },
  sumOf: { parameters: valueOfItem, optional: 1, type: sumType, wants: "numbers" },
  take: { parameters: ["a count"], type: sameList, evaluate: enumerations.take },
  takeLast: { parameters: ["a count"], type: sameList, evaluate: enumerations.takeLast },
  takeWhile: { parameters: condition, type: sameList, evaluate: enumerations.takeWhile },
  takeWhileLast: { parameters: condition, type: sameList, evaluate: enumerations.takeWhileLast },
  toMap: { parameters: ["a value of the item", "a value of the item"], type: () => "value", evaluate: enumerations.toMap },
  union: { parameters: ["a list"], type: sameList, evaluate: enumerations.union },
  where: { parameters: condition, type: sameList, evaluate: enumerations.where },
};
