import type { Value } from "../../event/index.ts";
import type { StatementEvent } from "../vocabulary.ts";
import { identityOf } from "./group.ts";

/** Events by a key that is worked out of each, in order of arrival. */
export class EventIndex {
  readonly #keyOf: (event: StatementEvent) => readonly Value[];
  readonly #events = new Map<Value, Set<StatementEvent>>();

  constructor(keyOf: (event: StatementEvent) => readonly Value[]) {
    this.#keyOf = keyOf;
  }

  add(event: StatementEvent): void {
    const identity = identityOf(this.#keyOf(event));
    const events = this.#events.get(identity);
    if (events === undefined) this.#events.set(identity, new Set([event]));
    else events.add(event);
  }

  delete(event: StatementEvent): void {
    const identity = identityOf(this.#keyOf(event));
    const events = this.#events.get(identity);
    if (events?.delete(event) === true && events.size === 0) this.#events.delete(identity);
  }

  /** The events of a key. A null is equal to nothing, or at the places of `nulls` to null. */
  find(key: readonly Value[], nulls: readonly boolean[] = []): Iterable<StatementEvent> {
    return key.some((value, at) => value === null && nulls[at] !== true) ? [] : (this.#events.get(identityOf(key)) ?? []);
  }
}
