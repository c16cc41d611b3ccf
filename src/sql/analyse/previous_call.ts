import type { Schema } from "../../event/index.ts";
import { contains, type Expression, partsOf } from "../plan/expression.ts";
import type { PreviousPlan, StreamPlan } from "../plan/plan.ts";
import { isIntegral, isNumeric, listOf } from "../plan/type.ts";
import type { ExpressionNode, SourceText } from "../syntax/index.ts";
import type { Analysis, NodeOf } from "./analysis.ts";

type Call = NodeOf<"call">;

/** `prior(1, size)`: the value of the event that arrived so many before. How far it goes is written out. */
export function analysePrior(analysis: Analysis, node: Call): Expression {
  const [first, second] = node.arguments;
  if (first?.kind !== "literal" || typeof first.value !== "number" || !Number.isInteger(first.value) || node.arguments.length !== 2) {
    return analysis.fail("HOTAKA_SQL_INVALID", node, "prior takes how many events back, as a number, and then a field: prior(1, size).");
  }
  if (first.value < 0) return analysis.fail("HOTAKA_SQL_INVALID", first, "prior goes back 0 events or more.");
  if (first.value > PRIOR_MAX) return analysis.fail("HOTAKA_SQL_LIMIT", first, `prior goes back ${PRIOR_MAX} events at most.`);
  const body = fieldOf(analysis, second!, "prior");
  return { op: "previous", type: body.type, access: "prior", stream: streamOf(body), index: constant(first.value), body };
}

/** `prev(1, size)`, `prev(size)`, `prevtail(0, size)`, `prevwindow(size)`, `prevcount(size)`. */
export function analysePrevious(analysis: Analysis, node: Call): Expression {
  const name = node.name.toLowerCase();
  const [first, second, ...more] = node.arguments;
  const wrong = first === undefined || more.length > 0;
  if (wrong) return analysis.fail("HOTAKA_SQL_INVALID", node, `${name} takes how many events back and a field: ${name}(1, size).`);
  if (name === "prevcount" || name === "prevwindow") {
    if (second !== undefined) return analysis.fail("HOTAKA_SQL_INVALID", node, `${name} takes a field.`);
    const access = name === "prevcount" ? "count" : "window";
    const body = fieldOf(analysis, first, name);
    const type = access === "count" ? "long" : listOf(body.type);
    return { op: "previous", type, access, stream: streamOf(body), index: constant(0), body };
  }
  const access = name === "prev" ? "prev" : "tail";
  if (second === undefined) return previousAt(access, constant(access === "prev" ? 1 : 0), fieldOf(analysis, first, name));
  // The place may stand second: prev(size, 1).
  const [place, field] = second.kind === "literal" && first.kind !== "literal" ? [second, first] : [first, second];
  const index = analysis.expression(place);
  if (!isNumeric(index.type) || (index.op === "constant" && !isIntegral(index.type)))
    return analysis.fail("HOTAKA_SQL_TYPE", node, `${name} takes a whole number of events back.`);
  return previousAt(access, index, fieldOf(analysis, field, name));
}

/** What is looked back for: a field, or an event by its name. */
function fieldOf(analysis: Analysis, node: ExpressionNode, name: string): Expression {
  const expression = analysis.expression(node);
  const isField = expression.op === "member" && expression.operand.op === "field";
  if (expression.op === "field" || expression.op === "event" || isField) return expression;
  return analysis.fail(
    "HOTAKA_SQL_INVALID",
    node,
    `${name} looks back for a field, as ${name}(1, size); work with what it gives outside of it.`,
  );
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
  const windows = stream.views.filter(({ form }) => form.around === undefined);
  const [window, ...more] = windows.filter(({ form }) => form.gives === undefined);
  const refuse = (sentence: string): never => {
    throw source.error("HOTAKA_SQL_INVALID", 0, sentence);
  };
  if (window === undefined) return refuse("prev looks into a window; give the stream one, as win:length(2), or use prior.");
  if (more.length > 0 || windows.length > 1)
    return refuse("prev looks into one window; here are several views on the stream. prior needs none.");
  if (NOT_LOOKED_INTO.has(window.definition.name))
    return refuse(`prev cannot look into ${window.definition.name}, which keeps no order of events; use another window, or prior.`);
  const dividing = stream.views.filter(({ form }) => form.around !== undefined);
  const keys = dividing.flatMap(({ parameters }) => parameters.flatMap((key) => (key.kind === "expression" ? [key.expression] : [])));
  const batches = stream.views.some(({ form }) => form.batches === true);
  const order = batches ? "batch" : names.some((name) => ORDERED.has(name)) ? "order" : "arrival";
  return { priorMax, window: order, keys };
}

/** Windows that keep an event for what it is, not for when it came. */
const NOT_LOOKED_INTO: ReadonlySet<string> = new Set([
  "std:firstevent",
  "std:firstunique",
  "std:lastevent",
  "std:unique",
  "win:firstlength",
  "win:firsttime",
]);
const ORDERED: ReadonlySet<string> = new Set(["ext:sort", "ext:rank", "ext:time_order"]);
const PRIOR_MAX = 10_000;
