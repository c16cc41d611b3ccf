import type { Schema, Use } from "../../event/index.ts";
import { assert, didYouMean } from "../../kit/index.ts";
import { contains, type Expression, partsOf } from "../plan/expression.ts";
import { itemOf, rowTypeOf } from "../plan/type.ts";
import type { ItemPlan, Plan, Shape, StreamPlan } from "../plan/plan.ts";
import type { ExpressionNode, Node, SelectNode, SourceText, StreamNode } from "../syntax/index.ts";
import { ExpressionAnalyser } from "./expression.ts";
import { analyseGroupBy, type Grouping, hasStrayGrouping, withKeys } from "./grouping.ts";
import { columnName } from "./naming.ts";
import { analyseOutput } from "./output.ts";
import { analysePattern, patternStream } from "./pattern.ts";
import { previousOf } from "./previous_call.ts";
import { NameScope } from "./scope.ts";
import { analyseViews } from "./views.ts";

/** Decides everything about a query. Throws HOTAKA_SQL_* with the place of the first mistake. */
export function analyse(select: SelectNode, source: SourceText, schemas: ReadonlyMap<string, Schema>): Plan {
  refuseWhatIsNotThere(select, source);
  const from = select.from.map((node) => analyseStream(node, source, schemas));
  const scope = new NameScope(
    source,
    from.map(({ target, alias, schema, pattern, window }) => ({
      target,
      alias,
      schema: window?.gives ?? schema,
      ...(pattern === undefined || window?.gives !== undefined ? {} : { tags: pattern.tags }),
    })),
  );
  const analyser = new ExpressionAnalyser(scope);
  const where = select.where && analyser.condition(select.where, { name: "the WHERE clause", aggregates: false });
  const grouping = analyseGroupBy(select, (node) => analyser.analyse(node, { name: "the GROUP BY clause", aggregates: false }), source);
  const { keys, groupingSets } = grouping;
  const items = analyseItems(select, scope, analyser);
  const having = select.having && analyser.condition(select.having, { name: "the HAVING clause", aggregates: true });
  const aliases = new Map(items.map((item) => [item.name, item.expression]));
  const orderBy = select.orderBy.map(({ expression, descending }) => ({
    expression:
      (expression.kind === "name" ? aliases.get(expression.name) : undefined) ??
      analyser.analyse(expression, { name: "ORDER BY", aggregates: true }),
    descending,
  }));
  const toKeys = (expression: Expression): Expression => withKeys(expression, grouping);
  const grouped = {
    items: items.map((item) => ({ ...item, expression: toKeys(item.expression) })),
    having: having && toKeys(having),
    orderBy: orderBy.map((item) => ({ ...item, expression: toKeys(item.expression) })),
  };
  const { aggregates } = analyser;
  const shape = shapeOf(grouped.items, select.groupBy.length > 0, aggregates.length > 0);
  refuseBadGrouping(select, grouping, grouped.items, source);
  const read = [...keys, ...grouped.items.map(({ expression }) => expression), ...grouped.orderBy.map(({ expression }) => expression)];
  for (const expression of [where, grouped.having]) if (expression !== undefined) read.push(expression);
  for (const { args, filter } of aggregates) read.push(...args, ...(filter === undefined ? [] : [filter]));
  return {
    name: source.name,
    text: source.text,
    streams: from.map((stream, index) => ({
      ...stream,
      previous: previousOf(index, stream, read, source),
      demand: demandOf(index, stream, read, keys),
    })),
    where,
    keys,
    groupingSets,
    aggregates,
    ...grouped,
    shape,
    output: select.stream,
    limiter: select.output && analyseOutput(select.output, source),
    distinct: select.distinct,
    limit: rowCount(select.limit, "LIMIT", source),
    offset: rowCount(select.offset, "OFFSET", source) ?? 0,
  };
}

function refuseWhatIsNotThere(select: SelectNode, source: SourceText): void {
  const refuse = (node: Node | undefined, what: string): void => {
    if (node !== undefined) throw source.error("HOTAKA_SQL_UNSUPPORTED", node.at, `this version does not have ${what}.`);
  };
  refuse(select.insertInto, "INSERT INTO");
  refuse(select.joins[0], "joins");
  refuse(
    select.from.find(({ unidirectional }) => unidirectional),
    "unidirectional streams without a join",
  );
}

function schemaOf(target: string, node: Node, source: SourceText, schemas: ReadonlyMap<string, Schema>): Schema {
  const schema = schemas.get(target);
  if (schema !== undefined) return schema;
  const known = [...schemas.keys()];
  const targets = known.length === 0 ? "There are no targets: a source must feed one." : `Targets: ${known.slice(0, 20).join(", ")}.`;
  throw source.error("HOTAKA_SQL_UNKNOWN_TARGET", node.at, `there is no target "${target}".${didYouMean(target, known)} ${targets}`);
}

type AnalysedStream = Omit<StreamPlan, "demand" | "previous">;

/** A stream by itself: in its filter and its windows it is stream 0. */
function analyseStream(node: StreamNode, source: SourceText, schemas: ReadonlyMap<string, Schema>): AnalysedStream {
  if (node.source.kind === "pattern") {
    const pattern = analysePattern(node.source, source, (target, at) => schemaOf(target, at, source, schemas));
    const matches = patternStream(pattern.tags, node.alias ?? "pattern");
    return { ...matches, pattern, filter: undefined, ...analyseViews(node, matches, source) };
  }
  const { target } = node.source;
  const stream = { target, alias: node.alias ?? target, schema: schemaOf(target, node, source, schemas) };
  const analyser = new ExpressionAnalyser(new NameScope(source, [stream]));
  const filters = node.source.filters.map((filter) =>
    analyser.condition(filter, { name: `the filter of ${stream.target}`, aggregates: false }),
  );
  const filter: Expression | undefined = filters.length > 1 ? { op: "and", type: "boolean", parts: filters } : filters[0];
  return { ...stream, pattern: undefined, filter, ...analyseViews(node, stream, source) };
}

function analyseItems(select: SelectNode, scope: NameScope, analyser: ExpressionAnalyser): ItemPlan[] {
  const items = new Map<string, ItemPlan>();
  const add = (item: ItemPlan, node: Node): void => {
    if (items.has(item.name)) {
      throw scope.source.error(
        "HOTAKA_SQL_INVALID",
        node.at,
        `two columns are named "${item.name}"; give one of them another name with AS.`,
      );
    }
    items.set(item.name, item);
  };
  for (const node of select.items) {
    if (node.kind === "wildcard") {
      for (const item of wildcard(node, scope, analyser)) add(item, node);
    } else {
      const expression = analyser.output(analyser.analyse(node.expression, { name: "the select list", aggregates: true }));
      add({ name: node.alias ?? columnName(node.expression), type: expression.type, expression }, node);
    }
  }
  return [...items.values()];
}

/** Every field that the target has when the query is registered. */
function wildcard(node: Node & { readonly of: string | undefined }, scope: NameScope, analyser: ExpressionAnalyser): ItemPlan[] {
  const streams = node.of === undefined ? scope.streams : scope.streams.filter(({ alias }) => alias === node.of);
  if (streams.length === 0)
    throw scope.source.error("HOTAKA_SQL_UNKNOWN_TARGET", node.at, `there is no stream "${node.of}" in this query.`);
  const tags = streams.flatMap((stream) => stream.tags ?? []);
  if (tags.length > 0) return tags.map(({ name }) => outputOf(name, scope.tag(name)!, analyser));
  return streams.flatMap(({ schema, alias }) =>
    schema.fields.map(({ name }) => {
      const expression = scope.find([alias, name], node) ?? scope.find([name], node);
      assert(expression !== undefined, `field ${name} of ${alias} was not found by its own name`);
      return { name, type: expression.type, expression };
    }),
  );
}

function outputOf(name: string, event: Expression, analyser: ExpressionAnalyser): ItemPlan {
  const expression = analyser.output(event);
  return { name, type: expression.type, expression };
}

function refuseBadGrouping(select: SelectNode, { groupingSets }: Grouping, items: readonly ItemPlan[], source: SourceText): void {
  for (const { name, expression } of items) {
    const refuse = (sentence: string): never => {
      throw source.error("HOTAKA_SQL_INVALID", select.items[0]!.at, `column "${name}" ${sentence}`);
    };
    if (hasStrayGrouping(expression)) refuse("asks for the grouping of what is no key of ROLLUP, CUBE or GROUPING SETS.");
    if (groupingSets !== undefined && contains(expression, ({ op }) => op === "field"))
      refuse("holds a field that is not in GROUP BY; with ROLLUP, CUBE or GROUPING SETS there is no one event a row is of.");
  }
}

function shapeOf(items: readonly ItemPlan[], grouped: boolean, aggregated: boolean): Shape {
  const fields = items.some(({ expression }) => contains(expression, ({ op }) => op === "field"));
  if (grouped && aggregated) return fields ? "grouped_with_fields" : "grouped";
  if (grouped) return fields ? "grouped_with_fields" : "grouped";
  if (aggregated) return fields ? "total_with_fields" : "total";
  return "plain";
}

/** The fields read of one stream: as a key where they are grouped by as they are. */
function demandOf(index: number, stream: AnalysedStream, read: readonly Expression[], keys: readonly Expression[]): Map<string, Use> {
  const demand = new Map<string, Use>();
  // The targets of a pattern are asked for all their fields, for its matches hold whole events.
  if (stream.pattern !== undefined) return demand;
  const add = (slot: number): void => {
    const { name } = stream.schema.fields[slot]!;
    if (!demand.has(name)) demand.set(name, "value");
  };
  const visit = (expression: Expression, streams: ReadonlySet<number>): void => {
    if (expression.op === "member" && isEventOf(expression.operand, streams)) add(expression.slot);
    // What takes an event whole may look at all of it.
    if (expression.op === "call" && expression.args.some((argument) => isEventOf(argument, streams))) {
      for (const { slot } of stream.schema.fields) add(slot);
    }
    if (expression.op === "field" && streams.has(expression.stream)) add(expression.slot);
    for (const part of partsOf(expression)) visit(part, streams);
  };
  if (stream.filter !== undefined) visit(stream.filter, ITSELF);
  for (const { parameters, aggregates } of stream.views) {
    for (const parameter of parameters) if (parameter.kind === "expression") visit(parameter.expression, ITSELF);
    for (const { args, filter } of [...aggregates.values()].flat())
      for (const part of [...args, ...(filter === undefined ? [] : [filter])]) visit(part, ITSELF);
  }
  // What a view has derived is no field of the target.
  if (stream.window?.gives !== undefined) return demand;
  for (const expression of read) visit(expression, new Set([index]));
  for (const key of keys) {
    if (key.op === "field" && key.stream === index && key.type === "string") demand.set(stream.schema.fields[key.slot]!.name, "key");
  }
  return demand;
}

/** Whether an expression is an event, or a list of events, of one of these streams. */
function isEventOf({ type }: Expression, streams: ReadonlySet<number>): boolean {
  const rowType = rowTypeOf(itemOf(type) ?? type);
  return rowType !== undefined && streams.has(rowType);
}

/** The numbers that a stream has in its own filter and windows: itself, and the events at the ends of its window. */
const ITSELF: ReadonlySet<number> = new Set([0, 2, 3]);

function rowCount(node: ExpressionNode | undefined, clause: string, source: SourceText): number | undefined {
  if (node === undefined) return undefined;
  if (node.kind === "literal" && typeof node.value === "number" && Number.isInteger(node.value) && node.value >= 0) return node.value;
  throw source.error("HOTAKA_SQL_INVALID", node.at, `${clause} takes a whole number, 0 or more.`);
}
