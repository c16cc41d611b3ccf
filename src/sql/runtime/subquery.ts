import type { Value } from "../../event/index.ts";
import { equalitiesOf } from "../plan/equality.ts";
import { type Expression, mapParts, type Operation } from "../plan/expression.ts";
import type { SubqueryPlan } from "../plan/plan.ts";
import { resultsOf } from "../plan/subquery.ts";
import type { Change, StatementEvent, Tuple } from "../vocabulary.ts";
import { type AggregateArguments, argumentsOf } from "./aggregate_arguments.ts";
import type { Evaluate } from "./evaluation.ts";
import { EventIndex } from "./event_index.ts";
import { EventStream } from "./event_stream.ts";
import { Groups } from "./group.ts";
import type { Scope } from "./interpreter.ts";
import { withPrevious } from "./previous.ts";

type Evaluation = (expression: Expression) => Evaluate;

/** The subqueries of a running statement. A subquery stands behind those within it. */
export class SubqueryRunners {
  readonly runners: readonly SubqueryRunner[];
  readonly #live = new Map<Operation, Operation>();

  constructor(plans: readonly SubqueryPlan[], evaluation: Evaluation, startMs: number) {
    const bound = this.bind(evaluation);
    this.runners = plans.map((plan) => {
      const runner = new SubqueryRunner(plan, bound, startMs);
      this.#live.set(plan.operation, { ...plan.operation, evaluate: (...args) => runner.evaluate(args) });
      return runner;
    });
  }

  /** `evaluation` of expressions that may hold subqueries of this statement. */
  bind(evaluation: Evaluation): Evaluation {
    const live = (expression: Expression): Expression => {
      const part = mapParts(expression, live);
      const operation = part.op === "call" ? this.#live.get(part.operation) : undefined;
      return part.op === "call" && operation !== undefined ? { ...part, operation } : part;
    };
    return (expression) => evaluation(this.#live.size === 0 ? expression : live(expression));
  }

  /** Subqueries hear of an event before the statement they are in: what it is compared with is as of itself. */
  take(target: string, event: StatementEvent, nowMs: number): void {
    for (const runner of this.runners) runner.take(target, event, nowMs);
  }

  nextDueMs(): number | undefined {
    const due = this.runners.map((runner) => runner.nextDueMs()).filter((dueMs) => dueMs !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  fire(nowMs: number): void {
    for (const runner of this.runners) if (runner.nextDueMs() === nowMs) runner.fire(nowMs);
  }

  get size(): number {
    return this.runners.reduce((size, runner) => size + runner.size, 0);
  }

  save(): unknown {
    return this.runners.map((runner) => runner.save());
  }

  restore(saved: unknown): void {
    (saved as unknown[]).forEach((state, index) => this.runners[index]!.restore(state));
  }
}

/** One subquery: the events its window has given on and not taken back, and what is asked of them. */
class SubqueryRunner {
  readonly #plan: SubqueryPlan;
  readonly #stream: EventStream;
  readonly #where: Evaluate | undefined;
  readonly #keys: readonly Evaluate[];
  readonly #arguments: readonly AggregateArguments[];
  /** What is worked out for each row. */
  readonly #results: readonly Evaluate[];
  readonly #held = new Set<StatementEvent>();
  readonly #lookup: Lookup | undefined;
  /** The answer while nothing has changed and nothing comes from outside. */
  #answer: Value | undefined;
  /** Of aggregates that do not depend on the row that asks: kept up with what comes and goes. */
  readonly #groups: Groups | undefined;
  /** Whether anything has come, for `exists` without a window. */
  #anything = false;

  constructor(plan: SubqueryPlan, plainEvaluation: Evaluation, startMs: number) {
    const { form } = plan;
    this.#plan = plan;
    this.#stream = new EventStream(plan.stream, plainEvaluation, startMs, { matches_held_max: 0 });
    const { previous } = this.#stream;
    const evaluation = previous === undefined ? plainEvaluation : withPrevious(plainEvaluation, [previous]);
    this.#where = plan.where && evaluation(plan.where);
    this.#keys = plan.keys.map(evaluation);
    this.#arguments = plan.aggregates.map((aggregate) => argumentsOf(aggregate, evaluation));
    this.#results = resultsOf(form).map(evaluation);
    this.#lookup = lookupOf(plan.where, evaluation);
    if (!plan.correlated && plan.aggregates.length > 0) this.#groups = this.#openGroups();
  }

  get size(): number {
    return this.#stream.size;
  }

  take(target: string, event: StatementEvent, nowMs: number): void {
    if (this.#stream.plan.target === target && this.#stream.passes(event)) this.#apply(this.#stream.take(event, nowMs), nowMs);
  }

  nextDueMs(): number | undefined {
    return this.#stream.nextDueMs();
  }

  fire(nowMs: number): void {
    this.#apply(this.#stream.fire(nowMs), nowMs);
  }

  /** The answer for these values from outside. */
  evaluate(args: readonly Value[]): Value {
    if (args.length > 0) return this.#ask(args);
    this.#answer ??= this.#ask(args);
    return this.#answer;
  }

  save(): unknown {
    return [this.#stream.save(), this.#held, this.#groups?.save(), this.#anything];
  }

  restore(saved: unknown): void {
    const [stream, held, groups, anything] = saved as [unknown, Set<StatementEvent>, unknown, boolean];
    this.#stream.restore(stream);
    for (const event of held) this.#hold(event);
    this.#groups?.restore(groups);
    this.#anything = anything;
  }

  #apply(changes: readonly Change[], nowMs: number): void {
    for (const { entered, left } of changes) {
      this.#stream.previous?.changed(entered, left);
      for (const event of entered) this.#enter(event, nowMs);
      for (const event of left) this.#leave(event);
    }
    if (changes.length > 0) this.#answer = undefined;
  }

  #enter(event: StatementEvent, nowMs: number): void {
    if (this.#groups !== undefined) this.#aggregate(this.#groups, [event, OUTSIDE_NOTHING], nowMs);
    else if (this.#stream.plan.window !== undefined) this.#hold(event);
    else this.#anything ||= this.#passes([event, OUTSIDE_NOTHING]);
  }

  #leave(event: StatementEvent): void {
    if (this.#groups !== undefined) this.#aggregate(this.#groups, [event, OUTSIDE_NOTHING], undefined);
    this.#held.delete(event);
    this.#lookup?.index.delete(event);
  }

  #openGroups(): Groups {
    const { aggregates, keys } = this.#plan;
    const groups = new Groups(aggregates, () => keys.length === 0);
    if (keys.length === 0) groups.open([]);
    return groups;
  }

  /** An event comes into its group at an instant; undefined: it goes out of it. */
  #aggregate(groups: Groups, events: Tuple, comesMs: number | undefined): void {
    if (!this.#passes(events)) return;
    const scope = { events, aggregates: [], key: [], nowMs: 0 };
    if (comesMs !== undefined) groups.forgetEmpty();
    const group = groups.open(this.#keys.map((key) => key(scope)));
    if (comesMs !== undefined) group.events++;
    else groups.left(group);
    this.#arguments.forEach((argument, index) => {
      if (!argument.takes(events)) return;
      if (comesMs !== undefined) group.aggregates[index]!.enter(argument.values(events), comesMs);
      else group.aggregates[index]!.leave(argument.values(events));
    });
  }

  #hold(event: StatementEvent): void {
    this.#held.add(event);
    this.#lookup?.index.add(event);
  }

  #ask(args: readonly Value[]): Value {
    const { form } = this.#plan;
    const rows = this.#rows(args);
    switch (form.kind) {
      case "exists":
        return this.#anything || !rows.next().done;
      case "value": {
        const [row, another] = [rows.next(), rows.next()];
        return row.done !== true && another.done === true ? this.#results[0]!(row.value) : null;
      }
      case "row": {
        const [row, another] = [rows.next(), rows.next()];
        const isOne = row.done !== true && another.done === true;
        if (!isOne && !form.always) return null;
        return { values: this.#results.map((result) => (isOne ? result(row.value) : null)), timeMs: 0 };
      }
      case "list": {
        const list = [...rows].map((row) => this.#results.map((result) => result(row)));
        if (list.length === 0) return null;
        return form.rows ? list.map((values) => ({ values, timeMs: 0 })) : list.map(([value]) => value!);
      }
      case "any":
      case "all":
        return this.#quantified(rows, form.kind === "any");
    }
  }

  /** Three-valued: what decides (true for `any`) wins over null, null over the other; of no rows none decides. */
  #quantified(rows: Iterable<Scope>, decisive: boolean): Value {
    let unknown = false;
    for (const row of rows) {
      const value = this.#results[0]!(row);
      if (value === decisive) return decisive;
      if (value === null) unknown = true;
    }
    return unknown ? null : !decisive;
  }

  /** What each row is of: an event, a group, or all events together. */
  *#rows(args: readonly Value[]): Generator<Scope> {
    const outside: StatementEvent = { values: args, timeMs: 0 };
    const { aggregates, keys } = this.#plan;
    if (aggregates.length === 0 && keys.length === 0) {
      for (const events of this.#tuples(outside)) yield { events, aggregates: [], key: [], nowMs: 0 };
      return;
    }
    const groups = this.#groups ?? this.#openGroups();
    if (this.#groups === undefined) for (const events of this.#tuples(outside)) this.#aggregate(groups, events, events[0]!.timeMs);
    for (const group of groups.all())
      if (keys.length === 0 || group.events > 0)
        yield { events: [undefined, outside], aggregates: group.aggregates, key: group.key, nowMs: 0 };
  }

  /** The events that WHERE lets through, each beside what comes from outside. */
  *#tuples(outside: StatementEvent): Generator<Tuple> {
    const candidates = this.#lookup === undefined ? this.#held : this.#lookup.find(outside);
    for (const event of candidates) {
      const events = [event, outside];
      if (this.#passes(events)) yield events;
    }
  }

  #passes(events: Tuple): boolean {
    return this.#where === undefined || this.#where({ events, aggregates: [], key: [], nowMs: 0 }) === true;
  }
}

const OUTSIDE_NOTHING: StatementEvent = { values: [], timeMs: 0 };

/** The events by what WHERE says must be equal to a value from outside. */
interface Lookup {
  readonly index: EventIndex;
  find(outside: StatementEvent): Iterable<StatementEvent>;
}

function lookupOf(where: Expression | undefined, evaluation: Evaluation): Lookup | undefined {
  const pairs = equalitiesOf(where).map(({ left, right }) => (left.stream === 0 ? [left, right] : [right, left]));
  if (pairs.length === 0) return undefined;
  const own = pairs.map(([side]) => evaluation(side!.expression));
  const other = pairs.map(([, side]) => evaluation(side!.expression));
  const scope = (...events: Tuple): Scope => ({ events, aggregates: [], key: [], nowMs: 0 });
  const index = new EventIndex((event) => own.map((evaluate) => evaluate(scope(event))));
  return { index, find: (outside) => index.find(other.map((evaluate) => evaluate(scope(undefined, outside)))) };
}
