import type { Schema } from "../../event/index.ts";
import { didYouMean } from "../../kit/index.ts";
import { contains, type Expression } from "../plan/expression.ts";
import type { StreamPlan } from "../plan/plan.ts";
import type { Node, SourceText, StreamNode } from "../syntax/index.ts";
import { ExpressionAnalyser } from "./expression.ts";
import { analysePattern, patternStream } from "./pattern.ts";
import { analyseRowPattern } from "./row_pattern.ts";
import { NameScope, type Subqueries } from "./scope.ts";
import { analyseViews } from "./views.ts";

/** A stream before it is known what the query reads of it. */
export type AnalysedStream = Omit<StreamPlan, "demand" | "previous">;

/** Whether nothing ever leaves a stream with these views: they hold nothing by themselves. */
export function isWindowless(views: AnalysedStream["views"]): boolean {
  return views.every(({ form }) => form.gives !== undefined || form.around !== undefined);
}

/** A stream by itself: in its filter and its windows it is stream 0. */
export function analyseStream(
  node: StreamNode,
  source: SourceText,
  schemas: ReadonlyMap<string, Schema>,
  subqueries: Subqueries,
): AnalysedStream {
  if (node.source.kind === "pattern") {
    const pattern = analysePattern(node.source, source, (target, at) => schemaOf(target, at, source, schemas));
    const matches = patternStream(pattern.tags, node.alias ?? "pattern");
    if (node.rowPattern !== undefined)
      throw source.error(
        "HOTAKA_SQL_UNSUPPORTED",
        node.rowPattern.at,
        "match_recognize looks at the events of a target, not at the matches of a pattern.",
      );
    return { ...matches, pattern, rowPattern: undefined, filter: undefined, ...analyseViews(node, matches, source) };
  }
  const { target } = node.source;
  const stream = { target, alias: node.alias ?? target, schema: schemaOf(target, node, source, schemas) };
  const analyser = new ExpressionAnalyser(new NameScope(source, [stream], subqueries));
  const filters = node.source.filters.map((filter) =>
    analyser.condition(filter, { name: `the filter of ${stream.target}`, aggregates: false }),
  );
  if (filters.some((filter) => contains(filter, ({ op }) => op === "previous")))
    throw source.error("HOTAKA_SQL_INVALID", node.source.at, "a filter cannot look back with prev or prior; WHERE can.");
  const filter: Expression | undefined = filters.length > 1 ? { op: "and", type: "boolean", parts: filters } : filters[0];
  const views = analyseViews(node, stream, source);
  const rows = { ...stream, schema: views.window?.gives ?? stream.schema };
  const rowPattern = node.rowPattern && analyseRowPattern(node.rowPattern, rows, source);
  return { ...stream, pattern: undefined, rowPattern, filter, ...views };
}

function schemaOf(target: string, node: Node, source: SourceText, schemas: ReadonlyMap<string, Schema>): Schema {
  const schema = schemas.get(target);
  if (schema !== undefined) return schema;
  const known = [...schemas.keys()];
  const targets = known.length === 0 ? "There are no targets: a source must feed one." : `Targets: ${known.slice(0, 20).join(", ")}.`;
  throw source.error("HOTAKA_SQL_UNKNOWN_TARGET", node.at, `there is no target "${target}".${didYouMean(target, known)} ${targets}`, {
    target,
  });
}
