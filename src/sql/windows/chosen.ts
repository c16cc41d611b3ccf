import { type Change, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";

/** A window that takes some events and not others, and lets none go by itself: what the `first` windows share. */
export class ChosenWindow implements Window {
  readonly #takes: (event: StatementEvent, held: number) => boolean;
  readonly #held = new Set<StatementEvent>();

  constructor(takes: (event: StatementEvent, held: number) => boolean) {
    this.#takes = takes;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    const left = leaving.filter((event) => this.#held.delete(event));
    const entered = arriving.filter((event) => {
      const takes = this.#takes(event, this.#held.size);
      if (takes) this.#held.add(event);
      return takes;
    });
    return entered.length === 0 && left.length === 0 ? NO_CHANGE : [{ entered, left }];
  }

  contents(): Iterable<StatementEvent> {
    return this.#held;
  }

  size(): number {
    return this.#held.size;
  }

  save(): unknown {
    return this.#held;
  }

  restore(saved: unknown): void {
    this.#held.clear();
    for (const event of saved as Set<StatementEvent>) this.#held.add(event);
  }
}
