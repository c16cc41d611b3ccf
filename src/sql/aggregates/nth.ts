import type { Value } from "../../event/index.ts";
import { type Accumulator, defineAggregate } from "../vocabulary.ts";
import { placeOf } from "./positional.ts";

export const nth = defineAggregate({
  name: "nth",
  summary: "The value of the event that came so many events before the last one.",
  parameters: [
    { name: "value", kind: "expression", doc: "Any value." },
    { name: "place", kind: "count", doc: "0 for the last event, 1 for the one before it." },
  ],
  example: "SELECT host, nth(path, 1) AS page_before FROM access.win:time_batch(1 min) GROUP BY host",
  after: "Esper 5.2 reference, 9.2.1 'SQL-standard functions'",
  resolve(given) {
    const [type] = given.types;
    if (given.star || type === undefined) return "it takes a value and a place.";
    if (given.types.length > 2) return "it takes a value and a place, and no filter.";
    const place = placeOf(given, 1);
    if (typeof place === "string") return place;
    return { type, values: 1, constants: 1, open: () => new NthLast(place), cells: undefined };
  },
});

/**
 * The last values that came, one more than its place. As in Esper it is the order of arrival that counts: a window that lets go of others
 * than its oldest leaves them standing here, until fewer are held than are remembered.
 */
class NthLast implements Accumulator {
  readonly #place: number;
  #latest: Value[] = [];
  #held = 0;

  constructor(place: number) {
    this.#place = place;
  }

  enter([value = null]: readonly Value[]): void {
    this.#held++;
    this.#latest.push(value);
    if (this.#latest.length > this.#place + 1) this.#latest.shift();
  }

  leave(): void {
    this.#held--;
    if (this.#latest.length > this.#held) this.#latest.shift();
  }

  value(): Value {
    return this.#latest.length > this.#place ? this.#latest[0]! : null;
  }

  save(): unknown {
    return [this.#latest, this.#held];
  }

  restore(saved: unknown): void {
    [this.#latest, this.#held] = saved as [Value[], number];
  }
}
