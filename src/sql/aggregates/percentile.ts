import type { Value } from "../../event/index.ts";
import { type Accumulator, defineAggregate } from "../vocabulary.ts";
import { NUMBER_PARAMETERS, ofDoubles } from "./of_doubles.ts";
import { SortedNumbers } from "./sorted_numbers.ts";

export const percentile = defineAggregate({
  name: "percentile",
  summary:
    "The smallest of the values such that so many percent of them are not above it (nearest rank): always a value that was there, never one " +
    "between two. Exact: every number of the window is kept, 8 bytes each. Null when there are none.",
  parameters: [
    NUMBER_PARAMETERS[0],
    { name: "percent", kind: "number", doc: "A constant from 0, the smallest, to 100, the largest; 99.9 is one too." },
    NUMBER_PARAMETERS[1],
  ],
  example: "SELECT path, percentile(rt, 99) AS slow FROM access.win:time_batch(1 min) GROUP BY path",
  after: "Hotaka; nearest rank as in Hyndman & Fan, 'Sample Quantiles in Statistical Packages' (1996), definition 1",
  resolve(given) {
    const percent = given.constants[1];
    if (typeof percent !== "number" || !(percent >= 0 && percent <= 100)) return "its percent is a constant from 0 to 100.";
    const form = ofDoubles(given, () => new PercentileAccumulator(percent));
    return typeof form === "string" ? form : { ...form, constants: 1 };
  },
});

class PercentileAccumulator implements Accumulator {
  readonly #percent: number;
  readonly #values = new SortedNumbers();

  constructor(percent: number) {
    this.#percent = percent;
  }

  enter([value = null]: readonly Value[]): void {
    if (value !== null) this.#values.add(Number(value));
  }

  leave([value = null]: readonly Value[]): void {
    if (value !== null) this.#values.delete(Number(value));
  }

  value(): Value {
    const rank = Math.ceil((this.#values.size * this.#percent) / 100);
    return this.#values.at(Math.max(rank, 1) - 1) ?? null;
  }

  save(): unknown {
    return this.#values.save();
  }

  restore(saved: unknown): void {
    this.#values.restore(saved);
  }
}
