import type { Value } from "../../event/index.ts";
import { order } from "../operations/comparison.ts";
import type { ExpressionParameter } from "../plan/parameter.ts";
import type { StatementEvent } from "../vocabulary.ts";

interface Entry {
  readonly key: readonly Value[];
  readonly event: StatementEvent;
}

/** Events in the order of a sort key; equal ones in order of arrival, the latest first or last. */
export class SortedEvents {
  readonly #descending: readonly boolean[];
  readonly #keyOf: (event: StatementEvent) => readonly Value[];
  readonly #latest: "first" | "last";
  #entries: Entry[] = [];

  constructor(
    parameters: readonly ExpressionParameter[],
    evaluate: (parameter: ExpressionParameter, event: StatementEvent) => Value,
    latest: "first" | "last",
  ) {
    this.#descending = parameters.map(({ descending }) => descending);
    this.#keyOf = (event) => parameters.map((parameter) => evaluate(parameter, event));
    this.#latest = latest;
  }

  get size(): number {
    return this.#entries.length;
  }

  add(event: StatementEvent): void {
    const key = this.#keyOf(event);
    this.#entries.splice(this.#place(key, this.#latest === "last"), 0, { key, event });
  }

  delete(event: StatementEvent): boolean {
    const from = this.#place(this.#keyOf(event), false);
    const at = this.#entries.findIndex((entry, index) => index >= from && entry.event === event);
    if (at !== -1) this.#entries.splice(at, 1);
    return at !== -1;
  }

  /** Whether all it is sorted by is one null. */
  hasNoKey(event: StatementEvent): boolean {
    return this.#descending.length === 1 && this.#keyOf(event)[0] === null;
  }

  /** Of the events that stand with `like`, takes the first that fits. */
  takeFirstBeside(like: StatementEvent, fits: (event: StatementEvent) => boolean): StatementEvent | undefined {
    const key = this.#keyOf(like);
    const end = this.#place(key, true);
    for (let at = this.#place(key, false); at < end; at++) if (fits(this.#entries[at]!.event)) return this.#entries.splice(at, 1)[0]!.event;
    return undefined;
  }

  takeLast(): StatementEvent | undefined {
    return this.#entries.pop()?.event;
  }

  /** Of the last and those equal to it, the one that stands first. */
  takeFirstOfLast(): StatementEvent | undefined {
    const last = this.#entries.at(-1);
    return last && this.#entries.splice(this.#place(last.key, false), 1)[0]!.event;
  }

  /** Takes events from the front for as long as `goes` says so. */
  takeWhile(goes: (event: StatementEvent) => boolean): StatementEvent[] {
    let count = 0;
    while (count < this.#entries.length && goes(this.#entries[count]!.event)) count++;
    return this.#entries.splice(0, count).map(({ event }) => event);
  }

  first(): StatementEvent | undefined {
    return this.#entries[0]?.event;
  }

  *[Symbol.iterator](): Generator<StatementEvent> {
    for (const { event } of this.#entries) yield event;
  }

  save(): unknown {
    return this.#entries;
  }

  restore(saved: unknown): void {
    this.#entries = saved as Entry[];
  }

  /** Where the key belongs: behind its equals, or before them. */
  #place(key: readonly Value[], behind: boolean): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const compared = this.#compare(this.#entries[middle]!.key, key);
      if (compared < 0 || (behind && compared === 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(left: readonly Value[], right: readonly Value[]): number {
    for (const [index, descending] of this.#descending.entries()) {
      const compared = order(left[index] ?? null, right[index] ?? null);
      if (compared !== 0) return descending ? -compared : compared;
    }
    return 0;
  }
}
