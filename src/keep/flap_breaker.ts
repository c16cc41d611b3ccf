/** How often one item may be put back within `windowMs` before it is left alone. */
export interface FlapLimit {
  readonly repairsMax: number;
  readonly windowMs: number;
}

/**
 * Notices that something else keeps undoing an item. Two tools that each put their own state back would do so for ever; after
 * `repairsMax` repairs within the window the item is left alone until the oldest of them has left the window, and a person is told.
 */
export class FlapBreaker {
  readonly #limit: FlapLimit;
  readonly #repairs = new Map<string, number[]>();

  constructor(limit: FlapLimit) {
    this.#limit = limit;
  }

  /** An item that was there had to be put back. */
  repaired(key: string, nowMs: number): void {
    const times = this.#recent(key, nowMs);
    times.push(nowMs);
    this.#repairs.set(key, times);
  }

  /** Until when the item is left alone (epoch ms); undefined while it may be put back. */
  heldUntilMs(key: string, nowMs: number): number | undefined {
    const times = this.#recent(key, nowMs);
    return times.length >= this.#limit.repairsMax ? times[0]! + this.#limit.windowMs : undefined;
  }

  /** Forgets the items of which nobody speaks any more and the repairs that are long past. */
  tidy(nowMs: number, isWanted: (key: string) => boolean): void {
    for (const key of this.#repairs.keys()) if (!isWanted(key) || this.#recent(key, nowMs).length === 0) this.#repairs.delete(key);
  }

  #recent(key: string, nowMs: number): number[] {
    return (this.#repairs.get(key) ?? []).filter((timeMs) => timeMs > nowMs - this.#limit.windowMs);
  }
}
