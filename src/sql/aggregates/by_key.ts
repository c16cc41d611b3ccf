import { isList, type Value } from "../../event/index.ts";
import { order } from "../operations/comparison.ts";
import { listOf } from "../plan/type.ts";
import { type Accumulator, type AggregateArguments, type AggregateDefinition, type AggregateForm, defineAggregate } from "../vocabulary.ts";

/** `maxby(size, rt).host`: the event of the window that is first or last by one or more values. */
export function byKey(name: string, sign: -1 | 1): AggregateDefinition {
  return defineAggregate({
    name,
    summary: `The event whose values are the ${sign < 0 ? "smallest" : "largest"} of those in the window; of equal ones the first to come.`,
    parameters: [{ name: "values", kind: "expression", doc: "What events are compared by; DESC turns one around." }],
    example: `SELECT ${name}(size).host AS host FROM access.win:time_batch(1 min)`,
    after: "Esper 5.2 reference, 9.2.3 'Aggregation functions for use with data windows'",
    resolve: (given) => formOf(given, () => new SortedEvents(given.descending, sign < 0 ? "first" : "last")),
  });
}

/** As `byKey`, of all events there ever were. */
export function byKeyEver(name: string, sign: -1 | 1): AggregateDefinition {
  return defineAggregate({
    name,
    summary: `The event whose values are the ${sign < 0 ? "smallest" : "largest"} there ever were; of equal ones the first to come.`,
    parameters: [{ name: "values", kind: "expression", doc: "What events are compared by; DESC turns one around." }],
    example: `SELECT ${name}(size).host AS host FROM access`,
    after: "Esper 5.2 reference, 9.2.2 'Ever functions'",
    resolve(given) {
      const form = formOf(given, () => new BestEver(given.descending, sign));
      return typeof form === "string" ? form : { ...form, ever: true };
    },
  });
}

export const sorted = defineAggregate({
  name: "sorted",
  summary: "The events of the window in order of one or more values; equal ones in order of arrival.",
  parameters: [{ name: "values", kind: "expression", doc: "What events are sorted by; DESC turns one around." }],
  example: "SELECT sorted(size desc).firstOf().host AS host FROM access.win:time_batch(1 min)",
  after: "Esper 5.2 reference, 9.2.3 'Aggregation functions for use with data windows'",
  resolve(given) {
    const form = formOf(given, () => new SortedEvents(given.descending, "all"));
    return typeof form === "string" ? form : { ...form, type: listOf(given.row), ofWindow: true };
  },
});

function formOf({ types, star, row }: AggregateArguments, open: () => Accumulator): AggregateForm | string {
  if (star || types.length === 0) return "it takes one or more values to compare by.";
  return { type: row, values: types.length, takesEvent: true, open, cells: undefined };
}

interface Entry {
  readonly event: Value;
  readonly key: readonly Value[];
}

class SortedEvents implements Accumulator {
  readonly #descending: readonly boolean[];
  readonly #wanted: "first" | "last" | "all";
  #entries: Entry[] = [];

  constructor(descending: readonly boolean[], wanted: "first" | "last" | "all") {
    this.#descending = descending;
    this.#wanted = wanted;
  }

  enter([event = null, ...key]: readonly Value[]): void {
    this.#entries.splice(this.#bound(key, true), 0, { event, key });
  }

  leave([event = null, ...key]: readonly Value[]): void {
    const end = this.#bound(key, true);
    for (let at = this.#bound(key, false); at < end; at++) {
      if (this.#entries[at]!.event !== event) continue;
      this.#entries.splice(at, 1);
      return;
    }
  }

  value(): Value {
    if (this.#entries.length === 0) return null;
    if (this.#wanted === "all") return this.#entries.map(({ event }) => event);
    if (this.#wanted === "first") return this.#entries[0]!.event;
    return this.#entries[this.#bound(this.#entries.at(-1)!.key, false)]!.event;
  }

  save(): unknown {
    return this.#entries;
  }

  restore(saved: unknown): void {
    this.#entries = saved as Entry[];
  }

  /** Where entries of this key begin, or (`behind`) where they end. */
  #bound(key: readonly Value[], behind: boolean): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const compared = compareKeys(this.#entries[middle]!.key, key, this.#descending);
      if (compared < 0 || (behind && compared === 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

class BestEver implements Accumulator {
  readonly #descending: readonly boolean[];
  readonly #sign: -1 | 1;
  #best: Entry | undefined;

  constructor(descending: readonly boolean[], sign: -1 | 1) {
    this.#descending = descending;
    this.#sign = sign;
  }

  enter([event = null, ...key]: readonly Value[]): void {
    // As in Esper, where there is one key an event that lacks it gives way to any other.
    const isKeyless = this.#best?.key.length === 1 && this.#best.key[0] === null;
    if (this.#best === undefined || isKeyless || compareKeys(key, this.#best.key, this.#descending) * this.#sign > 0)
      this.#best = { event, key };
  }

  leave(): void {}

  value(): Value {
    return this.#best?.event ?? null;
  }

  save(): unknown {
    return this.#best;
  }

  restore(saved: unknown): void {
    this.#best = saved as Entry | undefined;
  }
}

function compareKeys(left: readonly Value[], right: readonly Value[], descending: readonly boolean[]): number {
  for (const [at, value] of left.entries()) {
    const other = right[at] ?? null;
    if (isList(value) || isList(other)) continue;
    const compared = order(value, other);
    if (compared !== 0) return descending[at] === true ? -compared : compared;
  }
  return 0;
}
