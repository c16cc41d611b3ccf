import type { Value } from "../../event/index.ts";
import { type Accumulator, defineAggregate } from "../vocabulary.ts";
import { DistinctSketch } from "./distinct_sketch.ts";

export const approxCountDistinct = defineAggregate({
  name: "approx_count_distinct",
  summary:
    "About how many different values there are, in bounded memory: exact up to 1024 of them; beyond, the standard error is 1.6 percent, so " +
    "that 95 of 100 answers are within 3.3 percent. At most 900 KB for each group, however many events there are. Also in sliding windows. " +
    "The hash has no secret: who may choose the values can make them count for less; count(distinct x) is never misled.",
  parameters: [
    { name: "value", kind: "expression", doc: "What is counted; null is not." },
    { name: "filter", kind: "condition", doc: "Only events for which it holds.", optional: true },
  ],
  example: "SELECT host, approx_count_distinct(path) AS paths FROM access.win:time_batch(1 min) GROUP BY host",
  after: "Hotaka; HyperLogLog (Flajolet et al. 2007) with counters, read by the estimator of Ertl (2017)",
  resolve({ types: [type], star }) {
    if (star || type === undefined) return "it takes a value.";
    return { type: "long", values: 1, open: () => new ApproxCountDistinct(), cells: undefined };
  },
});

class ApproxCountDistinct implements Accumulator {
  readonly #sketch = new DistinctSketch();

  enter([value = null]: readonly Value[]): void {
    if (value !== null) this.#sketch.add(value);
  }

  leave([value = null]: readonly Value[]): void {
    if (value !== null) this.#sketch.delete(value);
  }

  value(): Value {
    return this.#sketch.estimate();
  }

  save(): unknown {
    return this.#sketch.save();
  }

  restore(saved: unknown): void {
    this.#sketch.restore(saved);
  }
}
