import { didYouMean } from "../../kit/index.ts";
import { JAVA_CLASSES } from "../operations/java_classes.ts";
import { methodCall, type Methods } from "../operations/java_method.ts";
import { itemAt, listOfOne } from "../operations/list.ts";
import { BOOLEAN_METHODS, numberMethods } from "../operations/number_methods.ts";
import { patternOfQuery } from "../operations/regexp.ts";
import { STRING_METHODS } from "../operations/string_methods.ts";
import type { Expression } from "../plan/expression.ts";
import { isIntegral, isListType, isNumeric, itemOf, listOf, rowTypeOf, type Type } from "../plan/type.ts";
import { type Analysis, article, constantText, type NodeOf, pathOf } from "./analysis.ts";
import { analyseDateTime, isDateTimeMethod } from "./date_time_call.ts";
import { analyseEnumeration, isEnumeration } from "./enumeration_call.ts";

/** `host.length()`, `Math.abs(size)`, `ts.getHourOfDay()`, `window(*).countOf()`: by what stands before the point. */
export function analyseMethod(analysis: Analysis, node: NodeOf<"method">): Expression {
  const path = pathOf(node.object);
  const methods = path === undefined || analysis.knows(path, node.object) ? undefined : classNamed(path);
  if (methods !== undefined) return javaCall(analysis, methods.name, methods.methods, [], node);
  const rows = node.object.kind === "subquery" && isEnumeration(node.name) ? analysis.rowsOf(node.object) : undefined;
  const asked = rows ?? analysis.expression(node.object);
  const object = asked.op === "field" || asked.op === "member" ? { ...asked, asked: true as const } : asked;
  const { type } = object;
  if (isListType(type)) return analyseEnumeration(analysis, object, node);
  // One event is a list of one, so that a variable of a pattern is asked alike whether it takes one event or several.
  if (rowTypeOf(type) !== undefined && isEnumeration(node.name))
    return analyseEnumeration(analysis, { op: "call", type: listOf(type), operation: listOfOne, args: [object] }, node);
  if ((type === "long" || type === "date") && isDateTimeMethod(node.name)) return analyseDateTime(analysis, object, node);
  const own = methodsOf(type);
  if (own === undefined) return analysis.fail("HOTAKA_SQL_UNKNOWN_FUNCTION", node, `${article(type)} has no method ${node.name}.`);
  return javaCall(analysis, own.name, own.methods, [object], node);
}

/** `list[0]`. */
export function analyseIndex(analysis: Analysis, node: NodeOf<"index">): Expression {
  const object = analysis.expression(node.object);
  const index = analysis.expression(node.index);
  const type = itemOf(object.type);
  if (type === undefined) return analysis.fail("HOTAKA_SQL_TYPE", node, `${article(object.type)} has no items; [..] takes one of a list.`);
  if (!isIntegral(index.type))
    return analysis.fail("HOTAKA_SQL_TYPE", node.index, `the place in a list is a whole number, not ${article(index.type)}.`);
  return { op: "call", type, operation: itemAt, args: [object, index] };
}

function classNamed(path: readonly string[]): { name: string; methods: Methods } | undefined {
  const name = path.at(-1)!;
  const methods = JAVA_CLASSES.get(name);
  const full = path.length === 1 || path.slice(0, -1).join(".") === "java.lang";
  return methods === undefined || !full ? undefined : { name, methods };
}

function methodsOf(type: Type): { name: string; methods: Methods } | undefined {
  if (type === "string") return { name: "string", methods: STRING_METHODS };
  if (type === "boolean") return { name: "boolean", methods: BOOLEAN_METHODS };
  return isNumeric(type) ? { name: type, methods: numberMethods(type) } : undefined;
}

function javaCall(analysis: Analysis, owner: string, methods: Methods, self: readonly Expression[], node: NodeOf<"method">): Expression {
  if (!Object.hasOwn(methods, node.name)) {
    const names = Object.keys(methods);
    const sentence = `there is no method ${node.name} of ${owner}.${didYouMean(node.name, names)} Methods: ${names.join(", ")}.`;
    return analysis.fail("HOTAKA_SQL_UNKNOWN_FUNCTION", node, sentence);
  }
  const args = [...self, ...node.arguments.map((argument) => analysis.expression(argument))];
  const types = args.map(({ type }) => type);
  const call = methodCall(owner, node.name, methods, types);
  if (typeof call === "string") return analysis.fail("HOTAKA_SQL_TYPE", node, `${call} It was given (${types.join(", ")}).`);
  wantPattern(analysis, args, node);
  return { op: "call", type: call.type, operation: call.operation, args };
}

/** A pattern that stands in the query is looked at now, not with the first event. */
function wantPattern(analysis: Analysis, args: readonly Expression[], node: NodeOf<"method">): void {
  if (!["matches", "replaceAll", "replaceFirst", "split"].includes(node.name)) return;
  const text = constantText(args[1]);
  const pattern = text === undefined ? undefined : patternOfQuery(text);
  if (typeof pattern === "string") analysis.fail("HOTAKA_SQL_INVALID", node, `${node.name}: ${pattern}`);
}
