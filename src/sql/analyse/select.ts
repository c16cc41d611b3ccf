import type { Schema } from "../../event/index.ts";
import { assert } from "../../kit/index.ts";
import { contains, type Expression, partsOf } from "../plan/expression.ts";
import { isSubquery } from "../plan/subquery.ts";
import { eventType, hasOrder, itemOf, rowTypeOf } from "../plan/type.ts";
import type { ItemPlan, Plan, Shape } from "../plan/plan.ts";
import type { ExpressionNode, Node, SelectNode, SourceText } from "../syntax/index.ts";
import { article } from "./analysis.ts";
import { ExpressionAnalyser } from "./expression.ts";
import { analyseGroupBy, type Grouping, hasStrayGrouping, withKeys } from "./grouping.ts";
import { analyseInsert } from "./insert.ts";
import { analyseJoins } from "./joins.ts";
import { demandOf } from "./demand.ts";
import { columnName } from "./naming.ts";
import { analyseOutput } from "./output.ts";
import { previousOf } from "./previous_call.ts";
import { readingOf } from "./reading.ts";
import { NameScope, typeOfField } from "./scope.ts";
import { analyseStream, isWindowless } from "./stream.ts";
import { SubqueryAnalyser } from "./subquery.ts";

/** Decides everything about a query. Throws HOTAKA_SQL_* with the place of the first mistake. */
export function analyse(
  select: SelectNode,
  source: SourceText,
  schemas: ReadonlyMap<string, Schema>,
  takesFields: (target: string) => boolean,
): Plan {
  const subqueries = new SubqueryAnalyser(schemas);
  const from = select.from.map((node) => analyseStream(node, source, schemas, subqueries));
  const scope = new NameScope(
    source,
    from.map(({ target, alias, schema, pattern, rowPattern, window, views }) => ({
      target,
      alias,
      windowless: isWindowless(views),
      schema: rowPattern?.gives ?? window?.gives ?? schema,
      ...(pattern === undefined || window?.gives !== undefined ? {} : { tags: pattern.tags }),
    })),
    subqueries,
  );
  refuseBesideRowPattern(select, source);
  const analyser = new ExpressionAnalyser(scope);
  const { joins, unidirectional } = analyseJoins(select, from, analyser, source);
  const where = select.where && analyser.condition(select.where, { name: "the WHERE clause", aggregates: false });
  const grouping = analyseGroupBy(select, (node) => analyser.analyse(node, { name: "the GROUP BY clause", aggregates: false }), source);
  const { keys, groupingSets } = grouping;
  refuseBadKeys(select, keys, source);
  const items = analyseItems(select, scope, analyser);
  const selected = analyser.aggregates.length;
  const having = select.having && analyser.condition(select.having, { name: "the HAVING clause", aggregates: true });
  const aliases = new Map(items.map((item) => [item.name, item.expression]));
  const orderBy = select.orderBy.map(({ expression, descending }) => ({
    expression:
      (expression.kind === "name" ? aliases.get(expression.name) : undefined) ??
      analyser.analyse(expression, { name: "ORDER BY", aggregates: true }),
    descending,
  }));
  for (const [index, { expression }] of orderBy.entries()) {
    const { at } = select.orderBy[index]!.expression;
    if (contains(expression, (part) => part.op === "aggregate" && part.index >= selected)) {
      const sentence = "an aggregate that rows are ordered by must be one of the select list; select it too, and order by its name.";
      throw source.error("HOTAKA_SQL_INVALID", at, sentence);
    }
    if (!hasOrder(expression.type))
      throw source.error(
        "HOTAKA_SQL_TYPE",
        at,
        `rows can be ordered by strings, numbers, booleans and dates, not by ${article(expression.type)}.`,
      );
  }
  const toKeys = (expression: Expression): Expression => withKeys(expression, grouping);
  const grouped = {
    items: items.map((item) => ({ ...item, expression: toKeys(item.expression) })),
    having: having && toKeys(having),
    orderBy: orderBy.map((item) => ({ ...item, expression: toKeys(item.expression) })),
  };
  const { aggregates } = analyser;
  const shown = [...items.map(({ expression }) => expression), ...(having === undefined ? [] : [having])].flatMap(fieldsOf);
  const ordersByOthers = orderBy.some(({ expression }) => fieldsOf(expression).some((field) => !shown.includes(field)));
  const shape = shapeOf(grouped, keys, aggregates.length > 0, ordersByOthers);
  refuseBadGrouping(select, grouping, grouped, source);
  if (having !== undefined && strayInHaving(having, keys, aggregates))
    throw source.error(
      "HOTAKA_SQL_INVALID",
      select.having!.at,
      "HAVING reads a field that is neither in GROUP BY nor in one of its aggregates; a condition on events stands in WHERE.",
    );
  if (groupingSets !== undefined && ordersByOthers)
    throw source.error(
      "HOTAKA_SQL_INVALID",
      select.orderBy[0]!.at,
      "with ROLLUP, CUBE or GROUPING SETS rows are put in order by what is selected; select this field too.",
    );
  const read = [...keys, ...grouped.items.map(({ expression }) => expression), ...grouped.orderBy.map(({ expression }) => expression)];
  for (const expression of [where, grouped.having]) if (expression !== undefined) read.push(expression);
  for (const { args, filter } of aggregates) read.push(...args, ...(filter === undefined ? [] : [filter]));
  for (const { on } of joins) if (on !== undefined) read.push(on);
  return {
    name: source.name,
    text: source.text,
    source: [...select.from, ...select.joins, ...(select.where === undefined ? [] : [select.where]), ...select.groupBy].map(({ at, end }) =>
      source.text.slice(at, end),
    ),
    reading: readingOf(select, schemas),
    streams: from.map((stream, index) => ({
      ...stream,
      previous: previousOf(index, stream, read, source),
      demand: demandOf(index, stream, read, keys),
    })),
    joins,
    unidirectional,
    subqueries: subqueries.plans,
    where,
    keys,
    groupingSets,
    aggregates,
    ...grouped,
    shape,
    insertInto: select.insertInto && analyseInsert(select.insertInto, grouped.items, { schemas, takesFields }, source),
    output: select.stream,
    limiter: select.output && analyseOutput(select.output, source),
    distinct: select.distinct,
    limit: rowCount(select.limit, "LIMIT", source),
    offset: rowCount(select.offset, "OFFSET", source) ?? 0,
  };
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
      for (const item of wildcard(node, select, scope, analyser)) add(item, node);
    } else {
      const expression = analyser.output(analyser.analyse(node.expression, { name: "the select list", aggregates: true }));
      add({ name: node.alias ?? columnName(node.expression), type: expression.type, expression }, node);
    }
  }
  return [...items.values()];
}

/** Every field that the target has when the query is registered. */
function wildcard(
  node: Node & { readonly of: string | undefined },
  select: SelectNode,
  scope: NameScope,
  analyser: ExpressionAnalyser,
): ItemPlan[] {
  const tagged = node.of === undefined ? undefined : scope.tag(node.of);
  if (tagged !== undefined) return fieldsOfEvent(tagged, analyser);
  const streams = node.of === undefined ? scope.streams : scope.streams.filter(({ alias }) => alias === node.of);
  if (streams.length === 0)
    throw scope.source.error("HOTAKA_SQL_UNKNOWN_TARGET", node.at, `there is no stream "${node.of}" in this query.`);
  const tags = streams.flatMap((stream) => stream.tags ?? []);
  if (tags.length > 0 || (select.items.length > 1 && streams.every((stream) => stream.tags !== undefined)))
    return tags.map(({ name }) => outputOf(name, scope.tag(name)!, analyser));
  // In a join there is one column for each stream, with its events whole.
  if (streams.length > 1)
    return streams.map(({ alias }) => {
      const stream = scope.stream(alias)!;
      return outputOf(alias, { op: "event", type: eventType(stream), stream }, analyser);
    });
  const empty = streams.find(({ schema }) => schema.fields.length === 0);
  if (empty !== undefined) {
    const sentence = `target "${empty.target}" has no fields yet, so there is nothing to show of it.`;
    throw scope.source.error("HOTAKA_SQL_UNKNOWN_FIELD", node.at, sentence, { targets: [empty.target] });
  }
  return streams.flatMap(({ schema, alias }) =>
    schema.fields.map(({ name }) => {
      const expression = scope.find([alias, name], node) ?? scope.find([name], node);
      assert(expression !== undefined, `field ${name} of ${alias} was not found by its own name`);
      return { name, type: expression.type, expression };
    }),
  );
}

/** The fields of an event of a pattern. */
function fieldsOfEvent(operand: Expression, { rowTypes }: ExpressionAnalyser): ItemPlan[] {
  const { fields } = rowTypes[rowTypeOf(itemOf(operand.type) ?? operand.type)!]!;
  return fields.map(({ name, type: fieldType, slot }) => {
    const type = typeOfField(fieldType);
    return { name, type, expression: { op: "member", type, operand, slot } };
  });
}

function outputOf(name: string, event: Expression, analyser: ExpressionAnalyser): ItemPlan {
  const expression = analyser.output(event);
  return { name, type: expression.type, expression };
}

/** A key is of the event: a constant makes one group of all, and mostly stands for the place of a column, which it is not. */
function refuseBadKeys({ groupBy }: SelectNode, keys: readonly Expression[], source: SourceText): void {
  for (const key of keys) {
    if (contains(key, (part) => part.op === "call" && isSubquery(part.operation)))
      throw source.error("HOTAKA_SQL_INVALID", groupBy[0]!.at, "GROUP BY cannot hold a subquery.");
    if (!contains(key, ({ op }) => op === "field" || op === "event"))
      throw source.error("HOTAKA_SQL_INVALID", groupBy[0]!.at, "GROUP BY takes fields, or expressions that read fields, not a constant.");
  }
}

function refuseBadGrouping(
  select: SelectNode,
  { groupingSets }: Grouping,
  { items, having, orderBy }: Pick<Plan, "items" | "having" | "orderBy">,
  source: SourceText,
): void {
  const rest = [{ expression: having, clause: "HAVING" }, ...orderBy.map(({ expression }) => ({ expression, clause: "ORDER BY" }))];
  const stray = groupingSets && rest.find(({ expression }) => expression !== undefined && contains(expression, ({ op }) => op === "field"));
  if (stray !== undefined) {
    const sentence = `${stray.clause} reads a field that is not in GROUP BY; with ROLLUP, CUBE or GROUPING SETS there is no one event a row is of.`;
    throw source.error("HOTAKA_SQL_INVALID", (select.having ?? select.orderBy[0]!).at, sentence);
  }
  for (const { name, expression } of items) {
    const refuse = (sentence: string): never => {
      throw source.error("HOTAKA_SQL_INVALID", select.items[0]!.at, `column "${name}" ${sentence}`);
    };
    if (hasStrayGrouping(expression)) refuse("asks for the grouping of what is no key of ROLLUP, CUBE or GROUPING SETS.");
    if (groupingSets !== undefined && contains(expression, ({ op }) => op === "field"))
      refuse("holds a field that is not in GROUP BY; with ROLLUP, CUBE or GROUPING SETS there is no one event a row is of.");
  }
}

/** The matches of a MATCH_RECOGNIZE are not held, so that nothing can be joined with them and nothing shows them again. */
function refuseBesideRowPattern({ from, output }: SelectNode, source: SourceText): void {
  const node = from.find(({ rowPattern }) => rowPattern !== undefined);
  if (node === undefined) return;
  if (from.length > 1) throw source.error("HOTAKA_SQL_UNSUPPORTED", node.at, "a stream with match_recognize cannot be joined with others.");
  if (output?.select === "snapshot")
    throw source.error("HOTAKA_SQL_UNSUPPORTED", output.at, "the matches of match_recognize are not held; there is no snapshot of them.");
}

/**
 * As Esper decides it: a field beside the keys is one that is in no key, though `size > 50` has other values than `size`; and a field in
 * HAVING counts as one that is selected. Groups that are put in order by a field that is not selected have a row for each event too.
 */
function shapeOf(rows: Pick<Plan, "items" | "having">, keys: readonly Expression[], aggregated: boolean, ordersByOthers: boolean): Shape {
  const keyFields = new Set(keys.flatMap(fieldsOf).filter((field) => !field.endsWith(ASKED)));
  const selected = [...rows.items.map(({ expression }) => expression), ...(rows.having === undefined ? [] : [rows.having])].flatMap(
    fieldsOf,
  );
  if (keys.length > 0) return ordersByOthers || selected.some((field) => !keyFields.has(field)) ? "grouped_with_fields" : "grouped";
  if (!aggregated) return "plain";
  return selected.length > 0 ? "total_with_fields" : "total";
}

/** As Esper has it, a field of HAVING in a grouped query is one of a key, or one that an aggregate of HAVING reads as well. */
function strayInHaving(having: Expression, keys: readonly Expression[], aggregates: Plan["aggregates"]): boolean {
  if (keys.length === 0 || aggregates.length === 0) return false;
  const read = aggregates.filter((_plan, index) => contains(having, (part) => part.op === "aggregate" && part.index === index));
  const known = new Set(
    [...keys, ...read.flatMap(({ args, filter }) => [...args, ...(filter === undefined ? [] : [filter])])].flatMap(fieldsOf),
  );
  return fieldsOf(having).some((field) => !known.has(field.replace(ASKED, "")));
}

/** Behind a field that a method is called of. */
const ASKED = "()";

/** The fields in an expression, each as a text that tells it from others; without those that a subquery asks with. */
function fieldsOf(expression: Expression): string[] {
  if (expression.op === "field") return [`${expression.stream}.${expression.slot}${expression.asked === true ? ASKED : ""}`];
  // Of an event of a pattern it is the field that counts, not the event.
  if (expression.op === "member")
    return fieldsOf(expression.operand).map((event) => `${event}.${expression.slot}${expression.asked === true ? ASKED : ""}`);
  const compared = expression.op === "call" && isSubquery(expression.operation) ? expression.operation.compared : undefined;
  return partsOf(expression)
    .filter((_part, at) => compared === undefined || compared.has(at))
    .flatMap(fieldsOf);
}

/** A count of rows; undefined for none and for one below 0, which is as if nothing were written. */
function rowCount(node: ExpressionNode | undefined, clause: string, source: SourceText): number | undefined {
  if (node === undefined) return undefined;
  if (node.kind !== "literal" || typeof node.value !== "number" || !Number.isInteger(node.value))
    throw source.error("HOTAKA_SQL_INVALID", node.at, `${clause} takes a whole number.`);
  if (node.value < 0 && clause === "OFFSET") throw source.error("HOTAKA_SQL_INVALID", node.at, "OFFSET takes 0 rows or more.");
  return node.value >= 0 ? node.value : undefined;
}
