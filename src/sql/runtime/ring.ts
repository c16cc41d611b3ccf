import type { Value } from "../../event/index.ts";

/**
 * What a sliding window must remember of each event to let it go: its time, its group, and the values its aggregates took. Columns of
 * numbers in a ring; no event objects. Generated code writes at `tail & mask` and reads at `head & mask`; both only grow.
 */
export class Ring {
  head = 0;
  tail = 0;
  mask = RING_MIN - 1;
  times = new Float64Array(RING_MIN);
  /** -1 for an event that is in the window but in no group; and where `since` is later than the event, its group is no more. */
  slots = new Int32Array(RING_MIN);
  /** Bit n is set where the n-th argument was taken. */
  taken = new Int32Array(RING_MIN);
  /** By argument: its values, for arguments that are numbers. */
  readonly numbers: Float64Array[];
  /** By argument: its values, for the others. */
  readonly values: (readonly Value[])[][];
  /** By argument: longs beyond 2^53, by place in the sequence of all events. */
  readonly wide: Map<number, bigint>[];
  /** By slot: the first event of the group that has it now, by place in the sequence of all events. Kept only where slots change hands. */
  since: Float64Array = new Float64Array(0);

  constructor(args: number) {
    this.numbers = Array.from({ length: args }, () => new Float64Array(RING_MIN));
    this.values = Array.from({ length: args }, () => []);
    this.wide = Array.from({ length: args }, () => new Map<number, bigint>());
  }

  get size(): number {
    return this.tail - this.head;
  }

  get bytes(): number {
    return (this.mask + 1) * (16 + 8 * this.numbers.length);
  }

  /** Makes room for one more event. */
  grow(): void {
    const capacity = (this.mask + 1) * 2;
    this.times = this.#moved(this.times, new Float64Array(capacity));
    this.slots = this.#moved(this.slots, new Int32Array(capacity));
    this.taken = this.#moved(this.taken, new Int32Array(capacity));
    for (const [argument, column] of this.numbers.entries()) this.numbers[argument] = this.#moved(column, new Float64Array(capacity));
    for (const [argument, column] of this.values.entries()) {
      if (column.length > 0) this.values[argument] = this.#listMoved(column, capacity - 1);
    }
    this.mask = capacity - 1;
  }

  /** From the event to come on, `slot` is that of another group. */
  changeHands(slot: number): void {
    if (slot >= this.since.length) {
      const larger = new Float64Array(Math.max(RING_MIN, (slot + 1) * 2));
      larger.set(this.since);
      this.since = larger;
    }
    this.since[slot] = this.tail;
  }

  /** The oldest event is of a group that is no more: forgets what is kept of it elsewhere. */
  passOver(): void {
    for (const values of this.wide) values.delete(this.head);
  }

  /** Writes a value that is a long: a bigint aside, a number in its column. */
  setLong(argument: number, value: number | bigint): void {
    if (typeof value === "bigint") this.wide[argument]!.set(this.tail, value);
    this.numbers[argument]![this.tail & this.mask] = Number(value);
  }

  /** Reads, for the last time, the long of the oldest event. */
  takeLong(argument: number): number | bigint {
    const wide = this.wide[argument]!;
    const value = wide.size === 0 ? undefined : wide.get(this.head);
    if (value === undefined) return this.numbers[argument]![this.head & this.mask]!;
    wide.delete(this.head);
    return value;
  }

  /** The groups were given new slots. */
  moveSlots(slots: Int32Array): void {
    for (let at = this.head; at < this.tail; at++) {
      const slot = this.slots[at & this.mask]!;
      if (slot !== -1) this.slots[at & this.mask] = slots[slot]!;
    }
    if (this.since.length === 0) return;
    const since = new Float64Array(this.since.length);
    for (const [from, to] of slots.entries()) if (to !== -1) since[to] = this.since[from]!;
    this.since = since;
  }

  save(): SavedRing {
    const { size } = this;
    const places = Array.from({ length: size }, (_, index) => (this.head + index) & this.mask);
    // What is saved is of groups that stand, whichever policy the statement has that takes it up.
    const slots = Int32Array.from(places, (at, index) => (this.#isOfStanding(this.slots[at]!, index) ? this.slots[at]! : -1));
    const wide = this.wide.map((values) =>
      [...values].map(([at, value]) => [at - this.head, value] as const).filter(([index]) => slots[index] !== -1),
    );
    return {
      times: Float64Array.from(places, (at) => this.times[at]!),
      slots,
      taken: Int32Array.from(places, (at) => this.taken[at]!),
      numbers: this.numbers.map((column) => Float64Array.from(places, (at) => column[at]!)),
      values: this.values.map((column) => (column.length === 0 ? [] : places.map((at) => column[at]!))),
      wide,
    };
  }

  restore({ times, slots, taken, numbers, values, wide }: SavedRing): void {
    this.since = new Float64Array(0);
    this.head = 0;
    this.tail = 0;
    while (this.mask + 1 < times.length) this.grow();
    this.tail = times.length;
    this.times.set(times);
    this.slots.set(slots);
    this.taken.set(taken);
    for (const [argument, column] of numbers.entries()) this.numbers[argument]!.set(column);
    for (const [argument, column] of values.entries()) this.values[argument] = [...column];
    for (const [argument, entries] of wide.entries()) {
      this.wide[argument]!.clear();
      for (const [at, value] of entries) this.wide[argument]!.set(at, value);
    }
  }

  /** Whether the event that stands so far behind the oldest is of the group that has the slot now. */
  #isOfStanding(slot: number, index: number): boolean {
    return slot !== -1 && !(this.head + index < this.since[slot]!);
  }

  #moved<A extends Float64Array | Int32Array>(from: A, to: A): A {
    for (let at = this.head; at < this.tail; at++) to[at & (to.length - 1)] = from[at & this.mask]!;
    return to;
  }

  #listMoved(from: readonly (readonly Value[])[], mask: number): (readonly Value[])[] {
    const to: (readonly Value[])[] = [];
    for (let at = this.head; at < this.tail; at++) to[at & mask] = from[at & this.mask]!;
    return to;
  }
}

export interface SavedRing {
  readonly times: Float64Array;
  readonly slots: Int32Array;
  readonly taken: Int32Array;
  readonly numbers: readonly Float64Array[];
  readonly values: readonly (readonly (readonly Value[])[])[];
  readonly wide: readonly (readonly (readonly [number, bigint])[])[];
}

const RING_MIN = 1024;
