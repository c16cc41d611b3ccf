import { isList, type Value } from "../../event/index.ts";
import type { Expression } from "../plan/expression.ts";
import type { Duration, PatternNodePlan } from "../plan/pattern.ts";
import { plusPeriod } from "../plan/period.ts";
import type { StatementEvent } from "../vocabulary.ts";
import type { Waiting } from "./filter_tree.ts";

/** The events of the tags so far: an event, a list of them, or null. */
export type Match = readonly Value[];

/** What the states of a pattern need of the pattern that runs. */
export interface PatternServices {
  readonly nowMs: number;
  /** There is no room to wait for more. */
  readonly isFull: boolean;
  /** Counts what is gathered (or, below 0, given back): events, matches or keys. */
  hold(count: number): void;
  /** Counts something that was given up for want of room. */
  refuse(): void;
  /** The next place in the order of all that begins to wait. */
  nextOrder(): number;
  open(plan: PatternNodePlan, parent: StateParent): State;
  /** From now on every event is offered to the filter; behind those that listen, or at the place that it had when it was saved. */
  listen(filter: Listener, place?: number): void;
  /** While the pattern is saved: the place of a filter among those that listen. */
  placeOf(filter: Listener): number;
  ignore(filter: Listener): void;
  wake(timer: Timer, dueMs: number): void;
  forget(timer: Timer): void;
  /** The value of an expression over a match, and over an event in front of it. */
  evaluate(expression: Expression, match: Match, event?: StatementEvent): Value;
}

/** Is told of what becomes of the node below. `quitted`: the node has come to its end and listens no more. */
export interface StateParent {
  matched(match: Match, from: State, quitted: boolean): void;
  failed(from: State): void;
  /** Whether a filter below goes on listening after it has matched. */
  readonly keepsFilters: boolean;
}

/** A node of a pattern while it runs. The order of its steps is that of Esper's evaluation states. */
export interface State {
  start(match: Match): void;
  quit(): void;
  /** Gives up what was begun with one of these events. */
  discard(events: ReadonlySet<Value>): void;
  save(): unknown;
  restore(saved: unknown): void;
}

/** A state that waits for an event. */
export interface Listener extends Waiting {
  readonly target: string;
  readonly level: number;
  accepts(event: StatementEvent): boolean;
  take(event: StatementEvent): void;
}

/** A state that waits for an instant. */
export interface Timer {
  readonly order: number;
  fire(nowMs: number): void;
}

/** Whether a match holds one of these events. */
export function holdsAny(match: Match, events: ReadonlySet<Value>): boolean {
  return match.some((value) => value !== null && (isList(value) ? value.some((item) => events.has(item)) : events.has(value)));
}

/** The instant at which a length of time that begins now is over; undefined where a part of it is null. */
export function endOf(duration: Duration, match: Match, services: PatternServices): number | undefined {
  const period = { months: 0, ms: 0 };
  for (const { amount, months, ms } of duration) {
    const value = services.evaluate(amount, match);
    if (typeof value !== "number" && typeof value !== "bigint") return undefined;
    period.months += Math.trunc(Number(value) * months);
    period.ms += Number(value) * ms;
  }
  return plusPeriod(services.nowMs, { months: period.months, ms: Math.round(period.ms) });
}
