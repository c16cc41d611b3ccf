import type { Value } from "../../event/index.ts";
import { type Accumulator, defineAggregate } from "../vocabulary.ts";
import { NUMBER_PARAMETERS, ofDoubles } from "./of_doubles.ts";

export const avedev = defineAggregate({
  name: "avedev",
  summary: "The mean distance of the values from their mean; null when there are none.",
  parameters: NUMBER_PARAMETERS,
  example: "SELECT host, avedev(rt) AS spread FROM access.win:time_batch(1 min) GROUP BY host",
  after: "Esper 5.2 reference, 9.2.1 'SQL-standard functions'",
  resolve: (given) => ofDoubles(given, () => new MeanDeviationAccumulator()),
});

/** The distinct values with how often each is held: the mean moves with every event, so the distances are added up when asked for. */
class MeanDeviationAccumulator implements Accumulator {
  #counts = new Map<number, number>();
  #size = 0;
  #sum = 0;

  enter([value = null]: readonly Value[]): void {
    if (value === null) return;
    const number = Number(value);
    this.#counts.set(number, (this.#counts.get(number) ?? 0) + 1);
    this.#size++;
    this.#sum += number;
  }

  leave([value = null]: readonly Value[]): void {
    if (value === null) return;
    const number = Number(value);
    const count = this.#counts.get(number) ?? 0;
    if (count > 1) this.#counts.set(number, count - 1);
    else this.#counts.delete(number);
    this.#size--;
    this.#sum = this.#size === 0 ? 0 : this.#sum - number;
  }

  value(): Value {
    if (this.#size === 0) return null;
    const mean = this.#sum / this.#size;
    let total = 0;
    for (const [number, count] of this.#counts) total += Math.abs(number - mean) * count;
    return total / this.#size;
  }

  save(): unknown {
    return [this.#counts, this.#size, this.#sum];
  }

  restore(saved: unknown): void {
    [this.#counts, this.#size, this.#sum] = saved as [Map<number, number>, number, number];
  }
}
