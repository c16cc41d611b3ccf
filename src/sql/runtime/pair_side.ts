import type { Value } from "../../event/index.ts";
import type { Stay } from "../plan/pair_join.ts";
import { IDS_MIN, longer, type PairKeys } from "./pair_keys.ts";

/**
 * The events that one stream of a join holds, in a ring by order of arrival: no event objects, but the fields that are read, in columns. Those
 * of one key hang together from the oldest to the newest, so whatever leaves, leaves from the front of its chain.
 */
export class PairSide {
  /** By number of a key: where the oldest event with it stands, -1 for none. */
  first: Int32Array = new Int32Array(IDS_MIN).fill(-1);
  /** By place: where the next event with the same key stands, -1 for none. */
  next: Int32Array = new Int32Array(RING_MIN);
  /** The fields that are read, each by place. */
  readonly columns: Value[][];
  size = 0;
  readonly #keys: PairKeys;
  readonly #stay: Stay;
  #last: Int32Array = new Int32Array(IDS_MIN).fill(-1);
  #times: Float64Array = new Float64Array(RING_MIN);
  #ids: Int32Array = new Int32Array(RING_MIN);
  #mask = RING_MIN - 1;
  #head = 0;

  constructor(keys: PairKeys, stay: Stay, columns: number) {
    this.#keys = keys;
    this.#stay = stay;
    this.columns = Array.from({ length: columns }, () => emptyColumn(RING_MIN));
  }

  /** When the oldest event leaves by its age; infinite where none does. */
  get dueMs(): number {
    return this.size === 0 || this.#stay.by === "count" ? Number.POSITIVE_INFINITY : this.#times[this.#head]! + this.#stay.ageMs;
  }

  /** Takes in an event, and lets one go where they stay by number. Returns its place, at which its fields are to be written. */
  push(id: number, timeMs: number): number {
    if (this.size > this.#mask) this.#grow();
    const place = (this.#head + this.size++) & this.#mask;
    this.#times[place] = timeMs;
    this.#ids[place] = id;
    this.next[place] = -1;
    if (id !== 0) this.#hang(place, id);
    if (this.#stay.by === "count" && this.size > this.#stay.count) this.#pop();
    return place;
  }

  /** Lets go of the events that have reached their age. */
  expire(nowMs: number): void {
    while (this.dueMs <= nowMs) this.#pop();
  }

  save(): SavedSide {
    const places = Array.from({ length: this.size }, (_, index) => (this.#head + index) & this.#mask);
    return {
      times: Float64Array.from(places, (place) => this.#times[place]!),
      keys: places.map((place) => this.#keys.value(this.#ids[place]!)),
      columns: this.columns.map((column) => places.map((place) => column[place]!)),
    };
  }

  restore({ times, keys, columns }: SavedSide): void {
    for (const [index, timeMs] of times.entries()) {
      const place = this.push(this.#keys.idOf(keys[index]!), timeMs);
      for (const [at, column] of columns.entries()) this.columns[at]![place] = column[index]!;
    }
  }

  #hang(place: number, id: number): void {
    while (id >= this.first.length) {
      this.first = longer(this.first, -1);
      this.#last = longer(this.#last, -1);
    }
    const last = this.#last[id]!;
    if (last === -1) this.first[id] = place;
    else this.next[last] = place;
    this.#last[id] = place;
    this.#keys.hold(id);
  }

  #pop(): void {
    const place = this.#head;
    const id = this.#ids[place]!;
    if (id !== 0) {
      const next = this.next[place]!;
      this.first[id] = next;
      if (next === -1) this.#last[id] = -1;
      this.#keys.release(id);
    }
    for (const column of this.columns) column[place] = null;
    this.#head = (place + 1) & this.#mask;
    this.size--;
  }

  /** Twice the room. The ring is full, so what stands before its head moves behind what stands from it on, and nothing else moves. */
  #grow(): void {
    const capacity = this.#mask + 1;
    const turned = (place: number): number => (place >= 0 && place < this.#head ? place + capacity : place);
    const times = new Float64Array(capacity * 2);
    const ids = new Int32Array(capacity * 2);
    const next = new Int32Array(capacity * 2);
    for (let place = 0; place < capacity; place++) {
      times[turned(place)] = this.#times[place]!;
      ids[turned(place)] = this.#ids[place]!;
      next[turned(place)] = turned(this.next[place]!);
    }
    for (const [at, column] of this.columns.entries()) {
      const longerColumn = emptyColumn(capacity * 2);
      for (let place = 0; place < capacity; place++) longerColumn[turned(place)] = column[place]!;
      this.columns[at] = longerColumn;
    }
    this.first = this.first.map(turned);
    this.#last = this.#last.map(turned);
    [this.#times, this.#ids, this.next, this.#mask] = [times, ids, next, capacity * 2 - 1];
  }
}

export interface SavedSide {
  readonly times: Float64Array;
  readonly keys: readonly Value[];
  readonly columns: readonly (readonly Value[])[];
}

function emptyColumn(length: number): Value[] {
  return Array.from({ length }, () => null);
}

const RING_MIN = 1024;
