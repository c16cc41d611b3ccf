import type { Batch, Row, Use } from "../event/index.ts";
import type { FieldCondition } from "./plan/field_condition.ts";
import type { Plan } from "./plan/plan.ts";
import type { Reading } from "./plan/reading.ts";
import type { SharedStates } from "./shared_states.ts";

/**
 * A running query: compiled code over its own state. It is a function of (events, advances of time): the same inputs give the same rows,
 * on any clock. It reads no clock, starts no timer, does no I/O.
 */
export interface Statement {
  readonly name: string;
  /** The output columns in the order of the select list. */
  readonly columns: readonly OutputColumn[];
  /** The fields it reads, by target. */
  readonly demand: ReadonlyMap<string, ReadonlyMap<string, Use>>;
  /** The target that its rows become events of by INSERT INTO, with the fields that they bring; undefined without. */
  readonly insertInto: Plan["insertInto"];
  /** Which events it is to be handed: two statements see the same only where this is the same. */
  readonly reading: Reading;
  /**
   * Takes the events of one target in order. Before each row the clock of the statement moves to its time (never back: a row that is
   * earlier is taken at the present instant), firing what is due on the way, each at its own time.
   */
  accept(batch: Batch): void;
  /** Time passes: fires what is due up to and including `timeMs`, each at its own time, in order. */
  advanceTo(timeMs: number): void;
  /**
   * No more events will come: closes what only an event could have closed (win:ext_timed_batch), as if one had come right after the last.
   * For the end of a replay; a statement that has finished takes no more events.
   */
  finish(): void;
  /** When time alone will make it fire next (epoch ms); undefined while nothing waits. */
  nextDueMs(): number | undefined;
  /** Everything it would need to go on as if nothing had happened, as bytes. */
  save(): Uint8Array;
  /**
   * Takes up what `save` of a statement of the same text gave. False, and unchanged, when the bytes are of another plan or version. Where it
   * had a state in common with others, that is found in `shared`.
   */
  restore(saved: Uint8Array, shared?: SharedStates): boolean;
  /** What it has in common with other statements, which is saved apart, once for all of them. */
  readonly sharedState?: SharedState | undefined;
  /** What it holds against its budget. */
  usage(): StatementUsage;
  close(): void;
  /** How it takes only those events that concern it, where it can say which these are. Undefined: it must be handed every event. */
  readonly selective?: Selective | undefined;
}

/**
 * A statement that need not see every event: those for which its `interest` does not hold change nothing but the time, and how many events
 * there were. Rows that it is handed beyond those do no harm.
 */
export interface Selective {
  readonly interest: FieldCondition;
  /** From here on `take` is called in place of `accept`. */
  follow(stream: FollowedStream): void;
  /** Takes the rows `rows[0]` to `rows[count - 1]`, in order, of the batch that the stream is at. Time moves on to the end of the batch. */
  take(batch: Batch, rows: Int32Array, count: number): void;
  /** Whether it must be told of the next batch even if none of its rows is of interest. */
  readonly waitsForAny: boolean;
}

/** A state that several statements have in common. */
export interface SharedState {
  /** Different from that of any other state, in any process. */
  readonly id: string;
  save(): Uint8Array;
}

/** All events of a target, as those see them that are handed only some. */
export interface FollowedStream {
  /** The clock as it is at each row of the batch in hand. */
  readonly clock: Float64Array;
  /** The clock now, or at the end of the batch in hand. */
  readonly nowMs: number;
  /** Events that came, with those of the batch in hand; and of them those that came before the clock reached `timeMs`. */
  readonly events: number;
  eventsBefore(timeMs: number): number;
  /** The clock when the event of that number came, counted from 0; it is of the batch in hand. */
  clockAt(event: number): number;
}

/** One item of the select list. */
export interface OutputColumn {
  readonly name: string;
  readonly type: string;
}

/** What a statement holds, to be seen beside its budget. */
export interface StatementUsage {
  /** Groups and events held now, and about how many bytes they take. */
  readonly groups: number;
  readonly events: number;
  readonly bytes: number;
  /** Events that were not taken because the budget was used up. */
  readonly refused: number;
  /** Groups that made room for others because the budget was used up. */
  readonly evicted: number;
}

/** Rows as they leave a statement: what a new-data listener of Esper is told at one instant. */
export interface Delivery {
  /** The instant on the clock of the statement at which the rows came out. Epoch ms. */
  readonly timeMs: number;
  /**
   * The time the rows are of: the end of their window. The same as `timeMs`, except for a window that is moved by a time its events carry
   * (win:ext_timed_batch), which learns of its end late.
   */
  readonly endMs: number;
  /** The insert stream. */
  readonly rows: readonly Row[];
  /** The remove stream, where the query asked for it. */
  readonly removed: readonly Row[];
  /** With INSERT INTO: the rows that become events of its target, under the names they have there. */
  readonly inserted?: readonly Row[];
}

export type Sink = (delivery: Delivery) => void;

/** What a statement may hold. */
export interface Budget {
  readonly groups_max: number;
  readonly events_max: number;
  /** What becomes of a new group beyond `groups_max`. Events beyond `events_max` are refused by either. */
  readonly when_full: (typeof WHEN_FULL)[number];
}

/**
 * What may become of a new group where there are as many as there may be:
 * - `refuse`: the event is not taken, and counted; groups that stand go on exactly.
 * - `evict`: it is taken, and the group that was not touched for the longest time is forgotten, and counted. Groups are then also the keys
 *   of windows that hold something for each key.
 */
export const WHEN_FULL = ["refuse", "evict"] as const;

/** Whether two budgets say the same, where each may leave things unsaid. */
export function isSameBudget(left: Partial<Budget> = {}, right: Partial<Budget> = {}): boolean {
  return left.groups_max === right.groups_max && left.events_max === right.events_max && left.when_full === right.when_full;
}

/** A million groups are some 100 MB; ten million events in windows some 400 MB. */
export const DEFAULT_BUDGET: Budget = { groups_max: 1_000_000, events_max: 10_000_000, when_full: "refuse" };
