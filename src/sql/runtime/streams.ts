import type { Expression } from "../plan/expression.ts";
import type { Plan } from "../plan/plan.ts";
import type { Change, StatementEvent, Tuple } from "../vocabulary.ts";
import type { Evaluate } from "./evaluation.ts";
import { EventStream, type StreamBounds } from "./event_stream.ts";
import { Join } from "./join.ts";
import type { Previous } from "./interpreter.ts";
import type { TupleChange } from "./processor.ts";

/** A change of tuples, with the end of the window they were in where the window has one that is not the instant itself. */
export interface Move extends TupleChange {
  readonly endMs?: number | undefined;
  /** It is taken in without rows. */
  readonly silent?: true | undefined;
}

/** An event that enters a stream. */
export interface Arrival {
  readonly stream: EventStream;
  readonly event: StatementEvent;
}

/** The streams of a statement, and the join of them where there are several. */
export class Streams {
  readonly #streams: readonly EventStream[];
  readonly #join: Join | undefined;
  /** What several events do that arrive at once, or several windows of keys at one instant, is one move: where rows are put in order, or compared. */
  readonly #together: boolean;

  constructor(plan: Plan, evaluation: (expression: Expression) => Evaluate, startMs: number, bounds: StreamBounds) {
    this.#streams = plan.streams.map((stream) => new EventStream(stream, evaluation, startMs, bounds));
    this.#join = plan.streams.length === 1 ? undefined : new Join(plan, evaluation);
    const pattern = plan.streams[0]!.pattern;
    this.#together =
      pattern?.suppressOverlapping === true || pattern?.discardPartials === true || (plan.orderBy.length > 0 && plan.limiter === undefined);
  }

  /** The streams of a target whose filter lets the event through. */
  takers(target: string, event: StatementEvent): readonly EventStream[] {
    return this.#streams.filter((stream) => stream.plan.pattern === undefined && stream.plan.target === target && stream.passes(event));
  }

  take(arrivals: readonly Arrival[], nowMs: number): Iterable<Move> {
    if (this.#join !== undefined || this.#together || arrivals.length === 1) {
      return this.#moves((stream) => arrivals.flatMap((arrival) => (arrival.stream === stream ? stream.take(arrival.event, nowMs) : [])));
    }
    return this.#oneByOne(arrivals, nowMs);
  }

  *#oneByOne(arrivals: readonly Arrival[], nowMs: number): Generator<Move> {
    for (const { stream, event } of arrivals) yield* this.#moves(() => stream.take(event, nowMs));
  }

  nextDueMs(): number | undefined {
    const due = this.#streams.map((stream) => stream.nextDueMs()).filter((dueMs) => dueMs !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** All that are due at one instant move together: what leaves at that instant is joined before any of it is gone. */
  fire(nowMs: number): Iterable<Move> {
    return this.#moves((stream) => (stream.nextDueMs() === nowMs ? stream.fire(nowMs) : []));
  }

  finish(nowMs: number): Iterable<Move> {
    return this.#moves((stream) => stream.finish(nowMs));
  }

  /** What the windows hold: events, or the tuples of the join. */
  contents(): Tuple[] {
    return this.#join === undefined ? [...this.#streams[0]!.contents()].map((event) => [event]) : this.#join.contents();
  }

  /** The streams of matches. */
  get patterns(): readonly EventStream[] {
    return this.#streams.filter((stream) => stream.plan.pattern !== undefined);
  }

  /** What `prev` looks into, by stream; undefined where no stream is looked into. */
  get previous(): readonly (Previous | undefined)[] | undefined {
    const previous = this.#streams.map((stream) => stream.previous);
    return previous.every((one) => one === undefined) ? undefined : previous;
  }

  get size(): number {
    return this.#streams.reduce((size, stream) => size + stream.size, 0);
  }

  /** As `EventStream.evicted`, of all streams. */
  get evicted(): number {
    return this.#streams.reduce((sum, { evicted }) => sum + evicted, 0);
  }

  /** As `EventStream.matches`, of all streams. */
  get matches(): { readonly held: number; readonly refused: number } {
    const all = this.#streams.map((stream) => stream.matches);
    return { held: all.reduce((sum, { held }) => sum + held, 0), refused: all.reduce((sum, { refused }) => sum + refused, 0) };
  }

  save(): unknown {
    return [this.#streams.map((stream) => stream.save()), this.#join?.save()];
  }

  restore(saved: unknown): void {
    const [streams, join] = saved as [unknown[], unknown];
    this.#streams.forEach((stream, index) => stream.restore(streams[index]));
    this.#join?.restore(join);
  }

  /** One move at a time: what `prev` looks into is as of the move in hand. */
  *#moves(changesOf: (stream: EventStream) => readonly Change[]): Generator<Move> {
    if (this.#join === undefined) {
      const [stream] = this.#streams;
      const changes = changesOf(stream!);
      for (const { entered, left, endMs, silent } of this.#together ? merged(changes) : changes) {
        stream!.previous?.changed(entered, left);
        yield { entered: entered.map((event) => [event]), left: left.map((event) => [event]), endMs, silent };
      }
      return;
    }
    const changes = this.#streams.map((stream) => {
      const all = changesOf(stream);
      for (const { entered, left } of all) stream.previous?.changed(entered, left);
      return { entered: all.flatMap(({ entered }) => entered), left: all.flatMap(({ left }) => left) };
    });
    const change = this.#join.update(changes);
    if (change.entered.length > 0 || change.left.length > 0) yield change;
  }
}

function merged(changes: readonly Change[]): readonly Change[] {
  if (changes.length < 2) return changes;
  const silent = changes.filter((change) => change.silent === true);
  const told = changes.filter((change) => change.silent !== true);
  if (told.length < 2) return changes;
  return [...silent, { ...told.at(-1)!, entered: told.flatMap(({ entered }) => entered), left: told.flatMap(({ left }) => left) }];
}
