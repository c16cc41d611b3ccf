import { didYouMean } from "../../kit/index.ts";
import type { Expression } from "../plan/expression.ts";
import { contains } from "../plan/expression.ts";
import type { ViewParameter } from "../plan/parameter.ts";
import type { ViewPlan } from "../plan/plan.ts";
import { evaluate } from "../runtime/interpreter.ts";
import { windows } from "../standard.ts";
import type { SourceText, ViewNode, ViewParameterNode } from "../syntax/index.ts";
import type { ExpressionAnalyser } from "./expression.ts";

/** The windows of one stream with their parameters worked out. */
export function analyseViews(nodes: readonly ViewNode[], analyser: ExpressionAnalyser, source: SourceText): ViewPlan[] {
  if (nodes.length > 1) {
    throw source.error("HOTAKA_SQL_UNSUPPORTED", nodes[1]!.at, "a stream can have one window; this is a second one.");
  }
  return nodes.map((node) => {
    const definition = windows.find(({ name }) => name === node.name.toLowerCase());
    if (definition === undefined) {
      const names = windows.map(({ name }) => name);
      const sentence = `there is no window ${node.name}.${didYouMean(node.name, names)} Windows: ${names.join(", ")}.`;
      throw source.error("HOTAKA_SQL_UNKNOWN_WINDOW", node.at, sentence);
    }
    const parameters = node.parameters.map((parameter) => viewParameter(parameter, analyser));
    const form = definition.resolve(parameters);
    if (typeof form === "string") throw source.error("HOTAKA_SQL_INVALID", node.at, `${definition.name}: ${form}`);
    return { definition, form, parameters };
  });
}

function viewParameter(node: ViewParameterNode, analyser: ExpressionAnalyser): ViewParameter {
  const expression = analyser.analyse(node.expression, { name: "the parameters of a window", aggregates: false });
  if (node.expression.kind === "period") return { kind: "duration", value: Number(constantOf(expression)) };
  const constant = contains(expression, ({ op }) => op === "field" || op === "now") ? undefined : constantOf(expression);
  if (typeof constant === "number" || typeof constant === "bigint") return { kind: "number", value: Number(constant) };
  if (typeof constant === "string") return { kind: "text", value: constant };
  return { kind: "expression", expression, descending: node.descending };
}

function constantOf(expression: Expression): unknown {
  return evaluate(expression, { events: [], aggregates: [], key: [], nowMs: 0 });
}
