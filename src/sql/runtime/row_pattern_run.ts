import type { Value } from "../../event/index.ts";
import { DueQueue } from "../../kit/index.ts";
import type { Expression } from "../plan/expression.ts";
import type { RowPatternPlan } from "../plan/row_pattern.ts";
import type { Change, StatementEvent } from "../vocabulary.ts";
import type { Evaluate } from "./evaluation.ts";
import { MatchedWindow } from "./matched_window.ts";
import { identityOf } from "./group.ts";
import { bestMatches, endsWith, holdsOneOf, restoredMatch, type RowMatch, savedMatch, valuesOf } from "./row_match.ts";

/** What is kept of the events with one key. */
interface Partition {
  waiting: RowMatch[];
  /** The latest events, the newest first: what `prev` looks into. */
  latest: StatementEvent[];
}

/**
 * A MATCH_RECOGNIZE while it runs: what enters and leaves a stream goes in, matches come out, each as an event whose values are the
 * measures. The choice among matches, what a match skips and the timing of INTERVAL are those of Esper 5.2.
 */
export class RowPatternRun {
  readonly #plan: RowPatternPlan;
  readonly #heldMax: number;
  readonly #keys: readonly Evaluate[];
  readonly #conditions: readonly (Evaluate | undefined)[];
  readonly #measures: readonly Evaluate[];
  readonly #window: MatchedWindow | undefined;
  /** By key, the one that has had no event for the longest first. */
  readonly #partitions = new Map<Value, Partition>();
  /** Complete matches that wait for the end of their interval, by the instant at which they began. */
  readonly #delayed = new Map<number, RowMatch[]>();
  readonly #due = new DueQueue<number>();
  #sequence = 0;
  #held = 0;
  #refused = 0;

  /**
   * `heldMax`: events held by matches at most, where an event counts once for each match that took it. `contents`: what the window holds that
   * the events come from; undefined where there is none.
   */
  constructor(
    plan: RowPatternPlan,
    evaluation: (expression: Expression) => Evaluate,
    heldMax: number,
    contents?: () => Iterable<StatementEvent>,
  ) {
    this.#plan = plan;
    this.#window = contents && new MatchedWindow(contents, plan.previousMax > 0);
    this.#heldMax = heldMax;
    this.#keys = plan.partitionBy.map(evaluation);
    const ready = new Map<Expression, Evaluate>();
    this.#conditions = plan.automaton.states.map(({ condition }) => {
      if (condition !== undefined && !ready.has(condition)) ready.set(condition, evaluation(condition));
      return condition && ready.get(condition);
    });
    this.#measures = plan.measures.map(evaluation);
  }

  /** The matches that a change of the stream completes. */
  update({ entered, left }: Change, nowMs: number): StatementEvent[] {
    if (left.length > 0 && this.#window !== undefined) this.#leave(left, this.#window, nowMs);
    const complete: RowMatch[] = [];
    const failed: RowMatch[] = [];
    for (const event of entered) this.#take(event, nowMs, complete, failed);
    return this.#events(this.#plan.interval === undefined ? this.#atOnce(complete) : this.#afterInterval(complete, failed, nowMs), nowMs);
  }

  nextDueMs(): number | undefined {
    return this.#due.nextDueMs;
  }

  /** The matches whose interval is over. */
  fire(nowMs: number): StatementEvent[] {
    const over = this.#due.takeDue(nowMs).flatMap((beginMs) => this.#delayed.get(beginMs) ?? []);
    for (const { beginMs, count } of over) {
      this.#delayed.delete(beginMs);
      this.#held -= count;
    }
    return this.#events(this.#chosen(over), nowMs);
  }

  /** Events held, for the budget. */
  get size(): number {
    return this.#held;
  }

  /** Matches that were given up for want of room. */
  get refused(): number {
    return this.#refused;
  }

  save(): unknown {
    const partitions = [...this.#partitions].map(([key, { waiting, latest }]) => [key, waiting.map(savedMatch), latest]);
    return [this.#sequence, this.#refused, partitions, [...this.#delayed.values()].flat().map(savedMatch), this.#window?.save()];
  }

  restore(saved: unknown): void {
    const [sequence, refused, partitions, delayed, window] = saved as [
      number,
      number,
      [Value, unknown[], StatementEvent[]][],
      unknown[],
      unknown,
    ];
    [this.#sequence, this.#refused, this.#held] = [sequence, refused, 0];
    this.#partitions.clear();
    this.#delayed.clear();
    this.#due.takeDue(Number.POSITIVE_INFINITY);
    for (const [key, waiting, latest] of partitions) {
      const partition = { waiting: waiting.map(restoredMatch), latest };
      this.#partitions.set(key, partition);
      this.#held += heldBy(partition);
      for (const match of partition.waiting) this.#window?.tookEvents(match);
    }
    if (window !== undefined) this.#window?.restore(window);
    for (const match of delayed) this.#delay(restoredMatch(match));
  }

  /** Goes on with every match that waits in the partition of the event, and begins new ones with it; `again` with one that was taken before. */
  #take(event: StatementEvent, nowMs: number, complete: RowMatch[], failed: RowMatch[], again = false): void {
    const key = identityOf(this.#keys.map((evaluate) => evaluate({ events: [event], aggregates: [], key: [], nowMs })));
    const partition = this.#partitions.get(key) ?? { waiting: [], latest: [] };
    this.#partitions.delete(key);
    this.#held -= heldBy(partition);
    this.#sequence++;
    const fresh = { partition: key, first: this.#sequence, last: this.#sequence, beginMs: nowMs, taken: undefined, count: 0, greedy: NONE };
    const begun = this.#plan.automaton.starts.map((state): RowMatch => ({ ...fresh, state }));
    const waiting: RowMatch[] = [];
    const before = again ? this.#window!.before(event) : partition.latest;
    for (const match of [...partition.waiting, ...begun]) {
      if (this.#accepts(match, event, before, nowMs)) {
        this.#goOn(match, event, waiting, complete);
        if (!again) this.#window?.took(event);
      } else if (this.#plan.automaton.states[match.state]!.final) failed.push(match);
    }
    const { previousMax } = this.#plan;
    if (previousMax > 0 && !again) {
      this.#window?.came(event, before);
      partition.latest = [event, ...before].slice(0, previousMax);
    }
    partition.waiting = waiting;
    this.#keep(key, partition);
  }

  #accepts(match: RowMatch, event: StatementEvent, before: readonly StatementEvent[], nowMs: number): boolean {
    const condition = this.#conditions[match.state];
    if (condition === undefined) return true;
    const { variables, automaton } = this.#plan;
    const values = automaton.states[match.state]!.readsMatch ? valuesOf(match, variables) : [];
    const previous = {
      at: (_event: StatementEvent, index: number) => (index === 0 ? event : before[index - 1]),
      all: () => [],
    };
    return (
      condition({ events: [{ values, timeMs: nowMs }, event], aggregates: [], key: [], nowMs, previous: [undefined, previous] }) === true
    );
  }

  #goOn(match: RowMatch, event: StatementEvent, waiting: RowMatch[], complete: RowMatch[]): void {
    const { variable, greedy, next, final } = this.#plan.automaton.states[match.state]!;
    const longer: RowMatch = {
      ...match,
      last: this.#sequence,
      taken: { variable, event, before: match.taken },
      count: match.count + 1,
      greedy: greedy ? new Map(match.greedy).set(match.state, (match.greedy.get(match.state) ?? 0) + 1) : match.greedy,
    };
    for (const state of next) waiting.push({ ...longer, state });
    if (final) complete.push(longer);
  }

  /** Keeps a partition as the latest. What there is no room for is given up: other partitions first, the oldest of them before. */
  #keep(key: Value, partition: Partition): void {
    if (partition.waiting.length === 0 && partition.latest.length === 0) return;
    for (const [oldest, other] of this.#partitions) {
      if (this.#held + heldBy(partition) <= this.#heldMax) break;
      this.#refused += Math.max(1, other.waiting.length);
      this.#held -= heldBy(other);
      this.#partitions.delete(oldest);
    }
    let room = this.#heldMax - this.#held - partition.latest.length;
    const kept = partition.waiting.filter(({ count }) => (room -= count) >= 0);
    this.#refused += partition.waiting.length - kept.length;
    partition.waiting = kept;
    this.#held += heldBy(partition);
    this.#partitions.set(key, partition);
  }

  /**
   * Events have left the window. As in Esper, no match waits any more when none is left that a match took; and when one leaves that is not the
   * first of those, the window is gone through anew, without what comes out of it, though what has just come is in it already.
   */
  #leave(left: readonly StatementEvent[], window: MatchedWindow, nowMs: number): void {
    const { taken, inOrder } = window.leave(left);
    if (window.isEmpty) this.#forgetAll();
    else this.#forget(new Set(this.#keys.length === 0 ? left : left.filter((_event, at) => at < taken)));
    if (inOrder) return;
    this.#forgetAll();
    window.clear();
    this.#sequence = 0;
    for (const event of window.contents()) this.#take(event, nowMs, [], [], true);
  }

  #forgetAll(): void {
    for (const [key, partition] of this.#partitions) {
      this.#held -= heldBy(partition);
      partition.waiting = [];
      this.#held += heldBy(partition);
      if (partition.latest.length === 0) this.#partitions.delete(key);
    }
  }

  /** Events that left the stream take the matches with them that are not complete. `prev` still finds them. */
  #forget(events: ReadonlySet<StatementEvent>): void {
    for (const [key, partition] of this.#partitions) {
      this.#held -= heldBy(partition);
      partition.waiting = partition.waiting.filter((match) => !holdsOneOf(match, events));
      this.#held += heldBy(partition);
      if (partition.waiting.length === 0 && partition.latest.length === 0) this.#partitions.delete(key);
    }
  }

  #chosen(matches: readonly RowMatch[]): readonly RowMatch[] {
    return this.#plan.allMatches ? matches : bestMatches(matches, this.#plan.skip);
  }

  #atOnce(complete: readonly RowMatch[]): readonly RowMatch[] {
    const matches = this.#chosen(complete);
    if (this.#plan.skip !== "to_current_row") for (const match of matches) this.#skip(match);
    return matches;
  }

  /** Gives up what began within a match, or with its first event. */
  #skip(match: RowMatch): void {
    const through = this.#plan.skip === "past_last_row" ? match.last : match.first;
    const partition = this.#partitions.get(match.partition);
    if (partition === undefined) return;
    this.#held -= heldBy(partition);
    partition.waiting = partition.waiting.filter(({ first }) => first > through);
    this.#held += heldBy(partition);
    if (partition.waiting.length === 0 && partition.latest.length === 0) this.#partitions.delete(match.partition);
  }

  /**
   * Delays what is complete until the interval is over. As in Esper, a match that is complete when half of the interval has passed, and
   * the first that began at its instant, is not delayed. With OR TERMINATED a match that cannot go on, where
   * it could have ended, ends the delay of what it began as.
   */
  #afterInterval(complete: readonly RowMatch[], failed: readonly RowMatch[], nowMs: number): readonly RowMatch[] {
    const { automaton, interval } = this.#plan;
    const { ms, orTerminated } = interval!;
    const atOnce = this.#chosen(complete).filter((match) => {
      if (orTerminated && automaton.states[match.state]!.next.length === 0) return true;
      const passedMs = nowMs - match.beginMs;
      if (!this.#delayed.has(match.beginMs) && passedMs >= ms - passedMs) return true;
      this.#delay(match);
      return false;
    });
    const ended = orTerminated ? failed.flatMap((match) => this.#endedBy(match)) : [];
    return this.#chosen([...atOnce, ...ended]);
  }

  #delay(match: RowMatch): void {
    if (this.#held + match.count > this.#heldMax) {
      this.#refused++;
      return;
    }
    const delayed = this.#delayed.get(match.beginMs);
    this.#held += match.count;
    if (delayed !== undefined) {
      delayed.push(match);
      return;
    }
    this.#delayed.set(match.beginMs, [match]);
    this.#due.set(match.beginMs, match.beginMs + this.#plan.interval!.ms);
  }

  #endedBy(failed: RowMatch): RowMatch[] {
    const delayed = this.#delayed.get(failed.beginMs) ?? [];
    const tested = this.#plan.automaton.states[failed.state]!.variable;
    const ended = delayed.filter((match) => endsWith(failed, match, this.#plan.variables, tested));
    if (ended.length === 0) return ended;
    for (const { count } of ended) this.#held -= count;
    const rest = delayed.filter((match) => !ended.includes(match));
    this.#delayed.set(failed.beginMs, rest);
    if (rest.length === 0) {
      this.#delayed.delete(failed.beginMs);
      this.#due.delete(failed.beginMs);
    }
    return ended;
  }

  #events(matches: readonly RowMatch[], nowMs: number): StatementEvent[] {
    return matches.map((match) => {
      const scope = { events: [{ values: valuesOf(match, this.#plan.variables), timeMs: nowMs }], aggregates: [], key: [], nowMs };
      return { values: this.#measures.map((measure) => measure(scope)), timeMs: nowMs };
    });
  }
}

function heldBy({ waiting, latest }: Partition): number {
  return waiting.reduce((held, { count }) => held + count, latest.length);
}

const NONE: ReadonlyMap<number, number> = new Map();
