import type { Row, Value } from "../../event/index.ts";
import type { GroupCode } from "../generate/group_code.ts";
import type { Clear, Expire, GroupRuntime, MakeRows, Pick } from "../generate/group_runtime.ts";
import { nextWall, periodOf } from "../plan/period.ts";
import type { Plan } from "../plan/plan.ts";
import type { Budget, FollowedStream, StatementUsage } from "../statement.ts";
import type { Pace } from "../vocabulary.ts";
import type { GroupTable, SavedTable } from "./group_table.ts";
import { Ring, type SavedRing } from "./ring.ts";

interface Collected {
  readonly rows: Row[];
  readonly sortKeys: (readonly Value[])[];
}

interface RunningOptions {
  readonly plan: Plan;
  readonly pace: Pace | undefined;
  readonly table: GroupTable;
  readonly code: GroupCode;
  readonly args: number;
  readonly budget: Budget;
  readonly startMs: number;
}

/** A query over the groups: how its rows are made, and where they go. */
export interface GroupOutput {
  readonly pick: Pick;
  readonly makeRows: MakeRows;
  /** A sort key for each row, where the query has an order. */
  deliver(rows: Row[], sortKeys: readonly (readonly Value[])[], nowMs: number, endMs: number): void;
}

/** The state of a query over groups between two batches, and what happens when its window moves. */
export class Running implements GroupRuntime {
  readonly #plan: Plan;
  readonly #pace: Pace | undefined;
  outputs: readonly GroupOutput[] = [];
  readonly #clear: Clear;
  readonly table: GroupTable;
  readonly ring: Ring;
  readonly expire: Expire;
  readonly events_max: number;
  nowMs: number;
  /** When time alone closes the batch or lets the oldest event go; Infinity while nothing waits. */
  dueMs = Infinity;
  /** Where the batch ends by the time its events carry; NaN, which no event is before, while none is open. */
  endMs = Number.NaN;
  /** Events in the batch, and in the one before, also those that WHERE refused. */
  gathered = 0;
  #gatheredBefore = 0;
  began = 0;
  /** Groups with events in the batch, and in the one before. */
  touched: number[] = [];
  #before: number[] = [];
  refused = 0;
  #followed: FollowedStream | undefined;
  /** Events of the followed stream that are in `gathered` or were in a batch before. */
  #counted = 0;
  #referenceMs: number | undefined;
  /** Groups that events have just left, and a mark for each. */
  #leaving: number[] = [];
  #isLeaving = new Uint8Array(0);
  readonly #one: [number] = [0];
  #picked = new Int32Array(PICKED_MIN);

  constructor({ plan, pace, table, code, args, budget, startMs }: RunningOptions) {
    this.#plan = plan;
    this.#pace = pace;
    this.#clear = code.clear();
    this.table = table;
    this.ring = new Ring(args);
    this.expire = code.expire();
    this.events_max = budget.events_max;
    this.nowMs = startMs;
    if (pace?.kind !== "batch" || pace.by === "count") return;
    this.#referenceMs = pace.referenceMs;
    if (pace.by === "time" && pace.startEager) this.begin(startMs);
  }

  /** Fires what is due up to `nowMs`, each at its own time. */
  advance(nowMs: number): void {
    do {
      while (this.dueMs <= nowMs) {
        const dueMs = this.dueMs;
        if (this.#followed !== undefined) this.#countTo(this.#followed.eventsBefore(dueMs));
        this.nowMs = Math.max(this.nowMs, dueMs);
        if (this.#pace?.kind === "batch") this.#fireBatch(dueMs);
        else this.#fireSlide(dueMs);
      }
    } while (this.#begunUnseen(nowMs));
  }

  /** Whether, while no batch was open, events came that were not handed here: the first of them has begun one. */
  #begunUnseen(nowMs: number): boolean {
    const stream = this.#followed;
    if (stream === undefined || this.dueMs !== Infinity || this.#counted === stream.events) return false;
    const firstMs = stream.clockAt(this.#counted);
    if (firstMs > nowMs) return false;
    this.nowMs = Math.max(this.nowMs, firstMs);
    this.begin(this.nowMs);
    return true;
  }

  /** From here on events come to `stream`, and only some of them here: all count for the window. */
  follow(stream: FollowedStream): void {
    this.#followed = stream;
    this.#counted = stream.events;
  }

  /** Takes note of what was not handed here: where the clock is, and how many events there were. */
  catchUp(nowMs: number): void {
    this.advance(nowMs);
    this.nowMs = Math.max(this.nowMs, nowMs);
    if (this.#followed !== undefined) this.#countTo(this.#followed.events);
  }

  /**
   * What two states over the same source, filter, window and key share exactly when they hold the same: a window holds the last so many of
   * the events, so that it says enough how many they are, and where the window began. Undefined where that cannot be told: when events were
   * refused or groups evicted; when a state remembers all there ever was; and when floats were taken out of a sum again, which depends on what it was before.
   */
  contents(isExact: boolean): string | undefined {
    if (this.refused + this.table.refused + this.table.evicted > 0) return undefined;
    const where = `${this.nowMs}/${this.dueMs}/${this.endMs}`;
    if (this.#pace?.kind === "batch") {
      const phase = this.#pace.by === "count" || this.#referenceMs === undefined ? "" : phaseOf(this.#referenceMs, this.#pace.periodMs);
      return `${where}/${phase}/${this.gathered}/${this.#gatheredBefore}/${this.touched.length}/${this.#before.length}`;
    }
    if (this.isEmpty) return `${where}/empty`;
    const { head, tail, mask, times } = this.ring;
    return this.#pace === undefined || !isExact ? undefined : `${where}/${tail - head}/${head < tail ? times[head & mask] : ""}`;
  }

  /** Whether it holds nothing that an event has left. */
  get isEmpty(): boolean {
    const isInNoGroup = this.#plan.keys.length === 0 ? this.table.state[0] === 0 : this.table.count === 0;
    if (this.#pace?.kind !== "batch") return this.ring.tail === 0 && isInNoGroup;
    return this.gathered + this.#gatheredBefore + this.touched.length + this.#before.length === 0;
  }

  /** Takes over from another one over the same window, which is empty, where its window begins and ends. */
  standLike(other: Running): void {
    ({ nowMs: this.nowMs, dueMs: this.dueMs, endMs: this.endMs } = other);
    this.#referenceMs = other.#referenceMs;
  }

  #countTo(events: number): void {
    this.gathered += events - this.#counted;
    this.#counted = events;
  }

  /** A batch begins by the clock: finds its end on the grid. */
  begin(nowMs: number): void {
    if (this.#pace?.kind !== "batch" || this.#pace.by === "count") return;
    this.#referenceMs ??= nowMs;
    this.dueMs = nextWall(nowMs, periodOf(this.#pace.periodMs), this.#referenceMs);
  }

  /** An event is of a batch by the time it carries that is not open: closes the one that is. */
  turn(nowMs: number, stampMs: number): void {
    if (this.#pace?.kind !== "batch" || this.#pace.by === "count") return;
    if (!Number.isNaN(this.endMs)) this.close(nowMs, this.endMs);
    this.#referenceMs ??= stampMs;
    this.endMs = nextWall(stampMs, periodOf(this.#pace.periodMs), this.#referenceMs);
  }

  /**
   * Closes the batch. A group of the batch before that has no events in this one is put out once more, empty: its numbers are taken
   * back, as Esper does.
   */
  close(nowMs: number, endMs: number): void {
    const released = this.outputs.map((output) => [output, this.#released(output, nowMs)] as const);
    this.#clear(this, this.touched);
    [this.#before, this.touched] = [this.touched, this.#before];
    this.#beforeMarks = undefined;
    if (this.table.looksForDone) for (const slot of this.touched) this.table.left(slot);
    this.touched.length = 0;
    this.#gatheredBefore = this.gathered;
    this.gathered = 0;
    this.began = this.table.recency?.now ?? 0;
    this.endMs = Number.NaN;
    for (const [output, { rows, sortKeys }] of released) if (rows.length > 0) output.deliver(rows, sortKeys, nowMs, endMs);
  }

  #released(output: GroupOutput, nowMs: number): Collected {
    const collected: Collected = { rows: [], sortKeys: [] };
    if (this.#plan.keys.length > 0) {
      this.#collect(output, this.touched, nowMs, false, collected);
      this.#collect(output, this.#before, nowMs, true, collected);
    } else if (this.#plan.where === undefined || this.touched.length > 0 || this.#before.length > 0) {
      this.#collect(output, ONLY_GROUP, nowMs, false, collected);
    }
    return collected;
  }

  /** An event has left a group. */
  leave(slot: number): void {
    if (slot >= this.#isLeaving.length) {
      const larger = new Uint8Array(Math.max(1024, slot * 2));
      larger.set(this.#isLeaving);
      this.#isLeaving = larger;
    }
    if (this.#isLeaving[slot] === 1) return;
    this.#isLeaving[slot] = 1;
    this.#leaving.push(slot);
  }

  /** A group is about to lose its slot to another: what events have just left of it is put out before. */
  givesWay(slot: number): void {
    if (this.#isLeaving[slot] !== 1) return;
    this.#isLeaving[slot] = 0;
    this.#leaving = this.#leaving.filter((other) => other !== slot);
    this.emit(slot, this.nowMs);
  }

  /** Puts out one group. */
  emit(slot: number, nowMs: number): void {
    this.#one[0] = slot;
    this.#emitAll(this.#one, nowMs);
  }

  /** Puts out the group an event entered (-1 for none) and those that others left on its account. */
  emitBeside(slot: number, nowMs: number): void {
    if (this.#leaving.length === 0) {
      if (slot !== -1) this.emit(slot, nowMs);
      return;
    }
    const left = this.#takeLeaving().filter((other) => other !== slot);
    this.#emitAll(slot === -1 ? left : [slot, ...left], nowMs);
  }

  #emitAll(slots: readonly number[], nowMs: number): void {
    for (const output of this.outputs) {
      const collected: Collected = { rows: [], sortKeys: [] };
      this.#collect(output, slots, nowMs, false, collected);
      if (collected.rows.length > 0) output.deliver(collected.rows, collected.sortKeys, nowMs, nowMs);
    }
  }

  /** Whether a group without events must stay: it was in the batch before, or events have left it and that is yet to be put out. */
  isHeld(slot: number): boolean {
    return this.#plan.keys.length === 0 || this.#isInBefore(slot) || this.#isLeaving[slot] === 1;
  }

  moveSlots(slots: Int32Array): void {
    this.#beforeMarks = undefined;
    this.touched = this.touched.map((slot) => slots[slot]!);
    this.#before = this.#before.map((slot) => slots[slot]!);
    for (const slot of this.#leaving) this.#isLeaving[slot] = 0;
    this.#leaving = this.#leaving.map((slot) => slots[slot]!);
    for (const slot of this.#leaving) this.#isLeaving[slot] = 1;
    this.ring.moveSlots(slots);
  }

  usage(): StatementUsage {
    const groups = this.#plan.keys.length === 0 ? 1 : this.#pace?.kind === "batch" ? this.touched.length : this.table.count;
    const bytes = this.table.bytes + (this.#pace?.kind === "slide" ? this.ring.bytes : 0);
    return { groups, events: this.ring.size, bytes, refused: this.refused + this.table.refused, evicted: this.table.evicted };
  }

  save(): SavedState {
    if (this.#followed !== undefined) this.#countTo(this.#followed.events);
    const table = this.table.save();
    return {
      table,
      ring: this.ring.save(),
      nowMs: this.nowMs,
      dueMs: this.dueMs,
      endMs: this.endMs,
      gathered: [this.gathered, this.#gatheredBefore],
      touched: this.touched,
      before: this.#before,
      refused: this.refused,
      referenceMs: this.#referenceMs,
    };
  }

  restore(saved: SavedState): void {
    this.table.restore(saved.table);
    this.ring.restore(saved.ring);
    ({ nowMs: this.nowMs, dueMs: this.dueMs, endMs: this.endMs, touched: this.touched, before: this.#before } = saved);
    ({ refused: this.refused, referenceMs: this.#referenceMs } = saved);
    [this.gathered, this.#gatheredBefore] = saved.gathered;
    this.#restoreRecency(saved);
  }

  /** What was saved by a statement that refuses groups does not say in which order they were touched; the groups of the batch are the last. */
  #restoreRecency({ table, touched }: SavedState): void {
    const { recency, count } = this.table;
    if (recency === undefined) return;
    if (table[TABLE_USE] === undefined) {
      const inBatch = new Set(touched);
      const others = Array.from({ length: count }, (_, slot) => slot).filter((slot) => !inBatch.has(slot));
      recency.restore([...others, ...touched]);
    }
    this.began = recency.now - touched.length;
  }

  /** Adds the rows of those groups that HAVING lets through; `onlyIfEmpty` passes over groups that have events. */
  #collect(
    { pick, makeRows }: GroupOutput,
    slots: ArrayLike<number>,
    nowMs: number,
    onlyIfEmpty: boolean,
    { rows, sortKeys }: Collected,
  ): void {
    if (this.#picked.length < slots.length) this.#picked = new Int32Array(Math.max(PICKED_MIN, slots.length * 2));
    const count = pick(this, slots, nowMs, onlyIfEmpty, this.#picked);
    if (count > 0) makeRows(this, this.#picked, count, nowMs, rows, sortKeys);
  }

  #fireBatch(dueMs: number): void {
    if (this.#pace?.kind !== "batch" || this.#pace.by !== "time") return;
    const something = this.gathered > 0 || this.#gatheredBefore > 0;
    this.dueMs = Infinity;
    if (!something && !this.#pace.forceUpdate) return;
    // One more empty period follows the last events, so that what they were is taken back.
    this.begin(dueMs);
    this.close(dueMs, dueMs);
  }

  #fireSlide(dueMs: number): void {
    if (this.#pace?.kind !== "slide" || this.#pace.by !== "time") return;
    const { ageMs } = this.#pace;
    this.expire(this, dueMs);
    const { ring } = this;
    this.dueMs = ring.head < ring.tail ? ring.times[ring.head & ring.mask]! + ageMs : Infinity;
    this.emitBeside(-1, dueMs);
  }

  #takeLeaving(): number[] {
    const leaving = this.#leaving;
    this.#leaving = [];
    for (const slot of leaving) {
      this.#isLeaving[slot] = 0;
      this.table.left(slot);
    }
    return leaving;
  }

  #beforeMarks: ReadonlySet<number> | undefined;

  #isInBefore(slot: number): boolean {
    this.#beforeMarks ??= new Set(this.#before);
    return this.#beforeMarks.has(slot);
  }
}

export interface SavedState {
  readonly table: SavedTable;
  readonly ring: SavedRing;
  readonly nowMs: number;
  readonly dueMs: number;
  readonly endMs: number;
  readonly gathered: readonly [number, number];
  readonly touched: number[];
  readonly before: number[];
  readonly refused: number;
  readonly referenceMs: number | undefined;
}

/** Where the walls of batches stand, for periods of so many milliseconds; with months, the reference itself. */
function phaseOf(referenceMs: number, period: number): string {
  return String(((referenceMs % period) + period) % period);
}

/** Arguments have a bit each. */
export const ARGUMENTS_MAX = 30;
const ONLY_GROUP = [0];
/** Where in a saved table the order of touches is. */
const TABLE_USE = 5;
const PICKED_MIN = 256;
