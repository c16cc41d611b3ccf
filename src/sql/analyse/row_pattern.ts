import { Schema } from "../../event/index.ts";
import { didYouMean } from "../../kit/index.ts";
import { type Expression, contains, partsOf } from "../plan/expression.ts";
import type { RowPatternPlan, RowVariable } from "../plan/row_pattern.ts";
import { fieldTypeOf } from "../plan/type.ts";
import type { Node, RowPatternNode, RowRegexNode, SourceText } from "../syntax/index.ts";
import { ExpressionAnalyser } from "./expression.ts";
import { periodMs } from "./period.ts";
import { rowAutomaton } from "./row_automaton.ts";
import { RowAggregates } from "./row_aggregate.ts";
import { NameScope, type ScopeStream } from "./scope.ts";

/** Decides everything about a MATCH_RECOGNIZE over the events of one stream. */
export function analyseRowPattern(node: RowPatternNode, stream: ScopeStream, source: SourceText): RowPatternPlan {
  const variables = variablesOf(node.pattern);
  const aggregates = new RowAggregates(variables, stream.schema);
  const tags = variables.map((variable) => ({ ...variable, schema: stream.schema }));
  const match: ScopeStream = { target: "pattern", alias: "", schema: new Schema("pattern"), tags };
  const overEvent = new ExpressionAnalyser(new NameScope(source, [stream]));
  const overMatch = new ExpressionAnalyser(new NameScope(source, [match], aggregates));
  const gives = new Schema(stream.target);
  const measures = node.measures.map(({ expression, alias, at }) => {
    const measure = overMatch.output(overMatch.analyse(expression, { name: "the measures", aggregates: false }));
    if (contains(measure, ({ op }) => op === "previous"))
      throw source.error("HOTAKA_SQL_INVALID", at, "prev is for DEFINE, not for measures.");
    if (gives.field(alias) !== undefined) throw source.error("HOTAKA_SQL_INVALID", at, `two measures are named "${alias}".`);
    gives.add(alias, fieldTypeOf(measure.type));
    return measure;
  });
  let previousMax = 0;
  const conditions = new Map<string, Expression>();
  for (const define of node.defines) {
    checkDefine(define, variables, conditions, source);
    const scope = new NameScope(source, [match, { ...stream, alias: define.variable }], aggregates);
    const condition = new ExpressionAnalyser(scope).condition(define.condition, { name: "DEFINE", aggregates: false });
    previousMax = Math.max(previousMax, previousOf(condition, define, source));
    conditions.set(define.variable, condition);
  }
  const automaton = rowAutomaton(node.pattern, source, (name) => {
    const condition = conditions.get(name);
    const readsMatch = condition !== undefined && contains(condition, (part) => part.op === "field" && part.stream === 0);
    return { variable: variables.findIndex((variable) => variable.name === name), condition, readsMatch };
  });
  return {
    partitionBy: node.partitionBy.map((key) => overEvent.analyse(key, { name: "PARTITION BY", aggregates: false })),
    measures,
    gives,
    variables,
    automaton,
    allMatches: node.allMatches,
    skip: node.skip,
    interval: node.interval && intervalOf(node.interval, source),
    previousMax,
  };
}

/** The variables in the order of the pattern. One that is repeated, or stands in the pattern more than once, is a list. */
function variablesOf(pattern: RowRegexNode): RowVariable[] {
  const lists = new Map<string, boolean>();
  const visit = (node: RowRegexNode, repeated: boolean): void => {
    if (node.kind === "variable") lists.set(node.name, repeated || lists.has(node.name));
    else if (node.kind === "repetition") visit(node.child, repeated || node.high !== 1);
    else for (const child of node.children) visit(child, repeated);
  };
  visit(pattern, false);
  return [...lists].map(([name, list]) => ({ name, list }));
}

function checkDefine(
  { variable, at }: RowPatternNode["defines"][number],
  variables: readonly RowVariable[],
  known: ReadonlyMap<string, Expression>,
  source: SourceText,
): void {
  if (known.has(variable)) throw source.error("HOTAKA_SQL_INVALID", at, `variable "${variable}" is defined twice.`);
  const names = variables.map(({ name }) => name);
  if (names.includes(variable)) return;
  const sentence = `there is no variable "${variable}" in the pattern.${didYouMean(variable, names)} Variables: ${names.join(", ")}.`;
  throw source.error("HOTAKA_SQL_INVALID", at, sentence);
}

/** How far back the condition looks. It counts from the event that is tested, in the events of its partition. */
function previousOf(condition: Expression, node: Node, source: SourceText): number {
  let most = 0;
  const visit = (expression: Expression): void => {
    if (expression.op === "previous") {
      const { access, stream, index } = expression;
      const back = index.op === "constant" ? Number(index.value) : undefined;
      if (access !== "prev" || stream !== TESTED || back === undefined || back < 0 || back > PREVIOUS_MAX) {
        const sentence = `in DEFINE prev looks back from the event that is tested, ${PREVIOUS_MAX} events at most: prev(B.size, 1) in the condition of B.`;
        throw source.error("HOTAKA_SQL_INVALID", node.at, sentence);
      }
      most = Math.max(most, back);
    }
    partsOf(expression).forEach(visit);
  };
  visit(condition);
  return most;
}

function intervalOf(
  { period, orTerminated }: NonNullable<RowPatternNode["interval"]>,
  source: SourceText,
): { ms: number; orTerminated: boolean } {
  if (period.kind !== "period") throw source.error("HOTAKA_SQL_INVALID", period.at, "INTERVAL takes a period, as 3 seconds.");
  return { ms: periodMs(period, source), orTerminated };
}

/** The number of the stream of the event that a condition tests. */
const TESTED = 1;

const PREVIOUS_MAX = 1000;
