import { setImmediate } from "node:timers/promises";

/** Gives way to others in between, in a pass over so many items that it would hold them up. A short pass is not interrupted. */
export class Turns {
  readonly #isLong: boolean;
  #count = 0;

  constructor(items: number) {
    this.#isLong = items > SLICE;
  }

  /** Asked once an item: true when it is time to give way. */
  isDue(): boolean {
    return this.#isLong && ++this.#count % SLICE === 0;
  }

  /** Lets others run first. */
  async next(): Promise<void> {
    if (this.#isLong) await setImmediate();
  }
}

/** Some milliseconds of work. */
const SLICE = 5000;
