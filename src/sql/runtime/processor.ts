import type { Value } from "../../event/index.ts";
import type { Expression } from "../plan/expression.ts";
import type { Plan } from "../plan/plan.ts";
import type { Tuple } from "../vocabulary.ts";
import { type AggregateArguments, argumentsOf, eventScope } from "./aggregate_arguments.ts";
import type { Evaluate } from "./evaluation.ts";
import { type Group, Groups } from "./group.ts";
import type { Scope } from "./interpreter.ts";
import { type Candidate, RowMaker } from "./rows.ts";

/** The tuples of events that enter and leave at one instant. */
export interface TupleChange {
  readonly entered: readonly Tuple[];
  readonly left: readonly Tuple[];
}

/** Rows of one change, before they are put in order and cut. */
export interface Outcome {
  readonly rows: readonly Candidate[];
  readonly removed: readonly Candidate[];
}

/**
 * Turns what enters and leaves the window into rows: WHERE, then the aggregates, then a row for each event, group or change, by the shape
 * of the query. The order of the steps is Esper's (its result set processors): in a grouped query the removed rows are worked out before
 * the change is taken in and the new rows after, from all groups that anything entered or left.
 */
export class Processor {
  readonly #plan: Plan;
  readonly #where: Evaluate | undefined;
  readonly #keys: readonly Evaluate[];
  readonly #arguments: readonly AggregateArguments[];
  readonly #rows: RowMaker;
  readonly #groups: Groups;
  readonly #wantsRemoved: boolean;
  readonly #wantsRows: boolean;

  constructor(plan: Plan, evaluation: (expression: Expression) => Evaluate) {
    this.#plan = plan;
    this.#where = plan.where && evaluation(plan.where);
    this.#keys = plan.keys.map(evaluation);
    this.#arguments = plan.aggregates.map((aggregate) => argumentsOf(aggregate, evaluation));
    this.#rows = new RowMaker(plan, evaluation);
    this.#groups = new Groups(plan.aggregates);
    this.#wantsRemoved = plan.output !== "istream";
    this.#wantsRows = plan.output !== "rstream";
    // Without GROUP BY there is one group, and it is always there.
    if (plan.keys.length === 0) this.#groups.open([]);
  }

  get groups(): number {
    return this.#groups.size;
  }

  /** Whether taking the event in would open one more group. */
  opensGroup(event: Tuple): boolean {
    return this.#plan.keys.length > 0 && this.#passes(event) && this.#groups.find(this.#keyOf(event)) === undefined;
  }

  process(change: TupleChange, nowMs: number): Outcome {
    const entered = this.#where === undefined ? change.entered : change.entered.filter((event) => this.#passes(event));
    const left = this.#where === undefined ? change.left : change.left.filter((event) => this.#passes(event));
    // Where WHERE lets nothing through there is no change, and an ungrouped query puts out nothing.
    if (this.#where !== undefined && entered.length === 0 && left.length === 0) return { rows: [], removed: [] };
    switch (this.#plan.shape) {
      case "plain":
        return {
          rows: this.#wantsRows ? this.#eventRows(entered, nowMs) : [],
          removed: this.#wantsRemoved ? this.#eventRows(left, nowMs) : [],
        };
      case "total":
        return this.#total(entered, left, nowMs);
      case "grouped":
        return this.#grouped(entered, left, nowMs);
      case "total_with_fields":
      case "grouped_with_fields":
        return this.#withFields(entered, left, nowMs);
    }
  }

  save(): unknown {
    return this.#groups.save();
  }

  restore(saved: unknown): void {
    this.#groups.restore(saved);
  }

  #total(entered: readonly Tuple[], left: readonly Tuple[], nowMs: number): Outcome {
    const group = this.#groups.open([]);
    const before = this.#wantsRemoved ? this.#rows.make(this.#scope(group, undefined, nowMs)) : undefined;
    this.#take(entered, left);
    const after = this.#wantsRows ? this.#rows.make(this.#scope(group, undefined, nowMs)) : undefined;
    return { rows: after === undefined ? [] : [after], removed: before === undefined ? [] : [before] };
  }

  #grouped(entered: readonly Tuple[], left: readonly Tuple[], nowMs: number): Outcome {
    // The group with the event that stands for it: the last to enter, or else the last to leave.
    const touched = new Map<Group, Tuple>();
    for (const event of entered) touched.set(this.#groups.open(this.#keyOf(event)), event);
    for (const event of left) {
      const group = this.#groups.open(this.#keyOf(event));
      if (!touched.has(group) || !entered.includes(touched.get(group)!)) touched.set(group, event);
    }
    const rowsNow = (): Candidate[] => present([...touched].map(([group, event]) => this.#rows.make(this.#scope(group, event, nowMs))));
    const removed = this.#wantsRemoved ? rowsNow() : [];
    this.#take(entered, left);
    const rows = this.#wantsRows ? rowsNow() : [];
    for (const group of touched.keys()) this.#groups.forgetIfEmpty(group);
    return { rows, removed };
  }

  #withFields(entered: readonly Tuple[], left: readonly Tuple[], nowMs: number): Outcome {
    this.#take(entered, left);
    const rows = this.#wantsRows ? this.#eventRows(entered, nowMs) : [];
    const removed = this.#wantsRemoved ? this.#eventRows(left, nowMs) : [];
    if (this.#plan.keys.length > 0) for (const event of left) this.#groups.forgetIfEmpty(this.#groups.open(this.#keyOf(event)));
    return { rows, removed };
  }

  /** A row for each event, with the aggregates of its group where there are any. */
  #eventRows(events: readonly Tuple[], nowMs: number): Candidate[] {
    return present(events.map((event) => this.#rows.make(this.#scope(this.#groups.open(this.#keyOf(event)), event, nowMs))));
  }

  #take(entered: readonly Tuple[], left: readonly Tuple[]): void {
    for (const event of entered) {
      const group = this.#groups.open(this.#keyOf(event));
      group.events++;
      this.#arguments.forEach((argument, index) => argument.takes(event) && group.aggregates[index]!.enter(argument.values(event)));
    }
    for (const event of left) {
      const group = this.#groups.open(this.#keyOf(event));
      group.events--;
      this.#arguments.forEach((argument, index) => argument.takes(event) && group.aggregates[index]!.leave(argument.values(event)));
    }
  }

  #passes(event: Tuple): boolean {
    return this.#where === undefined || this.#where(eventScope(event)) === true;
  }

  #keyOf(event: Tuple): Value[] {
    const scope = eventScope(event);
    return this.#keys.map((key) => key(scope));
  }

  #scope(group: Group, event: Tuple | undefined, nowMs: number): Scope {
    return { events: event ?? [], aggregates: group.aggregates, key: group.key, nowMs };
  }
}

function present<T>(list: readonly (T | undefined)[]): T[] {
  return list.filter((item) => item !== undefined);
}
