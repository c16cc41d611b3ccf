import { Schema } from "../../event/index.ts";
import { didYouMean } from "../../kit/index.ts";
import { contains, type Expression } from "../plan/expression.ts";
import type { ExpressionParameter, ViewParameter } from "../plan/parameter.ts";
import type { AggregatePlan, ViewPlan } from "../plan/plan.ts";
import { evaluate } from "../runtime/interpreter.ts";
import { windows } from "../dialect.ts";
import type { SourceText, StreamNode, ViewNode, ViewParameterNode } from "../syntax/index.ts";
import type { WindowDefinition, WindowForm } from "../vocabulary.ts";
import { derivedFrom } from "../windows/derived_from.ts";
import { intersection } from "../windows/intersection.ts";
import { union } from "../windows/union.ts";
import { ExpressionAnalyser } from "./expression.ts";
import { columnName } from "./naming.ts";
import { periodOfNode } from "./period.ts";
import { NameScope, type ScopeStream } from "./scope.ts";

export interface AnalysedViews {
  readonly views: readonly ViewPlan[];
  /** All of them as one. */
  readonly window: WindowForm | undefined;
}

/** The windows of one stream with their parameters worked out; in them the stream is stream 0. */
export function analyseViews(node: StreamNode, stream: ScopeStream, source: SourceText): AnalysedViews {
  const views = node.views.map((view) => analyseView(view, stream, source));
  return { views, window: composed(node, views, source) };
}

function analyseView(node: ViewNode, stream: ScopeStream, source: SourceText): ViewPlan {
  const definition = windows.find(({ name }) => name === node.name.toLowerCase());
  if (definition === undefined) {
    const names = windows.map(({ name }) => name);
    const sentence = `there is no window ${node.name}.${didYouMean(node.name, names)} Windows: ${names.join(", ")}.`;
    throw source.error("HOTAKA_SQL_UNKNOWN_WINDOW", node.at, sentence);
  }
  const aggregates = new Map<ExpressionParameter, readonly AggregatePlan[]>();
  const parameters = node.parameters.map((parameterNode) => {
    const { parameter, analyser } = viewParameter(parameterNode, definition, stream, source);
    if (parameter.kind === "expression") aggregates.set(parameter, analyser?.aggregates ?? []);
    return parameter;
  });
  const form = definition.resolve(parameters);
  if (typeof form === "string") throw source.error("HOTAKA_SQL_INVALID", node.at, `${definition.name}: ${form}`);
  return { definition, form, parameters, aggregates };
}

/**
 * The views in their order: first what divides the stream by keys, then the windows, all of which must hold an event (or, with
 * retain-union, one), then at the end what derives values.
 */
function composed(node: StreamNode, views: readonly ViewPlan[], source: SourceText): WindowForm | undefined {
  const invalid = (at: number, sentence: string): never => {
    throw source.error("HOTAKA_SQL_INVALID", node.views[at]!.at, `${views[at]!.definition.name} ${sentence}`);
  };
  const forms = views.map(({ form }) => form);
  const dividing = forms.findLastIndex(({ around }) => around !== undefined);
  if (forms.slice(0, dividing + 1).some(({ around }) => around === undefined)) invalid(dividing, "stands before all other windows.");
  const deriving = forms.findIndex(({ gives }) => gives !== undefined);
  if (deriving !== -1 && deriving < forms.length - 1)
    invalid(deriving + 1, "cannot follow a view that derives values; that stands at the end.");
  const data = forms.slice(dividing + 1, deriving === -1 ? undefined : deriving);
  const batches = data.flatMap(({ batches: batch, gathers }, index) => (batch === true || gathers === true ? [dividing + 1 + index] : []));
  if (node.retain !== "union" && batches.length > 1) invalid(batches[1]!, "is a second window that gathers what the others keep.");
  const window = data.length < 2 ? data[0] : node.retain === "union" ? union(data) : intersection(data);
  const derived = deriving === -1 ? undefined : forms[deriving]!;
  const inner = derived === undefined ? window : window === undefined ? derived : derivedFrom(window, derived);
  if (dividing !== -1 && inner === undefined)
    invalid(dividing, "divides what the windows behind it see; put one there, as .win:length(10).");
  return forms.slice(0, dividing + 1).reduceRight((within, { around }) => (within === undefined ? within : around?.(within)), inner);
}

function viewParameter(
  node: ViewParameterNode,
  definition: WindowDefinition,
  stream: ScopeStream,
  source: SourceText,
): { readonly parameter: ViewParameter; readonly analyser?: ExpressionAnalyser } {
  if (node.expression.kind === "period") return { parameter: { kind: "duration", value: periodOfNode(node.expression, source) } };
  const conditions = definition.conditions === true;
  const analyser = new ExpressionAnalyser(new NameScope(source, conditions ? [stream, ...windowStateStreams(stream)] : [stream]));
  const expression = analyser.analyse(node.expression, { name: "the parameters of a window", aggregates: conditions });
  if (contains(expression, ({ op }) => op === "previous"))
    throw source.error("HOTAKA_SQL_INVALID", node.at, "a window cannot look back with prev or prior: what they look at is behind it.");
  const constant = contains(expression, ({ op }) => CHANGING.has(op)) ? undefined : constantOf(expression);
  if (typeof constant === "number" || typeof constant === "bigint")
    return { parameter: { kind: "number", value: Number(constant), type: expression.type } };
  if (typeof constant === "string") return { parameter: { kind: "text", value: constant } };
  const parameter = { kind: "expression", expression, descending: node.descending, name: columnName(node.expression) } as const;
  return { parameter, analyser };
}

/** The streams, behind the one itself, that the condition of a window names: its state, and the events at its two ends. */
function windowStateStreams({ schema, target }: ScopeStream): ScopeStream[] {
  return [
    { target: "", alias: "", schema: WINDOW_STATE },
    { target, alias: "oldest_event", schema, onlyByAlias: true },
    { target, alias: "newest_event", schema, onlyByAlias: true },
  ];
}

const WINDOW_STATE = new Schema("", {
  current_count: "integer",
  expired_count: "integer",
  oldest_timestamp: "integer",
  newest_timestamp: "integer",
});

const CHANGING: ReadonlySet<Expression["op"]> = new Set(["field", "now", "aggregate"]);

function constantOf(expression: Expression): unknown {
  return evaluate(expression, { events: [], aggregates: [], key: [], nowMs: 0 });
}
