import type { StatementEvent } from "../vocabulary.ts";
import { eventsOf, type RowMatch } from "./row_match.ts";

/** Of the window that a MATCH_RECOGNIZE finds its matches in, the events that a match took, in the order in which they came. */
export class MatchedWindow {
  readonly contents: () => Iterable<StatementEvent>;
  readonly #looksBack: boolean;
  readonly #taken = new Set<StatementEvent>();
  /** What came before each event of the window, where `prev` asks for it. */
  readonly #before = new Map<StatementEvent, readonly StatementEvent[]>();

  constructor(contents: () => Iterable<StatementEvent>, looksBack: boolean) {
    this.contents = contents;
    this.#looksBack = looksBack;
  }

  get isEmpty(): boolean {
    return this.#taken.size === 0;
  }

  /** A match took an event. */
  took(event: StatementEvent): void {
    this.#taken.add(event);
  }

  /** A match that waits took events, before the window was kept. */
  tookEvents(match: RowMatch): void {
    for (const event of eventsOf(match)) this.#taken.add(event);
  }

  /** An event came behind others. */
  came(event: StatementEvent, before: readonly StatementEvent[]): void {
    if (this.#looksBack) this.#before.set(event, before);
  }

  before(event: StatementEvent): readonly StatementEvent[] {
    return this.#before.get(event) ?? [];
  }

  /** Events leave: how many of them a match had taken, and whether each of those was the first. */
  leave(events: readonly StatementEvent[]): { readonly taken: number; readonly inOrder: boolean } {
    let [first] = this.#taken;
    let taken = 0;
    let inOrder = true;
    for (const event of events) {
      this.#before.delete(event);
      if (!this.#taken.delete(event)) continue;
      taken++;
      if (event !== first) inOrder = false;
      if (this.#taken.size > 0) [first] = this.#taken;
    }
    return { taken, inOrder };
  }

  clear(): void {
    this.#taken.clear();
  }

  save(): unknown {
    return [this.#taken, this.#before];
  }

  restore(saved: unknown): void {
    const [taken, before] = saved as [ReadonlySet<StatementEvent>, ReadonlyMap<StatementEvent, readonly StatementEvent[]>];
    this.#taken.clear();
    this.#before.clear();
    for (const event of taken) this.#taken.add(event);
    for (const [event, events] of before) this.#before.set(event, events);
  }
}
