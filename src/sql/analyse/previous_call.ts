import type { Schema } from "../../event/index.ts";
import { contains, type Expression, partsOf } from "../plan/expression.ts";
import type { PreviousPlan, StreamPlan } from "../plan/plan.ts";
import { isIntegral, listOf } from "../plan/type.ts";
import type { SourceText } from "../syntax/index.ts";
import type { Analysis, NodeOf } from "./analysis.ts";

type Call = NodeOf<"call">;

/** `prior(1, size)`: the value of the event that arrived so many before. How far it goes is written out. */
export function analysePrior(analysis: Analysis, node: Call): Expression {
  const [first, second] = node.arguments;
  if (first?.kind !== "literal" || typeof first.value !== "number" || !Number.isInteger(first.value) || node.arguments.length !== 2) {
    return analysis.fail("HOTAKA_SQL_INVALID", node, "prior takes how many events back, as a number, and then a field: prior(1, size).");
  }
  if (first.value > PRIOR_MAX) return analysis.fail("HOTAKA_SQL_LIMIT", first, `prior goes back ${PRIOR_MAX} events at most.`);
  const body = analysis.expression(second!);
  return { op: "previous", type: body.type, access: "prior", stream: streamOf(body), index: constant(first.value), body };
}

/** `prev(1, size)`, `prev(size)`, `prevtail(0, size)`, `prevwindow(size)`, `prevcount(size)`. */
export function analysePrevious(analysis: Analysis, node: Call): Expression {
  const name = node.name.toLowerCase();
  const [first, second, ...more] = node.arguments.map((argument) => analysis.expression(argument));
  const wrong = first === undefined || more.length > 0;
  if (wrong) return analysis.fail("HOTAKA_SQL_INVALID", node, `${name} takes how many events back and a field: ${name}(1, size).`);
  if (name === "prevcount" || name === "prevwindow") {
    if (second !== undefined) return analysis.fail("HOTAKA_SQL_INVALID", node, `${name} takes a field.`);
    const access = name === "prevcount" ? "count" : "window";
    const type = access === "count" ? "long" : listOf(first.type);
    return { op: "previous", type, access, stream: streamOf(first), index: constant(0), body: first };
  }
  const access = name === "prev" ? "prev" : "tail";
  if (second === undefined) return previousAt(access, constant(access === "prev" ? 1 : 0), first);
  // The place may stand second: prev(size, 1).
  const [index, body] = isIntegral(first.type) && (first.op === "constant" || second.op !== "constant") ? [first, second] : [second, first];
  if (!isIntegral(index.type)) return analysis.fail("HOTAKA_SQL_TYPE", node, `${name} takes a whole number of events back.`);
  return previousAt(access, index, body);
}

function previousAt(access: "prev" | "tail", index: Expression, body: Expression): Expression {
  return { op: "previous", type: body.type, access, stream: streamOf(body), index, body };
}

function constant(value: number): Expression {
  return { op: "constant", type: "integer", value };
}

function streamOf(expression: Expression): number {
  let stream = 0;
  contains(expression, (part) => {
    if (part.op !== "field" && part.op !== "event") return false;
    ({ stream } = part);
    return true;
  });
  return stream;
}

/** What a stream must keep for the expressions that look back. Throws where `prev` has no window to look into. */
export function previousOf(
  index: number,
  stream: Pick<StreamPlan, "views" | "rowPattern"> & { readonly schema: Schema },
  read: readonly Expression[],
  source: SourceText,
): PreviousPlan | undefined {
  const uses: Extract<Expression, { op: "previous" }>[] = [];
  const visit = (expression: Expression): void => {
    if (expression.op === "previous" && expression.stream === index) uses.push(expression);
    partsOf(expression).forEach(visit);
  };
  read.forEach(visit);
  if (uses.length === 0) return undefined;
  if (stream.rowPattern !== undefined)
    throw source.error(
      "HOTAKA_SQL_UNSUPPORTED",
      0,
      "prev and prior cannot look at the matches of match_recognize; in DEFINE prev looks at events.",
    );
  const priorMax = Math.max(0, ...uses.map((use) => (use.access === "prior" && use.index.op === "constant" ? Number(use.index.value) : 0)));
  if (uses.every(({ access }) => access === "prior")) return { priorMax, window: undefined, keys: [] };
  const names = stream.views.map(({ definition }) => definition.name);
  if (stream.views.length === 0) {
    throw source.error("HOTAKA_SQL_INVALID", 0, "prev looks into a window; give the stream one, as win:length(2), or use prior.");
  }
  const [first] = stream.views;
  const keys =
    first?.definition.name === "std:groupwin" ? first.parameters.flatMap((key) => (key.kind === "expression" ? [key.expression] : [])) : [];
  const batches = stream.views.some(({ form }) => form.batches === true);
  const window = batches ? "batch" : names.some((name) => ORDERED.has(name)) ? "order" : "arrival";
  return { priorMax, window, keys };
}

const ORDERED: ReadonlySet<string> = new Set(["ext:sort", "ext:rank", "ext:time_order"]);
const PRIOR_MAX = 10_000;
