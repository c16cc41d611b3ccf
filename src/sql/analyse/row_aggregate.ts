import { isList, type Schema, type Value } from "../../event/index.ts";
import type { Expression } from "../plan/expression.ts";
import { contains } from "../plan/expression.ts";
import type { AggregatePlan } from "../plan/plan.ts";
import type { RowVariable } from "../plan/row_pattern.ts";
import { evaluate, isEvent } from "../runtime/interpreter.ts";
import { aggregates, functions } from "../dialect.ts";
import type { ExpressionNode } from "../syntax/index.ts";
import type { AggregateDefinition } from "../vocabulary.ts";
import { analyseAggregate } from "./aggregate_call.ts";
import { ExpressionAnalyser } from "./expression.ts";
import { NameScope, type Subqueries } from "./scope.ts";

/** Aggregates within a MATCH_RECOGNIZE: `sum(B.size)` is over the events that the match in hand has for B, and nothing else. */
export class RowAggregates implements Subqueries {
  readonly #variables: readonly RowVariable[];
  readonly #schema: Schema;

  constructor(variables: readonly RowVariable[], schema: Schema) {
    this.#variables = variables;
    this.#schema = schema;
  }

  analyse(node: ExpressionNode, scope: NameScope): Expression | undefined {
    if (node.kind !== "call" || !isAggregate(node.name, node.arguments.length, scope.source.own.aggregates)) return undefined;
    // The variables stand behind the streams there are, so that the types of events are the same within and without.
    const first = scope.streams.length;
    const hidden = scope.streams.map(({ schema }) => ({ target: "", alias: "", schema, onlyByAlias: true as const }));
    const named = this.#variables.map(({ name }) => ({ target: name, alias: name, schema: this.#schema, onlyByAlias: true as const }));
    const inner = new NameScope(scope.source, [...hidden, ...named]);
    const plan = analyseAggregate(new ExpressionAnalyser(inner), inner, node, false);
    const [star] = node.arguments;
    const streams = new Set<number>();
    if (star?.kind === "star" && star.of !== undefined) streams.add(inner.stream(star.of) ?? 0);
    for (const part of plan.filter === undefined ? plan.args : [...plan.args, plan.filter]) {
      contains(part, (each) => {
        if (each.op === "field" || each.op === "event") streams.add(each.stream);
        return false;
      });
    }
    const [stream = 0, ...more] = streams;
    if (stream < first || more.length > 0) {
      const sentence = `${node.name} is over the events of one variable of the pattern, as ${node.name}(${this.#variables[0]!.name}.field).`;
      throw scope.source.error("HOTAKA_SQL_INVALID", node.at, sentence);
    }
    const variable = scope.tag(this.#variables[stream - first]!.name)!;
    const operation = {
      name: `${plan.fingerprint} of a match`,
      strict: false,
      nullable: true,
      evaluate: (events: Value = null) => aggregated(plan, stream, events),
    };
    return { op: "call", type: plan.type, operation, args: [variable] };
  }
}

function isAggregate(name: string, count: number, own: readonly AggregateDefinition[]): boolean {
  const lower = name.toLowerCase();
  // min and max are aggregates of one value and functions of several.
  return [...aggregates, ...own].some((known) => known.name === lower) && (count < 2 || !functions.some((known) => known.name === lower));
}

function aggregated(plan: AggregatePlan, stream: number, given: Value): Value {
  const accumulator = plan.open();
  const others = Array.from({ length: stream }, () => undefined);
  let nowMs = 0;
  for (const event of isList(given) ? given : [given]) {
    if (!isEvent(event)) continue;
    nowMs = event.timeMs;
    const scope = { events: [...others, event], aggregates: [], key: [], nowMs };
    if (plan.filter === undefined || evaluate(plan.filter, scope) === true)
      accumulator.enter(
        plan.args.map((argument) => evaluate(argument, scope)),
        nowMs,
      );
  }
  return accumulator.value(nowMs);
}
