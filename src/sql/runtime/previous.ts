import type { Value } from "../../event/index.ts";
import { contains, type Expression } from "../plan/expression.ts";
import type { PreviousPlan } from "../plan/plan.ts";
import type { Change, StatementEvent } from "../vocabulary.ts";
import type { Evaluate } from "./evaluation.ts";
import { identityOf } from "./group.ts";
import type { Previous } from "./interpreter.ts";

/**
 * Gives every event that a window gives on the values of those before it: what `prior` reads. As in Esper, an event that has left knows of them
 * no more once the window has moved again: by then only an output that comes later asks.
 */
export class PriorEvents {
  readonly #max: number;
  #latest: (readonly Value[])[] = [];
  #gone: readonly StatementEvent[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  changed(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    for (const event of this.#gone) Object.assign(event, { prior: [] });
    for (const event of changes.flatMap(({ entered }) => entered)) {
      Object.assign(event, { prior: this.#latest });
      this.#latest = [event.values, ...this.#latest].slice(0, this.#max);
    }
    this.#gone = changes.flatMap(({ left }) => left);
  }

  save(): unknown {
    return [this.#latest, this.#gone];
  }

  restore(saved: unknown): void {
    [this.#latest, this.#gone] = saved as [(readonly Value[])[], readonly StatementEvent[]];
  }
}

/** What `prior` reads of a stream without a window: as in Esper, of whatever event it is asked, it counts from the latest of the stream. */
export class LatestEvents implements Previous {
  readonly #count: number;
  #events: StatementEvent[] = [];

  /** `max`: how far `prior` goes back. */
  constructor(max: number) {
    this.#count = max + 1;
  }

  changed(entered: readonly StatementEvent[]): void {
    for (const event of entered) this.#events.unshift(event);
    if (this.#events.length > this.#count) this.#events.length = this.#count;
  }

  latest(back: number): StatementEvent | undefined {
    return this.#events[back];
  }

  at(): undefined {}

  all(): undefined {}

  save(): unknown {
    return this.#events;
  }

  restore(saved: unknown): void {
    this.#events = (saved as StatementEvent[] | undefined) ?? [];
  }
}

/** What `prev` looks into: the events of the window as of the latest change, or the batch that the change lets go. */
export class PreviousEvents implements Previous {
  readonly #plan: PreviousPlan;
  readonly #keys: readonly Evaluate[];
  readonly #contents: () => Iterable<StatementEvent>;
  /** By key, in order of arrival. */
  readonly #held = new Map<Value, StatementEvent[]>();
  /** As in Esper, all look into the window of the key that moved last, which matters where an output is worked out later. */
  #movedLast: Value | undefined;

  constructor(plan: PreviousPlan, evaluation: (expression: Expression) => Evaluate, contents: () => Iterable<StatementEvent>) {
    this.#plan = plan;
    this.#keys = plan.keys.map(evaluation);
    this.#contents = contents;
  }

  changed(entered: readonly StatementEvent[], left: readonly StatementEvent[]): void {
    if (this.#plan.window === "order") return;
    if (this.#plan.window === "batch") this.#held.clear();
    const last = entered.at(-1) ?? left.at(-1);
    if (this.#plan.window === "arrival" && last !== undefined) this.#movedLast = this.#keyOf(last);
    for (const event of entered) {
      const key = this.#keyOf(event);
      const held = this.#held.get(key);
      if (held === undefined) this.#held.set(key, [event]);
      else held.push(event);
    }
    if (this.#plan.window === "arrival") for (const event of left) this.#forget(event);
  }

  at(event: StatementEvent | undefined, index: number, fromTail: boolean): StatementEvent | undefined {
    const events = this.#eventsOf(event);
    // A batch comes all at once, and each of its events counts from itself.
    const newest = this.#plan.window === "batch" && event !== undefined ? events.indexOf(event) : events.length - 1;
    return newest < 0 ? undefined : events[fromTail || index < 0 ? index : newest - index];
  }

  all(event: StatementEvent | undefined): readonly StatementEvent[] | undefined {
    const events = this.#eventsOf(event);
    return this.#plan.window === "batch" && event !== undefined && !events.includes(event) ? undefined : events.toReversed();
  }

  save(): unknown {
    return { held: [...this.#held], movedLast: this.#movedLast };
  }

  restore(saved: unknown): void {
    this.#held.clear();
    // Before, what was held was saved alone.
    const { held, movedLast } = Array.isArray(saved)
      ? { held: saved as [Value, StatementEvent[]][], movedLast: undefined }
      : (saved as { held: [Value, StatementEvent[]][]; movedLast: Value | undefined });
    for (const [key, events] of held) this.#held.set(key, events);
    this.#movedLast = movedLast;
  }

  /** The oldest first. A window that keeps an order of its own has its first event where others have the newest. */
  #eventsOf(event: StatementEvent | undefined): readonly StatementEvent[] {
    // Where an outer join has no event of the stream, there is no telling which key or batch is meant.
    if (event === undefined && (this.#plan.window === "batch" || this.#keys.length > 0)) return [];
    if (this.#plan.window === "order") return [...this.#contents()].toReversed();
    return this.#held.get(this.#movedLast ?? (event === undefined ? identityOf([]) : this.#keyOf(event))) ?? [];
  }

  #forget(event: StatementEvent): void {
    const key = this.#keyOf(event);
    const held = this.#held.get(key);
    const at = held?.indexOf(event) ?? -1;
    if (held === undefined || at === -1) return;
    if (held.length === 1) this.#held.delete(key);
    else held.splice(at, 1);
  }

  #keyOf(event: StatementEvent): Value {
    const key = this.#keys.map((evaluate) => evaluate({ events: [event], aggregates: [], key: [], nowMs: event.timeMs }));
    return identityOf(key);
  }
}

/** Expressions that find in their scope what `prev` looks into, by stream. */
export function withPrevious(
  evaluation: (expression: Expression) => Evaluate,
  previous: readonly (Previous | undefined)[],
): (expression: Expression) => Evaluate {
  return (expression) => {
    const evaluate = evaluation(expression);
    return contains(expression, ({ op }) => op === "previous") ? (scope) => evaluate({ ...scope, previous }) : evaluate;
  };
}
