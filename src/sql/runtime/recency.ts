/**
 * In which order the groups of a table were last touched: for whoever lets go of the one that was not for the longest time. A touch is two
 * numbers written, and what it costs to find the oldest is paid for by the touches before: of each group only the latest touch counts, and
 * those before it are passed over once.
 */
export class Recency {
  /** By slot: at which touch it was touched last; 0 where it never was. Replaced when it grows. */
  stamps = new Float64Array(SLOTS_MIN);
  /** The touches so far. */
  now = 0;
  /** The touches in their order, from `#head` up to `#tail`: the slot, and which touch it was. */
  #slots = new Int32Array(TOUCHES_MIN);
  #touches = new Float64Array(TOUCHES_MIN);
  #head = 0;
  #tail = 0;

  /** A slot is given for the first time. */
  open(slot: number): void {
    if (slot >= this.stamps.length) {
      const larger = new Float64Array(Math.max(slot + 1, this.stamps.length * 2));
      larger.set(this.stamps);
      this.stamps = larger;
    }
    this.stamps[slot] = 0;
  }

  touch(slot: number): void {
    if (this.#tail === this.#slots.length) this.#makeRoom();
    this.now++;
    this.stamps[slot] = this.now;
    this.#slots[this.#tail] = slot;
    this.#touches[this.#tail] = this.now;
    this.#tail++;
  }

  /** The slot that was not touched for the longest time. There must be one; it counts as touched never until it is again. */
  takeOldest(): number {
    while (!this.#isLatest(this.#head)) this.#head++;
    return this.#slots[this.#head++]!;
  }

  /** The slots in the order in which they were last touched. */
  order(): number[] {
    const order: number[] = [];
    for (let at = this.#head; at < this.#tail; at++) if (this.#isLatest(at)) order.push(this.#slots[at]!);
    return order;
  }

  /** The slots were given new numbers: `slots[old]` is the new one, -1 for one that is no more. */
  moveSlots(slots: Int32Array): void {
    this.#makeRoom();
    const stamps = new Float64Array(this.stamps.length);
    let tail = 0;
    for (let at = this.#head; at < this.#tail; at++) {
      const slot = slots[this.#slots[at]!]!;
      if (slot === -1) continue;
      stamps[slot] = this.#touches[at]!;
      this.#slots[tail] = slot;
      this.#touches[tail++] = this.#touches[at]!;
    }
    this.stamps = stamps;
    this.#head = 0;
    this.#tail = tail;
  }

  /** As if these slots had been touched one after the other, and no others ever. */
  restore(order: readonly number[]): void {
    this.#head = 0;
    this.#tail = 0;
    this.now = 0;
    this.stamps.fill(0);
    for (const slot of order) this.open(slot);
    for (const slot of order) this.touch(slot);
  }

  get bytes(): number {
    return this.stamps.byteLength + this.#slots.byteLength + this.#touches.byteLength;
  }

  #isLatest(at: number): boolean {
    return this.stamps[this.#slots[at]!] === this.#touches[at];
  }

  /** Forgets touches that others have followed. Where those are few there is room for twice as many, so that they will not be soon again. */
  #makeRoom(): void {
    let tail = 0;
    for (let at = this.#head; at < this.#tail; at++) {
      if (!this.#isLatest(at)) continue;
      this.#slots[tail] = this.#slots[at]!;
      this.#touches[tail++] = this.#touches[at]!;
    }
    this.#head = 0;
    this.#tail = tail;
    if (tail * 2 <= this.#slots.length) return;
    const slots = new Int32Array(this.#slots.length * 2);
    const touches = new Float64Array(this.#slots.length * 2);
    slots.set(this.#slots);
    touches.set(this.#touches);
    this.#slots = slots;
    this.#touches = touches;
  }
}

const SLOTS_MIN = 1024;
const TOUCHES_MIN = 4096;
