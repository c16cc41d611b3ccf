import type { Expression } from "../plan/expression.ts";
import { contains, fingerprint, partsOf } from "../plan/expression.ts";
import type { AggregatePlan } from "../plan/plan.ts";
import { eventType } from "../plan/type.ts";
import { aggregates } from "../dialect.ts";
import { type Analysis, type NodeOf, wantBoolean } from "./analysis.ts";
import { distinctAggregate, oncePerEvent } from "./distinct.ts";
import type { NameScope } from "./scope.ts";

/** `sum(distinct size, code = 200)`: which aggregate of what, for which events; of joined streams each event counts once, in however many tuples. */
export function analyseAggregate(
  analysis: Analysis,
  scope: NameScope,
  node: NodeOf<"call">,
  isJoined = scope.streams.filter(({ outer }) => outer !== true).length > 1,
): AggregatePlan {
  const definition = [...aggregates, ...scope.source.own.aggregates].find(({ name }) => name === node.name.toLowerCase())!;
  const [first] = node.arguments;
  const star = first?.kind === "star" ? first : undefined;
  const given = node.arguments.slice(star === undefined ? 0 : 1).map((argument) => analysis.expression(argument));
  if (given.some((argument) => contains(argument, ({ op }) => op === "local"))) {
    const sentence = `${definition.name} is over all events, so it cannot look at the parameter of a lambda.`;
    return analysis.fail("HOTAKA_SQL_INVALID", node, sentence);
  }
  const stream =
    (star?.of === undefined ? undefined : scope.stream(star.of)) ??
    given.map(streamOf).find((index) => index !== undefined && scope.streams[index]?.outer !== true) ??
    0;
  const form = definition.resolve({
    types: given.map(({ type }) => type),
    constants: given.map((argument) => (argument.op === "constant" ? argument.value : undefined)),
    descending: node.descending,
    star: star !== undefined,
    distinct: node.distinct,
    row: eventType(stream),
  });
  if (typeof form === "string") return analysis.fail("HOTAKA_SQL_TYPE", node, `${definition.name}: ${form}`);
  if (form.ofWindow === true && scope.streams[stream]?.windowless === true) {
    const sentence = `${definition.name} looks at what a window holds; give the stream one, as win:time(1 min).`;
    return analysis.fail("HOTAKA_SQL_INVALID", node, sentence);
  }
  const { takesEvent = false, ever = false, type } = form;
  if (node.distinct && (takesEvent || ever)) return analysis.fail("HOTAKA_SQL_INVALID", node, `${definition.name} does not take DISTINCT.`);
  const [filter, ...more] = given.slice(form.values + (form.constants ?? 0));
  if (more.length > 0) return analysis.fail("HOTAKA_SQL_INVALID", node, `${definition.name} was given too many arguments.`);
  if (filter !== undefined) wantBoolean(analysis, filter, node, `the filter of ${definition.name}`);
  const args = given.slice(0, form.values);
  // `count(l.*)` in a join counts where there is an event of l.
  const present: Expression | undefined =
    star?.of !== undefined && form.values === 0 && !takesEvent
      ? { op: "is_null", type: "boolean", operand: { op: "event", type: eventType(stream), stream }, negated: true }
      : undefined;
  if (takesEvent) args.unshift({ op: "event", type: eventType(stream), stream });
  const { open, cells } = node.distinct ? distinctAggregate(form) : isJoined && takesEvent && !ever ? oncePerEvent(form) : form;
  const parts = [
    definition.name,
    node.distinct ? "distinct" : "",
    star === undefined ? "" : `${star.of ?? ""}*`,
    ...given.map(fingerprint),
  ];
  return {
    fingerprint: [...parts, node.descending.includes(true) ? node.descending.join() : ""].join("|"),
    args,
    filter: present === undefined || filter === undefined ? (present ?? filter) : { op: "and", type: "boolean", parts: [present, filter] },
    type,
    takesEvent,
    ever,
    open,
    cells,
  };
}

/** The stream that an expression reads. */
function streamOf(expression: Expression): number | undefined {
  if (expression.op === "field" || expression.op === "event") return expression.stream;
  return partsOf(expression)
    .map(streamOf)
    .find((stream) => stream !== undefined);
}
