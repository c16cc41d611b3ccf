import { Schema } from "../../event/index.ts";
import { comparison, type ComparisonOperator, equality } from "../operations/comparison.ts";
import { contains, type Expression, fingerprint, mapParts } from "../plan/expression.ts";
import type { AggregatePlan, SubqueryForm, SubqueryPlan } from "../plan/plan.ts";
import { resultsOf, subqueryOperation } from "../plan/subquery.ts";
import { fieldTypeOf, isIntegral, isNumeric, listOf, type Type } from "../plan/type.ts";
import type { ExpressionNode, SelectNode } from "../syntax/index.ts";
import { demandOf } from "./demand.ts";
import { keepAll } from "../windows/keepall.ts";
import { ExpressionAnalyser } from "./expression.ts";
import { previousOf } from "./previous_call.ts";
import { columnName } from "./naming.ts";
import { NameScope, type Subqueries, typeOfField } from "./scope.ts";
import { analyseStream } from "./stream.ts";

type Operand = (node: ExpressionNode) => Expression;

/** The subqueries of one statement, wherever they stand, as they are met. */
export class SubqueryAnalyser implements Subqueries {
  readonly plans: SubqueryPlan[] = [];
  readonly #schemas: ReadonlyMap<string, Schema>;

  constructor(schemas: ReadonlyMap<string, Schema>) {
    this.#schemas = schemas;
  }

  analyse(node: ExpressionNode, outer: NameScope, operand: Operand): Expression | undefined {
    switch (node.kind) {
      case "subquery":
        return this.#subquery(node.select, outer, ({ item }) => ({ kind: "value", item: item() }));
      case "exists":
        return this.#subquery(node.select, outer, ({ look }) => {
          look();
          return { kind: "exists" };
        });
      case "in_select": {
        const value = operand(node.value);
        const found = this.#subquery(node.select, outer, ({ item, takeIn }) => ({
          kind: "any",
          test: this.#test("=", takeIn(value), item(), node, outer),
        }));
        return node.negated ? { op: "not", type: "boolean", operand: found } : found;
      }
      case "quantified": {
        const { select, operator, quantifier } = node;
        if (select === undefined) return undefined;
        const value = operand(node.value);
        return this.#subquery(select, outer, ({ item, takeIn }) => ({
          kind: quantifier,
          test: this.#test(operator, takeIn(value), item(), node, outer),
        }));
      }
      default:
        return undefined;
    }
  }

  rows({ select }: SubqueryNode, outer: NameScope, rowType: (schema: Schema) => Type): Expression {
    const wildcard = select.items[0]!.kind === "wildcard";
    const { columns, call } = this.#rowsOf(select, outer, (items) => ({ kind: "list", items, rows: items.length > 1 || wildcard }));
    const only = columns.fields.length === 1 && !wildcard ? columns.fields[0] : undefined;
    return { ...call, type: listOf(only === undefined ? rowType(columns.schema) : only.type) };
  }

  row({ select }: SubqueryNode, outer: NameScope, rowType: (schema: Schema) => Type): Expression | undefined {
    const wildcard = select.items[0]!.kind === "wildcard";
    if (!wildcard && select.items.length === 1) return undefined;
    const { columns, call } = this.#rowsOf(select, outer, (items) => ({ kind: "row", items, always: !wildcard }));
    return { ...call, type: rowType(columns.schema) };
  }

  /** A subquery of all its columns, with these. */
  #rowsOf(select: SelectNode, outer: NameScope, formOf: (items: readonly Expression[]) => SubqueryForm): RowsOfSubquery {
    const schema = new Schema(select.from[0]!.alias ?? "subquery");
    const fields: Column["item"][] = [];
    const call = this.#subquery(select, outer, ({ columns }) => {
      for (const { name, item } of columns()) {
        if (schema.field(name) !== undefined)
          throw outer.source.error(
            "HOTAKA_SQL_INVALID",
            select.at,
            `two columns are named "${name}"; give one of them another name with AS.`,
          );
        schema.add(name, fieldTypeOf(item.type));
        fields.push(item);
      }
      return formOf(fields);
    });
    return { columns: { schema, fields }, call };
  }

  #subquery(select: SelectNode, outer: NameScope, formOf: (inner: InnerSelect) => SubqueryForm): CallOfSubquery {
    const { source } = outer;
    refuseWhatIsNotThere(select, outer);
    let stream = analyseStream(select.from[0]!, source, this.#schemas, this);
    if (stream.rowPattern !== undefined)
      throw source.error("HOTAKA_SQL_UNSUPPORTED", select.from[0]!.at, "match_recognize cannot be used in a subquery.");
    const own = { target: stream.target, alias: stream.alias, schema: stream.window?.gives ?? stream.schema };
    const scope = new NameScope(source, [own, ...outer.streams.map((one) => ({ ...one, outer: true as const }))], this);
    const analyser = new ExpressionAnalyser(scope);
    const args: Expression[] = [];
    // What is of the outer streams, or of the instant, comes in as an argument.
    const argument = (expression: Expression): Extract<Expression, { op: "field" }> => {
      const known = args.findIndex((one) => fingerprint(one) === fingerprint(expression));
      const slot = known === -1 ? args.push(expression) - 1 : known;
      return { op: "field", type: expression.type, stream: OUTER, slot };
    };
    const compared = new Set<number>();
    const takeIn = (value: Expression): Expression => {
      const part = argument(value);
      compared.add(part.slot);
      return part;
    };
    const inner = (expression: Expression): Expression => {
      if (expression.op === "now") return argument(expression);
      if (expression.op === "previous" && expression.stream >= OUTER) {
        const sentence = "prev and prior in a subquery look at its own events; look at those of the query around outside of it.";
        throw source.error("HOTAKA_SQL_UNSUPPORTED", select.at, sentence);
      }
      if (expression.op === "field" && expression.stream >= OUTER) return argument({ ...expression, stream: expression.stream - OUTER });
      return mapParts(expression, inner);
    };
    const clause = (name: string) => ({ name: `${name} of a subquery`, aggregates: false });
    const where = select.where && inner(analyser.condition(select.where, clause("the WHERE clause")));
    const keys = select.groupBy.map((node) => {
      if (node.kind === "expression") return inner(analyser.analyse(node.expression, clause("the GROUP BY clause")));
      throw source.error("HOTAKA_SQL_UNSUPPORTED", node.at, `this version does not have ${node.kind.replace("_", " ")} in a subquery.`);
    });
    const columns = () => this.#columns(select, own.schema, analyser).map(({ name, item }) => ({ name, item: inner(item) }));
    // What EXISTS selects makes no difference, but its names must be known.
    const look = (): void => {
      const asked = this.plans.length;
      this.#columns(select, own.schema, new ExpressionAnalyser(scope));
      this.plans.length = asked;
    };
    const form = formOf({ look, item: () => inner(this.#item(select, analyser, outer)), takeIn, columns });
    const aggregates = analyser.aggregates.map((plan): AggregatePlan => ({
      ...plan,
      args: plan.args.map(inner),
      filter: plan.filter && inner(plan.filter),
    }));
    const results = resultsOf(form);
    if (aggregates.length > 0 || keys.length > 0) refuseFieldsBesideAggregates(results, keys, select, outer);
    const isHeld = args.length > 0 || (aggregates.length === 0 && form.kind !== "exists");
    const isOfEvents = select.items.every(({ kind }) => kind === "wildcard") && args.length === 0;
    // As in Esper, events of which nothing is picked need no window: all are kept, as far as the budget goes.
    if (stream.window === undefined && isHeld && isOfEvents) stream = { ...stream, window: keepAll };
    if (stream.window === undefined && isHeld) {
      const sentence = `${stream.target} needs a window in a subquery, as ${stream.target}.win:time(1 min): it is asked later than events come.`;
      throw source.error("HOTAKA_SQL_INVALID", select.from[0]!.at, sentence);
    }
    const toKeys = (expression: Expression): Expression => withKeys(expression, keys);
    const read = [where, ...results, ...keys, ...aggregates.flatMap((plan) => [...plan.args, plan.filter])].filter(
      (part) => part !== undefined,
    );
    const previous = previousOf(0, stream, read, source);
    const operation = subqueryOperation(this.plans.length, compared);
    this.plans.push({
      operation,
      stream: { ...stream, previous, demand: demandOf(0, stream, read, []) },
      where,
      keys,
      aggregates,
      form: withResults(form, toKeys),
      correlated: args.length > 0,
    });
    return { op: "call", type: form.kind === "value" ? form.item.type : "boolean", operation, args };
  }

  #columns(select: SelectNode, schema: Schema, analyser: ExpressionAnalyser): Column[] {
    const clause = { name: "the select list of a subquery", aggregates: true };
    return select.items.flatMap((node): Column[] => {
      if (node.kind === "expression") {
        const { expression, alias } = node;
        return [{ name: alias ?? columnName(expression), item: analyser.output(analyser.analyse(expression, clause)) }];
      }
      return schema.fields.map(({ name, type, slot }) => ({ name, item: { op: "field", type: typeOfField(type), stream: 0, slot } }));
    });
  }

  #item(select: SelectNode, analyser: ExpressionAnalyser, { source }: NameScope): Expression {
    const [item, ...more] = select.items;
    if (more.length > 0 || item!.kind === "wildcard")
      throw source.error("HOTAKA_SQL_INVALID", item!.at, "a subquery that a value is compared with gives one column.");
    // Events are of the streams within, which the query around does not know.
    return analyser.output(analyser.analyse(item!.expression, { name: "the select list of a subquery", aggregates: true }));
  }

  #test(operator: string, left: Expression, right: Expression, node: ExpressionNode, { source }: NameScope): Expression {
    const alike =
      left.type === right.type || (isNumeric(left.type) && isNumeric(right.type)) || left.type === "null" || right.type === "null";
    if (!alike)
      throw source.error("HOTAKA_SQL_TYPE", node.at, `a ${left.type} cannot be compared with the ${right.type} that the subquery gives.`);
    const identical = left.type === right.type || (isIntegral(left.type) && isIntegral(right.type));
    const operation = operator === "=" || operator === "!=" ? equality(operator === "!=", identical) : ORDERS.get(operator);
    if (operation === undefined) throw source.error("HOTAKA_SQL_INVALID", node.at, `${operator} cannot stand before any, some or all.`);
    return { op: "call", type: "boolean", operation, args: [left, right] };
  }
}

type SubqueryNode = Extract<ExpressionNode, { kind: "subquery" }>;

interface RowsOfSubquery {
  readonly columns: { readonly schema: Schema; readonly fields: readonly Expression[] };
  readonly call: CallOfSubquery;
}

/** What stands for a subquery in the expression around it. */
type CallOfSubquery = Extract<Expression, { op: "call" }>;

/** What a form of a subquery is made of: its one column, and a value from outside as seen within. */
interface InnerSelect {
  readonly item: () => Expression;
  readonly takeIn: (value: Expression) => Expression;
  readonly columns: () => readonly Column[];
  /** Finds mistakes in what is selected. */
  readonly look: () => void;
}

interface Column {
  readonly name: string;
  readonly item: Expression;
}

function withResults(form: SubqueryForm, change: (result: Expression) => Expression): SubqueryForm {
  switch (form.kind) {
    case "value":
      return { ...form, item: change(form.item) };
    case "list":
    case "row":
      return { ...form, items: form.items.map(change) };
    case "exists":
      return form;
    case "any":
    case "all":
      return { ...form, test: change(form.test) };
  }
}

/** The stream, within a subquery, of what comes from outside; outer streams are numbered from here while they are looked up. */
const OUTER = 1;

const ORDERS = new Map(
  (["<", "<=", ">", ">="] satisfies ComparisonOperator[]).map((operator) => [operator as string, comparison(operator)]),
);

function refuseWhatIsNotThere(select: SelectNode, { source }: NameScope): void {
  const { from, having, output, limit, orderBy, insertInto } = select;
  if (from.length > 1) throw source.error("HOTAKA_SQL_UNSUPPORTED", from[1]!.at, "this version does not have joins in a subquery.");
  const clause = having ?? output ?? limit ?? orderBy[0] ?? insertInto;
  if (clause !== undefined)
    throw source.error("HOTAKA_SQL_INVALID", clause.at, "a subquery has SELECT, FROM, WHERE and GROUP BY; this clause cannot stand in it.");
}

function refuseFieldsBesideAggregates(
  results: readonly Expression[],
  keys: readonly Expression[],
  select: SelectNode,
  { source }: NameScope,
): void {
  const stray = results.some((result) => contains(withKeys(result, keys), (part) => part.op === "field" && part.stream === 0));
  if (stray)
    throw source.error(
      "HOTAKA_SQL_INVALID",
      select.items[0]!.at,
      "a subquery with aggregates selects nothing but aggregates and its keys.",
    );
}

function withKeys(expression: Expression, keys: readonly Expression[]): Expression {
  const index = keys.findIndex((key) => fingerprint(key) === fingerprint(expression));
  return index === -1 ? mapParts(expression, (part) => withKeys(part, keys)) : { op: "key", type: expression.type, index };
}
