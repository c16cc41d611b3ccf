import type { StatementEvent } from "../vocabulary.ts";

/** Events in order of arrival, taken from the front, or now and then from the middle. */
export class Fifo {
  #events: StatementEvent[] = [];
  #head = 0;
  /** Events that were taken from the middle and still stand in the list. */
  #gone = new Set<StatementEvent>();

  get size(): number {
    return this.#events.length - this.#head - this.#gone.size;
  }

  first(): StatementEvent | undefined {
    this.#skipGone();
    return this.#events[this.#head];
  }

  last(): StatementEvent | undefined {
    for (let at = this.#events.length - 1; at >= this.#head; at--) if (!this.#gone.has(this.#events[at]!)) return this.#events[at];
    return undefined;
  }

  push(event: StatementEvent): void {
    this.#events.push(event);
  }

  /** Takes events from the front for as long as `goes` says so. */
  takeWhile(goes: (event: StatementEvent) => boolean): StatementEvent[] {
    const taken: StatementEvent[] = [];
    for (let first = this.first(); first !== undefined && goes(first); first = this.first()) {
      taken.push(first);
      this.#head++;
    }
    // What has been taken is let go of once it is the larger part, so that taking costs the same at every length.
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }

  /** Takes events from the front until `count` are left. */
  takeDown(count: number): StatementEvent[] {
    let more = this.size - count;
    return more <= 0 ? [] : this.takeWhile(() => more-- > 0);
  }

  /** Takes these events out, wherever they stand. All of them must be in. */
  take(events: readonly StatementEvent[]): void {
    for (const event of events) this.#gone.add(event);
    if (this.#gone.size * 2 > this.#events.length - this.#head) this.restore(this.save());
  }

  *[Symbol.iterator](): Generator<StatementEvent> {
    for (let at = this.#head; at < this.#events.length; at++) {
      const event = this.#events[at]!;
      if (!this.#gone.has(event)) yield event;
    }
  }

  save(): unknown {
    return [...this];
  }

  restore(saved: unknown): void {
    this.#events = saved as StatementEvent[];
    this.#head = 0;
    this.#gone = new Set();
  }

  #skipGone(): void {
    while (this.#gone.size > 0 && this.#head < this.#events.length && this.#gone.delete(this.#events[this.#head]!)) this.#head++;
  }
}
