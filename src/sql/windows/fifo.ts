import type { StatementEvent } from "../vocabulary.ts";

/** Events in order of arrival, taken from the front. */
export class Fifo {
  #events: StatementEvent[] = [];
  #head = 0;

  get size(): number {
    return this.#events.length - this.#head;
  }

  first(): StatementEvent | undefined {
    return this.#events[this.#head];
  }

  push(event: StatementEvent): void {
    this.#events.push(event);
  }

  /** Takes events from the front for as long as `goes` says so. */
  takeWhile(goes: (event: StatementEvent) => boolean): StatementEvent[] {
    const from = this.#head;
    while (this.#head < this.#events.length && goes(this.#events[this.#head]!)) this.#head++;
    const taken = this.#events.slice(from, this.#head);
    // What has been taken is let go of once it is the larger part, so that taking costs the same at every length.
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }

  save(): unknown {
    return this.#events.slice(this.#head);
  }

  restore(saved: unknown): void {
    this.#events = saved as StatementEvent[];
    this.#head = 0;
  }
}
