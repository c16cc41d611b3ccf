import type { Value } from "../../event/index.ts";
import type { Accumulator } from "../vocabulary.ts";

/**
 * Events in order of arrival, each with a value. The base of the aggregates that tell one event from another: what leaves is found by the
 * event itself, for equal values may stand in several places. The oldest usually leaves first, and that costs the same at every length.
 */
export abstract class EventList implements Accumulator {
  #events: Value[] = [];
  #values: Value[] = [];
  #head = 0;

  enter([event = null, value = event]: readonly Value[]): void {
    this.#events.push(event);
    this.#values.push(value);
  }

  leave([event = null]: readonly Value[]): void {
    const at = this.#events.indexOf(event, this.#head);
    if (at === -1) return;
    if (at > this.#head) {
      this.#events.splice(at, 1);
      this.#values.splice(at, 1);
      return;
    }
    this.#head++;
    if (this.#head > COMPACT_MIN && this.#head * 2 > this.#events.length) this.#compact();
  }

  abstract value(nowMs: number): Value;

  save(): unknown {
    this.#compact();
    return [this.#events, this.#values];
  }

  restore(saved: unknown): void {
    [this.#events, this.#values] = saved as [Value[], Value[]];
    this.#head = 0;
  }

  protected get size(): number {
    return this.#events.length - this.#head;
  }

  /** The value of the n-th event, from 0 for the oldest; null where there is none. */
  protected at(index: number): Value {
    return index < 0 ? null : (this.#values[this.#head + index] ?? null);
  }

  protected all(): Value[] {
    return this.#values.slice(this.#head);
  }

  #compact(): void {
    this.#events = this.#events.slice(this.#head);
    this.#values = this.#values.slice(this.#head);
    this.#head = 0;
  }
}

const COMPACT_MIN = 1024;
