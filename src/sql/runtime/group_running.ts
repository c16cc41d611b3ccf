import type { GroupCode } from "../generate/group_code.ts";
import type { Clear, Expire, GroupRuntime, Pick, Rows } from "../generate/group_runtime.ts";
import { nextWall, periodOf } from "../plan/period.ts";
import type { Plan } from "../plan/plan.ts";
import type { Budget, StatementUsage } from "../statement.ts";
import type { Pace } from "../vocabulary.ts";
import type { GroupTable } from "./group_table.ts";
import { Ring } from "./ring.ts";
import type { Candidate } from "./rows.ts";

interface RunningOptions {
  readonly plan: Plan;
  readonly pace: Pace | undefined;
  readonly table: GroupTable;
  readonly code: GroupCode;
  readonly args: number;
  readonly budget: Budget;
  readonly startMs: number;
  readonly deliver: (candidates: readonly Candidate[], nowMs: number, endMs: number) => void;
}

/** The state of a query over groups between two batches, and what happens when its window moves. */
export class Running implements GroupRuntime {
  readonly #plan: Plan;
  readonly #pace: Pace | undefined;
  readonly #deliver: RunningOptions["deliver"];
  readonly #pick: Pick;
  readonly #rows: Rows;
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
  /** Groups with events in the batch, and in the one before. */
  touched: number[] = [];
  #before: number[] = [];
  refused = 0;
  #referenceMs: number | undefined;
  /** Groups that events have just left, and a mark for each. */
  #leaving: number[] = [];
  #isLeaving = new Uint8Array(0);
  readonly #one: [number] = [0];
  #picked = new Int32Array(PICKED_MIN);

  constructor({ plan, pace, table, code, args, budget, startMs, deliver }: RunningOptions) {
    this.#plan = plan;
    this.#pace = pace;
    this.#deliver = deliver;
    this.#pick = code.pick();
    this.#rows = code.rows();
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
    while (this.dueMs <= nowMs) {
      const dueMs = this.dueMs;
      this.nowMs = Math.max(this.nowMs, dueMs);
      if (this.#pace?.kind === "batch") this.#fireBatch(dueMs);
      else this.#fireSlide(dueMs);
    }
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
    const candidates: Candidate[] = [];
    if (this.#plan.keys.length > 0) {
      this.#collect(this.touched, nowMs, false, candidates);
      this.#collect(this.#before, nowMs, true, candidates);
    } else if (this.#plan.where === undefined || this.touched.length > 0 || this.#before.length > 0) {
      this.#collect(ONLY_GROUP, nowMs, false, candidates);
    }
    this.#clear(this, this.touched);
    [this.#before, this.touched] = [this.touched, this.#before];
    this.touched.length = 0;
    this.#gatheredBefore = this.gathered;
    this.gathered = 0;
    this.endMs = Number.NaN;
    if (candidates.length > 0) this.#deliver(candidates, nowMs, endMs);
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

  /** Puts out one group. */
  emit(slot: number, nowMs: number): void {
    const candidates: Candidate[] = [];
    this.#one[0] = slot;
    this.#collect(this.#one, nowMs, false, candidates);
    if (candidates.length > 0) this.#deliver(candidates, nowMs, nowMs);
  }

  /** Puts out the group an event entered (-1 for none) and those that others left on its account. */
  emitBeside(slot: number, nowMs: number): void {
    if (this.#leaving.length === 0) {
      if (slot !== -1) this.emit(slot, nowMs);
      return;
    }
    const left = this.#takeLeaving().filter((other) => other !== slot);
    const candidates: Candidate[] = [];
    this.#collect(slot === -1 ? left : [slot, ...left], nowMs, false, candidates);
    if (candidates.length > 0) this.#deliver(candidates, nowMs, nowMs);
  }

  /** Whether a group without events must stay: it was in the batch before. */
  isHeld(slot: number): boolean {
    return this.#plan.keys.length === 0 || this.#isInBefore(slot);
  }

  moveSlots(slots: Int32Array): void {
    this.#beforeMarks = undefined;
    this.touched = this.touched.map((slot) => slots[slot]!);
    this.#before = this.#before.map((slot) => slots[slot]!);
    this.ring.moveSlots(slots);
  }

  usage(): StatementUsage {
    const groups = this.#plan.keys.length === 0 ? 1 : this.#pace?.kind === "batch" ? this.touched.length : this.table.count;
    const bytes = this.table.bytes + (this.#pace?.kind === "slide" ? this.ring.bytes : 0);
    return { groups, events: this.ring.size, bytes, refused: this.refused + this.table.refused };
  }

  save(): SavedState {
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
  }

  /** Adds the rows of those groups that HAVING lets through; `onlyIfEmpty` passes over groups that have events. */
  #collect(slots: ArrayLike<number>, nowMs: number, onlyIfEmpty: boolean, out: Candidate[]): void {
    if (this.#picked.length < slots.length) this.#picked = new Int32Array(Math.max(PICKED_MIN, slots.length * 2));
    const count = this.#pick(this, slots, nowMs, onlyIfEmpty, this.#picked);
    if (count > 0) this.#rows(this, this.#picked, count, nowMs, out);
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
    for (const slot of leaving) this.#isLeaving[slot] = 0;
    return leaving;
  }

  #beforeMarks: ReadonlySet<number> | undefined;

  #isInBefore(slot: number): boolean {
    this.#beforeMarks ??= new Set(this.#before);
    return this.#beforeMarks.has(slot);
  }
}

export interface SavedState {
  readonly table: unknown;
  readonly ring: unknown;
  readonly nowMs: number;
  readonly dueMs: number;
  readonly endMs: number;
  readonly gathered: readonly [number, number];
  readonly touched: number[];
  readonly before: number[];
  readonly refused: number;
  readonly referenceMs: number | undefined;
}

const ONLY_GROUP = [0];
const PICKED_MIN = 256;
