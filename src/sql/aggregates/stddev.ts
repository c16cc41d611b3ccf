import type { Value } from "../../event/index.ts";
import { type Accumulator, defineAggregate } from "../vocabulary.ts";
import { NUMBER_PARAMETERS, ofDoubles } from "./of_doubles.ts";

export const stddev = defineAggregate({
  name: "stddev",
  summary: "The standard deviation of a sample (divided by n − 1); null for fewer than two values.",
  parameters: NUMBER_PARAMETERS,
  example: "SELECT host, stddev(rt) AS spread FROM access.win:time_batch(1 min) GROUP BY host",
  after: "Esper 5.2 reference, 9.2.1 'SQL-standard functions'",
  resolve: (given) => ofDoubles(given, () => new DeviationAccumulator()),
});

/** Welford's running mean and sum of squared distances, which also run backwards. Of a value that is not finite they would not. */
class DeviationAccumulator implements Accumulator {
  #notFinite = 0;
  #count = 0;
  #mean = 0;
  #squares = 0;

  enter([value = null]: readonly Value[]): void {
    if (value === null) return;
    if (!Number.isFinite(Number(value))) {
      this.#notFinite++;
      return;
    }
    const distance = Number(value) - this.#mean;
    this.#count++;
    this.#mean += distance / this.#count;
    this.#squares += distance * (Number(value) - this.#mean);
  }

  leave([value = null]: readonly Value[]): void {
    if (value === null) return;
    if (!Number.isFinite(Number(value))) {
      this.#notFinite--;
      return;
    }
    if (this.#count <= 1) {
      [this.#count, this.#mean, this.#squares] = [0, 0, 0];
      return;
    }
    const distance = Number(value) - this.#mean;
    this.#count--;
    this.#mean -= distance / this.#count;
    this.#squares -= distance * (Number(value) - this.#mean);
  }

  value(): Value {
    // Taking values out can leave a hair below 0 where all are equal, and NaN is then what Esper gives.
    if (this.#count + this.#notFinite < 2) return null;
    return this.#notFinite > 0 ? Number.NaN : Math.sqrt(this.#squares / (this.#count - 1));
  }

  save(): unknown {
    return [this.#count, this.#mean, this.#squares, this.#notFinite];
  }

  restore(saved: unknown): void {
    [this.#count, this.#mean, this.#squares, this.#notFinite] = saved as [number, number, number, number];
  }
}
