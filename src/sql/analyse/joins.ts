import { joinedEqual } from "../operations/comparison.ts";
import { JOINED_EQUAL } from "../plan/equality.ts";
import type { Expression } from "../plan/expression.ts";
import type { JoinPlan } from "../plan/plan.ts";
import type { SelectNode, SourceText } from "../syntax/index.ts";
import type { ExpressionAnalyser } from "./expression.ts";
import type { AnalysedStream } from "./stream.ts";

interface Joins {
  readonly joins: readonly JoinPlan[];
  readonly unidirectional: number | undefined;
}

/**
 * ON with its equalities as Esper joins by them: it finds events of the other stream by an index, and there null stands beside null. (In WHERE
 * null is equal to nothing, as everywhere.)
 */
function joining(condition: Expression): Expression {
  if (condition.op === "and") return { ...condition, parts: condition.parts.map(joining) };
  return condition.op === "call" && condition.operation.name === "=" ? { ...condition, operation: joinedEqual } : condition;
}

/** Whether it is, or among others demands, that two fields of one stream are equal. */
function joinsNothing(condition: Expression | undefined): boolean {
  if (condition?.op === "and") return condition.parts.some(joinsNothing);
  if (condition?.op !== "call" || condition.operation.name !== JOINED_EQUAL) return false;
  const [left, right] = condition.args;
  return left?.op === "field" && right?.op === "field" && left.stream === right.stream;
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
    const condition = on && joining(analyser.condition(on, { name: "the ON clause", aggregates: false }));
    if (type !== "inner" && joinsNothing(condition))
      throw source.error(
        "HOTAKA_SQL_INVALID",
        on!.at,
        "ON compares two fields of one stream, and so joins nothing; such a condition stands in WHERE.",
      );
    return { type, on: condition };
  });
  return { joins, unidirectional: unidirectional === -1 ? undefined : unidirectional };
}
