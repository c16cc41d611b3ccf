import type { Value } from "../../event/index.ts";
import type { Accumulator, AggregateForm } from "../vocabulary.ts";

/** An aggregate of the distinct values only: the one inside hears of a value when its first comes in and its last goes out. */
export function distinctAggregate(form: AggregateForm): Pick<AggregateForm, "open" | "cells"> {
  return { open: () => new DistinctAccumulator(form.open()), cells: undefined };
}

class DistinctAccumulator implements Accumulator {
  readonly #inner: Accumulator;
  #counts = new Map<Value, number>();

  constructor(inner: Accumulator) {
    this.#inner = inner;
  }

  enter(values: readonly Value[]): void {
    const key = values[0] ?? null;
    const count = this.#counts.get(key) ?? 0;
    this.#counts.set(key, count + 1);
    if (count === 0) this.#inner.enter(values);
  }

  leave(values: readonly Value[]): void {
    const key = values[0] ?? null;
    const count = this.#counts.get(key) ?? 0;
    if (count > 1) {
      this.#counts.set(key, count - 1);
    } else if (this.#counts.delete(key)) {
      this.#inner.leave(values);
    }
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
