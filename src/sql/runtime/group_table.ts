import { Dictionary, type Value } from "../../event/index.ts";
import type { Accumulator } from "../vocabulary.ts";
import { identityOf } from "./group.ts";
import { PairTable } from "./pair_table.ts";
import type { Recency } from "./recency.ts";

export interface GroupTableOptions {
  /** What a fresh group holds, number by number; the first counts its events. */
  readonly initial: readonly number[];
  /** The accumulators of a fresh group, for aggregates that are not numbers. */
  readonly openAccumulators: () => Accumulator[];
  /** For each part of the key whether it is a string. */
  readonly stringKeys: readonly boolean[];
  readonly groups_max: number;
  /** With it, a new group beyond `groups_max` takes the slot of the one that was not touched for the longest time. */
  readonly recency: Recency | undefined;
  /** Told of a group that is about to lose its slot so. */
  readonly givesWay: (slot: number) => void;
  /** Whether a group with no events now must stay all the same. */
  readonly isHeld: (slot: number) => boolean;
  /** Groups were given new slots: `slots[old]` is the new one, -1 for a group that is gone. */
  readonly moved: (slots: Int32Array) => void;
}

/**
 * The groups of a statement, each in a slot of one row-major array of numbers. Generated code reads and writes the public arrays; they are
 * replaced when they grow, so it takes them anew after every `open`.
 *
 * A group that is done keeps its slot until slots run short, so that keys that come again are found at once. An attacker chooses the
 * keys: at `groups_max` a new group takes the slot of one that is done, and where there is none it is refused and counted, or the group that
 * was not touched for the longest time makes room; at a cost that does not depend on how many groups there are.
 */
export class GroupTable {
  readonly #options: GroupTableOptions;
  readonly #stride: number;
  readonly recency: Recency | undefined;
  #capacity = SLOTS_MIN;
  #rebuildAt: number;
  /** Slots given. */
  count = 0;
  state: Float64Array;
  /** Slot + 1 by number of the key; 0 where it has none. The null key of a single part has number 0, a code has code + 1. */
  slotOf: Int32Array = new Int32Array(SLOTS_MIN);
  /** The parts of the key by part, then by slot. */
  readonly keys: Value[][];
  readonly accumulators: Accumulator[][] = [];
  /** Longs beyond 2^53, by index into `state`. */
  readonly wide = new Map<number, bigint>();
  readonly coders: readonly KeyCoder[];
  #pairs: PairTable[] = [];
  /** Groups that may be done, of a table in which every slot is given; undefined before one was looked for. */
  #done: number[] | undefined;
  /** Events whose group was refused. */
  refused = 0;
  /** Groups that made room for others. */
  evicted = 0;

  constructor(options: GroupTableOptions) {
    this.#options = options;
    this.#stride = options.initial.length;
    this.recency = options.recency;
    this.#rebuildAt = SLOTS_REBUILD_MIN;
    this.state = new Float64Array(SLOTS_MIN * this.#stride);
    this.keys = options.stringKeys.map(() => []);
    this.coders = options.stringKeys.map(
      (isString, part) =>
        new KeyCoder(isString, () => {
          this.rebuild();
          return this.keys[part]!;
        }),
    );
    this.#pairs = this.#freshPairs();
  }

  /** Makes room for keys whose codes are below `codeCount`, so that generated code need not look at bounds. */
  ensureCodes(codeCount: number): void {
    if (codeCount + 1 <= this.slotOf.length) return;
    this.slotOf = enlarged(this.slotOf, codeCount + 1);
  }

  /** The number of a key of several parts by their codes. */
  numberOf(codes: readonly number[]): number {
    let number = codes[0]!;
    for (let part = 1; part < codes.length; part++) number = this.#pairs[part - 1]!.number(number, codes[part]!);
    return number + 1;
  }

  /** As `numberOf`, for two parts. */
  numberOfTwo(first: number, second: number): number {
    return this.#pairs[0]!.number(first, second) + 1;
  }

  /** A slot for a key that has none, and the number of that key; -1 when the table is full. */
  open(key: readonly Value[], number: number): number {
    const isFull = this.count >= this.#options.groups_max;
    if (this.#numbersGiven > this.#numbersMax || (!isFull && this.count >= this.#rebuildAt)) {
      this.rebuild();
      this.#rebuildAt = Math.max(SLOTS_REBUILD_MIN, this.count * 2);
      return this.open(key, this.#numberOfKey(key));
    }
    if (!isFull) return this.#append(key, number);
    const slot = this.recency === undefined ? this.#doneSlot() : this.#oldestSlot(this.recency);
    if (slot === -1) {
      this.refused++;
      return -1;
    }
    this.slotOf[this.#numberOfKey(this.keys.map((part) => part[slot]!))] = 0;
    return this.#place(slot, key, number);
  }

  /** Whether it has to be told of groups that may be done. */
  get looksForDone(): boolean {
    return this.#done !== undefined;
  }

  /** The group may be done from here on: events have left it and that was put out, or the batch in which they were is forgotten. */
  left(slot: number): void {
    if (this.#done === undefined || this.state[slot * this.#stride]! > 0) return;
    this.#done.push(slot);
    // Groups that come and go while no key is new are in it many times: they are looked for anew.
    if (this.#done.length > DONE_FACTOR * this.count) this.#done = undefined;
  }

  /** Forgets groups that are done, and numbers slots and keys anew. */
  rebuild(): void {
    const slots = new Int32Array(this.count).fill(-1);
    const before = this.count;
    const kept: number[] = [];
    for (let slot = 0; slot < before; slot++) {
      if (this.#isDone(slot)) continue;
      slots[slot] = kept.push(slot) - 1;
    }
    kept.forEach((from, to) => this.#move(from, to));
    this.count = kept.length;
    this.#done = undefined;
    for (const part of this.keys) part.length = kept.length;
    this.accumulators.length = kept.length;
    this.#moveWide(slots);
    this.#renumber(slots);
    this.recency?.moveSlots(slots);
    this.#options.moved(slots);
  }

  /** Sets the numbers of a group back to those of a fresh one. */
  clear(slot: number): void {
    const at = slot * this.#stride;
    for (let cell = 0; cell < this.#stride; cell++) this.state[at + cell] = this.#options.initial[cell]!;
    if (this.wide.size > 0) for (let cell = 0; cell < this.#stride; cell++) this.wide.delete(at + cell);
    this.accumulators[slot] = this.#options.openAccumulators();
  }

  /** About how many bytes it holds. */
  get bytes(): number {
    return (
      (this.recency?.bytes ?? 0) +
      this.state.byteLength +
      this.slotOf.byteLength +
      this.count * (this.keys.length * KEY_BYTES + this.#options.openAccumulators().length * ACCUMULATOR_BYTES)
    );
  }

  save(): SavedTable {
    this.rebuild();
    const accumulators = this.accumulators.map((group) => group.map((accumulator) => accumulator.save()));
    const saved = [this.keys, this.state.slice(0, this.count * this.#stride), accumulators, this.wide, this.refused] as const;
    return this.recency === undefined ? saved : [...saved, { order: this.recency.order(), evicted: this.evicted }];
  }

  restore([keys, state, accumulators, wide, refused, use]: SavedTable): void {
    this.count = 0;
    this.#done = undefined;
    this.slotOf.fill(0);
    for (const part of this.keys) part.length = 0;
    const groups = state.length / this.#stride;
    for (let slot = 0; slot < groups; slot++) {
      const key = keys.map((part) => part[slot]!);
      this.#append(key, this.#numberOfKey(key));
      this.accumulators[slot]!.forEach((accumulator, index) => accumulator.restore(accumulators[slot]![index]));
    }
    this.state.set(state);
    this.wide.clear();
    for (const [index, value] of wide) this.wide.set(index, value);
    this.refused = refused;
    this.evicted = use?.evicted ?? 0;
    if (use !== undefined) this.recency?.restore(use.order);
  }

  close(): void {
    for (const coder of this.coders) coder.release();
  }

  #append(key: readonly Value[], number: number): number {
    this.recency?.open(this.count);
    return this.#place(this.count++, key, number);
  }

  #place(slot: number, key: readonly Value[], number: number): number {
    if (slot >= this.#capacity) {
      this.#capacity *= 2;
      this.state = enlarged(this.state, this.#capacity * this.#stride);
    }
    if (number >= this.slotOf.length) this.slotOf = enlarged(this.slotOf, number + 1);
    this.slotOf[number] = slot + 1;
    for (let part = 0; part < key.length; part++) this.keys[part]![slot] = key[part]!;
    this.clear(slot);
    return slot;
  }

  /**
   * A slot whose group is done; -1 where there is none. All slots are looked at once: from then on those that become so are told. One that is
   * held is told of when it no longer is.
   */
  #doneSlot(): number {
    this.#done ??= Array.from({ length: this.count }, (_, slot) => slot);
    for (;;) {
      const slot = this.#done.pop();
      if (slot === undefined) return -1;
      if (this.#isDone(slot)) return slot;
    }
  }

  /** The slot of the group that was not touched for the longest time. Those that are done are before all others. */
  #oldestSlot(recency: Recency): number {
    const slot = recency.takeOldest();
    this.#options.givesWay(slot);
    if (!this.#isDone(slot)) this.evicted++;
    return slot;
  }

  #isDone(slot: number): boolean {
    return this.state[slot * this.#stride]! <= 0 && !this.#options.isHeld(slot);
  }

  /** Numbers of keys that only `rebuild` takes back: also of those that were refused, of which there may be any number. */
  get #numbersGiven(): number {
    const values = this.coders.reduce((sum, { size }) => sum + size, 0);
    return this.#pairs.reduce((sum, { count }) => sum + count, values);
  }

  /** So many that giving them anew costs little for each. */
  get #numbersMax(): number {
    return 2 * (this.coders.length + this.#pairs.length) * Math.max(SLOTS_REBUILD_MIN, this.count);
  }

  #numberOfKey(key: readonly Value[]): number {
    if (key.length === 0) return 0;
    return this.numberOf(key.map((value, part) => this.coders[part]!.codeOf(value)));
  }

  #move(from: number, to: number): void {
    if (from === to) return;
    this.state.copyWithin(to * this.#stride, from * this.#stride, (from + 1) * this.#stride);
    for (const part of this.keys) part[to] = part[from]!;
    this.accumulators[to] = this.accumulators[from]!;
  }

  #moveWide(slots: Int32Array): void {
    const entries = [...this.wide];
    this.wide.clear();
    for (const [index, value] of entries) {
      const slot = slots[Math.floor(index / this.#stride)] ?? -1;
      if (slot !== -1) this.wide.set(slot * this.#stride + (index % this.#stride), value);
    }
  }

  /** `slots[old]` is the new slot of a group, -1 for one that is gone. */
  #renumber(slots: Int32Array): void {
    if (this.coders.length === 1 && this.coders[0]!.isBound) {
      // The numbers are the codes of a column, which stay: no text is looked up.
      for (let number = 0; number < this.slotOf.length; number++) {
        const slot = this.slotOf[number]!;
        if (slot > 0) this.slotOf[number] = slots[slot - 1]! + 1;
      }
      return;
    }
    for (const coder of this.coders) coder.reset();
    this.#pairs = this.#freshPairs();
    this.slotOf.fill(0);
    for (let slot = 0; slot < this.count; slot++) {
      const number = this.#numberOfKey(this.keys.map((part) => part[slot]!));
      if (number >= this.slotOf.length) this.slotOf = enlarged(this.slotOf, number + 1);
      this.slotOf[number] = slot + 1;
    }
  }

  #freshPairs(): PairTable[] {
    return this.#options.stringKeys.slice(1).map(() => new PairTable());
  }
}

/**
 * The keys by part, then by slot; the numbers; the accumulators by slot; longs beyond 2^53 by index; the events refused; and where groups make
 * room for others the slots in the order of their last touch.
 */
export type SavedTable = readonly [Value[][], Float64Array, unknown[][], ReadonlyMap<number, bigint>, number, (SavedUse | undefined)?];

interface SavedUse {
  readonly order: readonly number[];
  readonly evicted: number;
}

/**
 * Gives each value of one part of the key a code: strings by a dictionary (the one their column comes with, once bound, so that the codes
 * of the column are the codes of the key), other values by a map. Null is -1.
 */
export class KeyCoder {
  readonly #isString: boolean;
  readonly #stillNeeded: () => readonly Value[];
  #dictionary: Dictionary | undefined;
  #release: (() => void) | undefined;
  readonly #codes = new Map<Value, number>();

  /** `stillNeeded` forgets what is done and gives the strings that are not: asked when a bound dictionary is swept. */
  constructor(isString: boolean, stillNeeded: () => readonly Value[]) {
    this.#isString = isString;
    this.#stillNeeded = stillNeeded;
  }

  /** Whether codes of `dictionary` are codes of this key. The first one to ask is bound for good. */
  bind(dictionary: Dictionary): boolean {
    if (this.#dictionary === undefined && this.#isString) {
      this.#dictionary = dictionary;
      this.#release = dictionary.hold({
        markCodes: (marks) => {
          for (const text of this.#stillNeeded()) if (typeof text === "string") marks[dictionary.codeOf(text)] = 1;
        },
        // Nothing to forget: `stillNeeded` has left no other code behind.
        forgetCodes: () => undefined,
      });
    }
    return this.#dictionary === dictionary;
  }

  /** Whether its codes are those of a column. */
  get isBound(): boolean {
    return this.#release !== undefined;
  }

  codeOf(value: Value): number {
    if (value === null) return -1;
    if (typeof value === "string") return (this.#dictionary ??= new Dictionary()).codeOf(value);
    // Of hashes and arrays it counts what is in them, as for the interpreter; each event has its own.
    const identity = typeof value === "object" ? identityOf([value]) : value;
    let code = this.#codes.get(identity);
    if (code === undefined) {
      code = this.#codes.size;
      this.#codes.set(identity, code);
    }
    return code;
  }

  /** Codes that it gave itself. */
  get size(): number {
    return this.#codes.size + (this.#release === undefined ? (this.#dictionary?.size ?? 0) : 0);
  }

  /** Forgets every code that it gave itself. */
  reset(): void {
    if (this.#release === undefined) this.#dictionary = undefined;
    this.#codes.clear();
  }

  release(): void {
    this.#release?.();
  }
}

function enlarged<A extends Int32Array | Float64Array>(array: A, length: number): A {
  const size = Math.max(length, array.length * 2);
  const larger = array instanceof Int32Array ? new Int32Array(size) : new Float64Array(size);
  larger.set(array);
  return larger as A;
}

const SLOTS_MIN = 1024;
/** Below this many slots nothing is gained by giving them back. */
const SLOTS_REBUILD_MIN = 65_536;
/** How often a group may be among those that may be done before they are gone through. */
const DONE_FACTOR = 4;
/** Estimates for a key string with its slot, and for an accumulator object. */
const KEY_BYTES = 64;
const ACCUMULATOR_BYTES = 120;
