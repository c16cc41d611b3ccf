import type { Value } from "../../event/index.ts";
import { type Accumulator, defineAggregate } from "../vocabulary.ts";
import { NUMBER_PARAMETERS, ofDoubles } from "./of_doubles.ts";
import { SortedNumbers } from "./sorted_numbers.ts";

export const median = defineAggregate({
  name: "median",
  summary: "The middle one of the values that are not null, or the mean of the two in the middle; null when there are none.",
  parameters: NUMBER_PARAMETERS,
  example: "SELECT host, median(rt) AS rt FROM access.win:time_batch(1 min) GROUP BY host",
  after: "Esper 5.2 reference, 9.2.1 'SQL-standard functions'",
  resolve: (given) => ofDoubles(given, () => new MedianAccumulator()),
});

class MedianAccumulator implements Accumulator {
  readonly #values = new SortedNumbers();

  enter([value = null]: readonly Value[]): void {
    if (value !== null) this.#values.add(Number(value));
  }

  leave([value = null]: readonly Value[]): void {
    if (value !== null) this.#values.delete(Number(value));
  }

  value(): Value {
    const { size } = this.#values;
    const upper = this.#values.at(size >> 1);
    if (upper === undefined) return null;
    return size % 2 === 1 ? upper : (this.#values.at((size >> 1) - 1)! + upper) / 2;
  }

  save(): unknown {
    return this.#values.save();
  }

  restore(saved: unknown): void {
    this.#values.restore(saved);
  }
}
