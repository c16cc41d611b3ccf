import type { JoinPlan } from "../plan/plan.ts";
import type { SelectNode, SourceText } from "../syntax/index.ts";
import type { ExpressionAnalyser } from "./expression.ts";
import type { AnalysedStream } from "./stream.ts";

interface Joins {
  readonly joins: readonly JoinPlan[];
  readonly unidirectional: number | undefined;
}

/** How the streams of FROM are joined. Throws HOTAKA_SQL_INVALID for what cannot be joined. */
export function analyseJoins(
  select: SelectNode,
  streams: readonly AnalysedStream[],
  analyser: ExpressionAnalyser,
  source: SourceText,
): Joins {
  const unidirectional = select.from.findIndex((node) => node.unidirectional);
  for (const [index, { alias, window, target }] of streams.entries()) {
    const fail = (sentence: string): never => {
      throw source.error("HOTAKA_SQL_INVALID", select.from[index]!.at, sentence);
    };
    if (streams.length === 1) {
      if (unidirectional !== -1) fail("unidirectional says which stream of a join moves it; this query has one stream.");
      break;
    }
    const same = streams.findIndex((other) => other.alias === alias);
    if (same < index) fail(`two streams go by the name "${alias}"; give one of them another name with AS.`);
    if (window === undefined && index !== unidirectional)
      fail(`${target} needs a window, as ${target}.win:time(1 min), for its events to be joined with later ones.`);
    if (window !== undefined && index === unidirectional)
      fail(`${alias} is unidirectional: its events move the join and are not held, so it has no window.`);
    if (select.from[index]!.unidirectional && index !== unidirectional) fail("only one stream of a join can be unidirectional.");
  }
  const joins = select.joins.map(({ type, on, at }) => {
    if (on === undefined && type !== "inner")
      throw source.error("HOTAKA_SQL_INVALID", at, "an outer join says after ON what belongs together.");
    return { type, on: on && analyser.condition(on, { name: "the ON clause", aggregates: false }) };
  });
  return { joins, unidirectional: unidirectional === -1 ? undefined : unidirectional };
}
