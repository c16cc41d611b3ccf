import type { Value } from "../../event/index.ts";
import type { Expression } from "../plan/expression.ts";
import type { Plan } from "../plan/plan.ts";
import type { Tuple } from "../vocabulary.ts";
import { type AggregateArguments, argumentsOf, eventScope } from "./aggregate_arguments.ts";
import type { Evaluate } from "./evaluation.ts";
import { type Group, Groups } from "./group.ts";
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
 * Turns what enters and leaves into rows: the aggregates, then a row for each event, group or change, by the shape of the query. The order
 * of the steps is Esper's (its result set processors): in a grouped query the removed rows are worked out before the change is taken in and
 * the new rows after, from all groups that anything entered or left.
 */
export class Processor {
  readonly plan: Plan;
  readonly wantsRows: boolean;
  readonly wantsRemoved: boolean;
  readonly #where: Evaluate | undefined;
  readonly #keys: readonly Evaluate[];
  readonly #arguments: readonly AggregateArguments[];
  readonly #rows: RowMaker;
  readonly #groups: Groups;
  readonly #takesBatches: boolean;
  /** Events that entered and have not left. */
  #held = 0;

  /** `groupsMax`: beyond so many groups the one that no event entered for the longest time makes room. */
  constructor(plan: Plan, evaluation: (expression: Expression) => Evaluate, groupsMax?: number) {
    this.plan = plan;
    const streams = [plan.output, plan.insertInto?.stream];
    this.wantsRemoved = streams.some((stream) => stream === "rstream" || stream === "irstream");
    // OUTPUT counts the rows of the insert stream, also where they are not put out.
    this.wantsRows = plan.limiter !== undefined || streams.some((stream) => stream === "istream" || stream === "irstream");
    this.#where = plan.where && evaluation(plan.where);
    this.#keys = plan.keys.map(evaluation);
    this.#arguments = plan.aggregates.map((aggregate) => argumentsOf(aggregate, evaluation));
    this.#rows = new RowMaker(plan, evaluation);
    // Of grouping sets, the one without keys is of all events, as the group of a query without GROUP BY.
    const { keys, groupingSets } = plan;
    const total = 2 ** keys.length - 1;
    const stays = (key: readonly Value[]): boolean => keys.length === 0 || (groupingSets !== undefined && key.at(-1) === total);
    this.#groups = new Groups(plan.aggregates, stays, keys.length > 0 ? groupsMax : undefined);
    this.#takesBatches = plan.streams.length === 1 && plan.streams[0]!.window?.pace?.kind === "batch";
    this.#openTotal();
  }

  get groups(): number {
    return this.#groups.size;
  }

  /** Groups that made room for others. */
  get evicted(): number {
    return this.#groups.evicted;
  }

  /** Whether taking the event in would open one more group than there may be. */
  opensGroup(event: Tuple): boolean {
    if (this.#groups.evicts) return false;
    return this.plan.keys.length > 0 && this.#passes(event) && this.#keysOf(event).some((key) => this.#groups.find(key) === undefined);
  }

  /** What WHERE lets through; undefined where that is nothing: then there is no change, and an ungrouped query puts out nothing. */
  passing(change: TupleChange): TupleChange | undefined {
    if (this.#where === undefined) return change;
    const entered = change.entered.filter((event) => this.#passes(event));
    const left = change.left.filter((event) => this.#passes(event));
    return entered.length === 0 && left.length === 0 ? undefined : { entered, left };
  }

  /** Takes in a change that passes, and gives its rows. */
  process(change: TupleChange, nowMs: number): Outcome {
    switch (this.plan.shape) {
      case "plain":
        return {
          rows: this.wantsRows ? this.eventRows(change.entered, nowMs) : [],
          removed: this.wantsRemoved ? this.eventRows(change.left, nowMs, true) : [],
        };
      case "total": {
        const removed = this.wantsRemoved ? this.total(nowMs, true) : [];
        this.take(change, nowMs);
        return { rows: this.wantsRows ? this.total(nowMs) : [], removed };
      }
      case "grouped":
        return this.#grouped(change, nowMs);
      case "total_with_fields":
      case "grouped_with_fields":
        return this.#withFields(change, nowMs);
    }
  }

  /** The rows of what the windows hold now. */
  snapshot(contents: Iterable<Tuple>, nowMs: number): Candidate[] {
    const { shape } = this.plan;
    if (shape === "total") return this.total(nowMs);
    // Without a window no event is held, but the groups are.
    if (shape === "grouped" && this.plan.streams.every(({ window }) => window === undefined)) {
      return present([...this.#groups.all()].map((group) => this.row(group, [], nowMs)));
    }
    const held = [...contents].filter((event) => this.#passes(event));
    if (shape !== "grouped") return this.eventRows(held, nowMs);
    const groups = new Map<Group, Tuple>();
    for (const event of held) for (const group of this.groupsOf(event)) if (!groups.has(group)) groups.set(group, event);
    return this.groupRows(groups, nowMs);
  }

  /** The one row of an ungrouped query; none when HAVING refuses it. */
  total(nowMs: number, removed = false): Candidate[] {
    return present([this.row(this.#groups.open(this.#keysOf([])[0]!), [], nowMs, removed)]);
  }

  /** A row for each event, with the aggregates of its group where there are any. */
  eventRows(events: readonly Tuple[], nowMs: number, removed = false): Candidate[] {
    return present(events.map((event) => this.#eventRow(event, nowMs, removed)));
  }

  /**
   * A row for each event of a change. In a grouped query that selects fields beside its keys, Esper gives no more rows of a change after the first that HAVING refuses.
   * See docs/decisions/0010-having-ends-the-rows-of-a-change.md.
   */
  changeRows(events: readonly Tuple[], nowMs: number, removed = false): Candidate[] {
    if (this.plan.shape !== "grouped_with_fields" || this.plan.having === undefined) return this.eventRows(events, nowMs, removed);
    const rows: Candidate[] = [];
    for (const event of events) {
      const [group] = this.#groupsEntered(event);
      if (group === undefined) continue;
      const row = this.row(group, event, nowMs, removed);
      if (row === undefined) break;
      rows.push(row);
    }
    return rows;
  }

  /** A row for each group, with the event that stands for it. */
  groupRows(groups: Iterable<readonly [Group, Tuple]>, nowMs: number, removed = false): Candidate[] {
    return present([...groups].map(([group, event]) => this.row(group, event, nowMs, removed)));
  }

  /** The row of a group and an event; undefined when HAVING refuses it, and for a group that made room for another. */
  row(group: Group, event: Tuple, nowMs: number, removed = false): Candidate | undefined {
    const standing = group.evicted ? this.#groups.find(group.key) : group.forgotten ? this.group(group.key) : group;
    if (standing === undefined) return undefined;
    const { aggregates, key } = standing;
    return this.#rows.make({ events: event, aggregates, key, nowMs, removed });
  }

  /** The groups an event is of: one, or one for each grouping set. */
  groupsOf(event: Tuple): Group[] {
    return this.#keysOf(event).map((key) => this.#groups.open(key));
  }

  group(key: readonly Value[]): Group {
    return this.#groups.open(key);
  }

  /**
   * What entered is taken in before what left is taken out, as in Esper. But where one batch follows another, of which nothing stays, the sums of
   * the new one begin at 0, and have none of the rounding of the old one in them.
   */
  take({ entered, left }: TupleChange, nowMs: number): void {
    this.#groups.forgetEmpty();
    const nothingStays = this.#takesBatches && left.length === this.#held;
    if (nothingStays) for (const event of left) this.leave(event);
    for (const event of entered) this.#enter(event, nowMs);
    if (!nothingStays) for (const event of left) this.leave(event);
  }

  enter(event: Tuple, nowMs: number): void {
    this.#groups.forgetEmpty();
    this.#enter(event, nowMs);
  }

  #enter(event: Tuple, nowMs: number): void {
    this.#held++;
    const groups = this.groupsOf(event);
    this.#groups.enter(event[0], groups);
    for (const group of groups) {
      this.#arguments.forEach((argument, index) => argument.takes(event) && group.aggregates[index]!.enter(argument.values(event), nowMs));
    }
  }

  leave(event: Tuple): void {
    this.#held--;
    for (const group of this.#groupsEntered(event)) {
      this.#groups.left(group);
      this.#arguments.forEach((argument, index) => argument.takes(event) && group.aggregates[index]!.leave(argument.values(event)));
    }
  }

  /** Takes a change in without rows; groups of which nothing is left are forgotten at once. */
  forget(change: TupleChange, nowMs: number): void {
    this.take(change, nowMs);
    this.#groups.forgetEmpty();
  }

  /** Forgets all that was taken in. */
  clear(): void {
    this.#groups.clear();
    this.#held = 0;
    this.#openTotal();
  }

  save(): unknown {
    return [this.#held, this.#groups.save()];
  }

  restore(saved: unknown): void {
    const [held, groups] = saved as readonly [number, unknown];
    this.#held = held;
    this.#groups.restore(groups);
  }

  #grouped(change: TupleChange, nowMs: number): Outcome {
    const touched = this.#touched(change);
    const removed = this.wantsRemoved ? this.groupRows(touched, nowMs, true) : [];
    this.take(change, nowMs);
    const rows = this.wantsRows ? this.groupRows(touched, nowMs) : [];
    return { rows, removed };
  }

  /** The groups of a change, each with the event that stands for it: the last to leave, or else the last to enter. */
  #touched({ entered, left }: TupleChange): Map<Group, Tuple> {
    const touched = new Map<Group, Tuple>();
    for (const event of entered) for (const group of this.groupsOf(event)) touched.set(group, event);
    for (const event of left) for (const group of this.#groupsEntered(event)) touched.set(group, event);
    return touched;
  }

  /** The groups that an event leaves: those it has entered, as far as they have not made room for others. */
  #groupsEntered(event: Tuple): Group[] {
    if (!this.#groups.evicts) return this.groupsOf(event);
    return present(this.#keysOf(event).map((key) => this.#groups.entered(event[0], key)));
  }

  /** The row of an event with the aggregates of its group; undefined when HAVING refuses it, and where its group made room for another. */
  #eventRow(event: Tuple, nowMs: number, removed: boolean): Candidate | undefined {
    const [group] = this.#groupsEntered(event);
    return group && this.row(group, event, nowMs, removed);
  }

  #withFields(change: TupleChange, nowMs: number): Outcome {
    this.take(change, nowMs);
    const rows = this.wantsRows ? this.changeRows(change.entered, nowMs) : [];
    const removed = this.wantsRemoved ? this.changeRows(change.left, nowMs, true) : [];
    return { rows, removed };
  }

  #passes(event: Tuple): boolean {
    return this.#where === undefined || this.#where(eventScope(event)) === true;
  }

  /** The key in each grouping set; where there are several, with the set as a last value. */
  #keysOf(event: Tuple): Value[][] {
    const { groupingSets } = this.plan;
    const scope = eventScope(event);
    const values = this.#keys.map((key) => key(scope));
    if (groupingSets === undefined) return [values];
    return groupingSets.map((absent) => [...values.map((value, index) => ((absent >>> index) & 1 ? null : value)), absent]);
  }

  /** Without GROUP BY there is one group, and it is always there. */
  #openTotal(): void {
    if (this.plan.keys.length === 0) this.#groups.open([]);
  }
}

function present<T>(list: readonly (T | undefined)[]): T[] {
  return list.filter((item) => item !== undefined);
}
