import type { Value } from "../../event/index.ts";
import type { Accumulator, AggregateForm } from "../vocabulary.ts";

/** An aggregate of the distinct values only: the one inside hears of a value when its first comes in and its last goes out. */
export function distinctAggregate(form: AggregateForm): Pick<AggregateForm, "open" | "cells"> {
  return { open: () => new CountedValues(form.open(), true), cells: undefined };
}

/**
 * An aggregate of the events of one stream of a join. What the join puts together may hold an event several times, or none of the stream:
 * the aggregate inside hears of an event when it first comes in and last goes out, and of none where there is none.
 */
export function oncePerEvent(form: AggregateForm): Pick<AggregateForm, "open" | "cells"> {
  return { open: () => new CountedValues(form.open(), false), cells: undefined };
}

class CountedValues implements Accumulator {
  readonly #inner: Accumulator;
  readonly #takesNull: boolean;
  #counts = new Map<Value, number>();

  constructor(inner: Accumulator, takesNull: boolean) {
    this.#inner = inner;
    this.#takesNull = takesNull;
  }

  enter(values: readonly Value[], nowMs: number): void {
    const [key = null] = values;
    if (key === null && !this.#takesNull) return;
    const count = this.#counts.get(key) ?? 0;
    this.#counts.set(key, count + 1);
    if (count === 0) this.#inner.enter(values, nowMs);
  }

  leave(values: readonly Value[]): void {
    const [key = null] = values;
    const count = this.#counts.get(key) ?? 0;
    if (count > 1) this.#counts.set(key, count - 1);
    // As in Esper, a value that has not come in, since OUTPUT AFTER took no notice of it, goes out as the last of its kind.
    else if (this.#counts.delete(key) || this.#takesNull) this.#inner.leave(values);
  }

  value(nowMs: number): Value {
    return this.#inner.value(nowMs);
  }

  save(): unknown {
    return [this.#counts, this.#inner.save()];
  }

  restore(saved: unknown): void {
    const [counts, inner] = saved as [Map<Value, number>, unknown];
    this.#counts = counts;
    this.#inner.restore(inner);
  }
}
