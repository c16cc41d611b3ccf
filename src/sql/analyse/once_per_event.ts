import type { Value } from "../../event/index.ts";
import type { Accumulator, AggregateForm } from "../vocabulary.ts";

/**
 * An aggregate of the events of one stream of a join. What the join puts together may hold an event several times, or none of the stream:
 * the aggregate inside hears of an event when it first comes in and last goes out.
 */
export function oncePerEvent(form: AggregateForm): Pick<AggregateForm, "open" | "cells"> {
  return { open: () => new OncePerEvent(form.open()), cells: undefined };
}

class OncePerEvent implements Accumulator {
  readonly #inner: Accumulator;
  #counts = new Map<Value, number>();

  constructor(inner: Accumulator) {
    this.#inner = inner;
  }

  enter(values: readonly Value[]): void {
    const [event = null] = values;
    if (event === null) return;
    const count = this.#counts.get(event) ?? 0;
    this.#counts.set(event, count + 1);
    if (count === 0) this.#inner.enter(values);
  }

  leave(values: readonly Value[]): void {
    const [event = null] = values;
    const count = this.#counts.get(event) ?? 0;
    if (count > 1) this.#counts.set(event, count - 1);
    else if (this.#counts.delete(event)) this.#inner.leave(values);
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
