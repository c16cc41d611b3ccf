import { CAST_TYPES, castNamed } from "../operations/cast.ts";
import { castByAnyFormat, castByFormat, dateFormat } from "../operations/date_format.ts";
import { javaClassOf, typeName } from "../operations/java_type.ts";
import type { Expression, Operation } from "../plan/expression.ts";
import { valueText } from "../plan/value_text.ts";
import { isNumeric, type Type } from "../plan/type.ts";
import type { ExpressionNode } from "../syntax/index.ts";
import { type Analysis, commonType, constantText, type NodeOf, pathOf, widened } from "./analysis.ts";
import { analysePrevious, analysePrior } from "./previous_call.ts";

type Call = NodeOf<"call">;

/** The functions that are a part of the language itself: their arguments are more than values, or what they give depends on the row. */
export const BUILT_IN_FUNCTIONS: ReadonlyMap<string, (analysis: Analysis, node: Call) => Expression> = new Map([
  ["cast", analyseCast],
  ["coalesce", analyseCoalesce],
  ["current_timestamp", analyseNow],
  ["exists", analyseExists],
  ["instanceof", analyseInstanceof],
  ["istream", analyseIstream],
  ["nullable", analyseNullable],
  ["prev", analysePrevious],
  ["prevcount", analysePrevious],
  ["prevtail", analysePrevious],
  ["prevwindow", analysePrevious],
  ["prior", analysePrior],
  ["typeof", analyseTypeof],
]);

function analyseNow(analysis: Analysis, node: Call): Expression {
  if (node.arguments.length > 0) return analysis.fail("HOTAKA_SQL_INVALID", node, "current_timestamp takes no arguments.");
  return { op: "now", type: "long" };
}

function analyseIstream(analysis: Analysis, node: Call): Expression {
  if (node.arguments.length > 0) return analysis.fail("HOTAKA_SQL_INVALID", node, "istream takes no arguments.");
  return { op: "istream", type: "boolean" };
}

/** NULLABLE(field) of Norikra: the field, which an event need not have to be seen. Who sees what is worked out in `reading.ts`. */
function analyseNullable(analysis: Analysis, node: Call): Expression {
  const [field] = node.arguments;
  if (node.arguments.length === 1 && field !== undefined && pathOf(field) !== undefined) return analysis.expression(field);
  return analysis.fail("HOTAKA_SQL_INVALID", node, "NULLABLE takes the name of one field.");
}

function analyseCoalesce(analysis: Analysis, node: Call): Expression {
  if (node.arguments.length < 2) return analysis.fail("HOTAKA_SQL_INVALID", node, "coalesce takes two or more values.");
  const parts = node.arguments.map((argument) => analysis.expression(argument));
  const type = commonType(analysis, parts, node, "the values of coalesce");
  return { op: "coalesce", type, parts: parts.map((part) => widened(part, type)) };
}

function analyseCast(analysis: Analysis, node: Call): Expression {
  const [value, type, format] = node.arguments;
  if (value !== undefined && format?.kind === "named" && node.arguments.length === 3)
    return analyseCastToDate(analysis, node, value, format);
  const name = type === undefined ? undefined : pathOf(type)?.at(-1)?.toLowerCase();
  const wanted = name === undefined ? undefined : CAST_TYPES.get(name);
  if (value === undefined || node.arguments.length !== 2 || wanted === undefined) {
    return analysis.fail("HOTAKA_SQL_INVALID", node, `cast takes a value and a type: ${[...CAST_TYPES.keys()].join(", ")}.`);
  }
  const operand = analysis.expression(value);
  const operation = castNamed(operand.type, name!, wanted);
  if (operand.op === "constant" && operand.value !== null && operation.evaluate(operand.value) === null)
    return analysis.fail("HOTAKA_SQL_TYPE", node, `cast: ${valueText(operand.value)} cannot be a value of the type ${name}.`);
  return { op: "call", type: wanted, operation, args: [operand] };
}

/** `cast('2010-01-02', date, dateformat: 'yyyy-MM-dd')`: a text as a date, or as epoch ms. */
function analyseCastToDate(analysis: Analysis, node: Call, value: ExpressionNode, format: NodeOf<"named">): Expression {
  const fail = (sentence: string): never => analysis.fail("HOTAKA_SQL_INVALID", node, sentence);
  if (format.name.toLowerCase() !== "dateformat") fail(`cast has no argument named "${format.name}"; there is dateformat.`);
  const name = pathOf(node.arguments[1]!)?.at(-1)?.toLowerCase();
  const type =
    name === "date" || name === "calendar" ? "date" : name === "long" ? "long" : fail("cast with dateformat is to date or long.");
  const operand = analysis.expression(value);
  const pattern = analysis.expression(format.value);
  if (operand.type !== "string" || pattern.type !== "string") fail("cast with dateformat takes a string, and a string for the format.");
  const text = constantText(pattern);
  if (text === undefined) return { op: "call", type, operation: castByAnyFormat(type), args: [operand, pattern] };
  const read = dateFormat(text);
  if (typeof read === "string") return fail(`cast: '${text}' is no format of dates: ${read}.`);
  const operation = castByFormat(read, text, type);
  if (operand.op === "constant" && operation.evaluate(operand.value) === null)
    return fail(`cast: ${valueText(operand.value)} is no date of the format '${text}'.`);
  return { op: "call", type, operation, args: [operand] };
}

/** Whether the event has a field. A field that is null and one that is missing are the same. */
function analyseExists(analysis: Analysis, node: Call): Expression {
  const [field] = node.arguments;
  if (node.arguments.length !== 1 || field === undefined || pathOf(field) === undefined) {
    return analysis.fail("HOTAKA_SQL_INVALID", node, "exists takes the name of a field.");
  }
  return { op: "is_null", type: "boolean", operand: analysis.expression(field), negated: true };
}

/** Types are known before there is a value, so what is left to see is whether there is one. */
function analyseInstanceof(analysis: Analysis, node: Call): Expression {
  const [value, ...types] = node.arguments;
  if (value === undefined || types.length === 0) {
    return analysis.fail("HOTAKA_SQL_INVALID", node, "instanceof takes a value and one or more types, as long or string.");
  }
  const operand = analysis.expression(value);
  const fits = types.map((type) => isOfType(analysis, operand.type, type)).includes(true);
  const isNotNull: Expression = { op: "is_null", type: "boolean", operand, negated: true };
  return fits ? isNotNull : { op: "constant", type: "boolean", value: false };
}

function isOfType(analysis: Analysis, type: Type, node: ExpressionNode): boolean {
  const name = pathOf(node)?.at(-1)?.toLowerCase();
  const wanted = name === undefined ? undefined : javaClassOf(name);
  if (wanted === undefined)
    return analysis.fail("HOTAKA_SQL_INVALID", node, "instanceof: this is not the name of a type, as long or string.");
  return wanted === "object" || wanted === type || (wanted === "number" && isNumeric(type));
}

function analyseTypeof(analysis: Analysis, node: Call): Expression {
  const [value] = node.arguments;
  if (value === undefined || node.arguments.length !== 1) return analysis.fail("HOTAKA_SQL_INVALID", node, "typeof takes one value.");
  const operand = analysis.expression(value);
  const name = typeName(operand.type);
  const operation: Operation = { name: `typeof ${name}`, strict: true, nullable: false, evaluate: () => name };
  return { op: "call", type: "string", operation, args: [operand] };
}
