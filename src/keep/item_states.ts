import type { Clock } from "../kit/index.ts";
import type { ItemState } from "./place.ts";

/** How each item stands at one place, and since when. */
export class ItemStates {
  readonly #clock: Clock;
  readonly #states = new Map<string, ItemState>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(key: string): ItemState | undefined {
    return this.#states.get(key);
  }

  set(key: string, state: ItemState["state"], why?: string): void {
    const known = this.#states.get(key);
    if (known !== undefined && known.state === state && known.why === why) return;
    this.#states.set(key, { state, why, sinceMs: known?.state === state ? known.sinceMs : this.#clock.nowMs() });
  }

  delete(key: string): void {
    this.#states.delete(key);
  }

  /** Forgets every item that `keeps` says nothing of any more. */
  retain(keeps: (key: string) => boolean): void {
    for (const key of this.#states.keys()) if (!keeps(key)) this.#states.delete(key);
  }

  counts(): Record<ItemState["state"], number> {
    const counts = { enforced: 0, pending: 0, over_capacity: 0, failed: 0 };
    for (const { state } of this.#states.values()) counts[state]++;
    return counts;
  }
}
