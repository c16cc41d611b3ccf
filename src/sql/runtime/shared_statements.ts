import type { Batch } from "../../event/index.ts";
import { DueQueue } from "../../kit/index.ts";
import type { FollowedStream, Selective, Statement } from "../statement.ts";
import { CoreFamilies } from "./core_families.ts";
import { FieldIndex, type Selection } from "./field_index.ts";
import { GroupCore } from "./group_core.ts";
import { GroupStatement } from "./group_statement.ts";

/** Somebody's statement. It may be another one from time to time; then it is to be added anew. */
export interface SharedMember {
  readonly statement: Statement;
  /** The statement threw, which none should: it is to be removed. */
  broke(thrown: unknown): void;
  /** It was at work for about so long; what several have in common is shared out among them. */
  worked?(durationMs: number): void;
}

export interface SharedStatementsOptions {
  /** Batches from one look for states that hold the same to the next. */
  readonly lookEvery?: number;
  /** Measures work: milliseconds since some moment. Without it nobody is told how long they worked. */
  readonly stopwatchMs?: () => number;
}

/**
 * The statements over one target alone, which take its events together. Those over the same source, filter, window, WHERE and key have one
 * state, once theirs hold the same. What decides whether an event concerns a statement is worked out for all of them at once, by an index on
 * each field that they ask about, so that a statement costs nothing where it is not concerned.
 *
 * Each gives the rows that it would give by itself; statements come and go between two batches.
 */
export class SharedStatements {
  readonly #members = new Map<Statement, { readonly member: SharedMember; taker: Taker }>();
  readonly #takers = new Map<Unit, Taker>();
  /** Those that are handed every event. */
  readonly #all = new Set<Taker>();
  /** Those that must be handed the next batch, whatever is in it. */
  readonly #waiting = new Set<Taker>();
  readonly #indexes = new Map<number, FieldIndex>();
  readonly #cores: CoreFamilies;
  readonly #due = new DueQueue<Taker>();
  readonly #selected: Selection[] = [];
  readonly #stream = new Stream();
  readonly #stopwatchMs: (() => number) | undefined;
  #batches = 0;
  /** One batch in so many is measured, and stands for the others: a stopwatch for every statement of every batch would cost more than many do. */
  #isMeasured = false;

  constructor({ lookEvery = LOOK_EVERY, stopwatchMs }: SharedStatementsOptions = {}) {
    this.#cores = new CoreFamilies(lookEvery);
    this.#stopwatchMs = stopwatchMs;
  }

  get size(): number {
    return this.#members.size;
  }

  /** States that they have: at most one each. */
  get states(): number {
    return this.#takers.size;
  }

  /** Events taken so far. */
  get events(): number {
    return this.#stream.events;
  }

  /** When time alone will make one of them fire next (epoch ms); undefined while nothing waits. */
  nextDueMs(): number | undefined {
    return this.#due.nextDueMs;
  }

  /** From here on the statement takes the events; the clock of it stands where that of the others does. */
  add(member: SharedMember): void {
    const { statement } = member;
    const unit = statement instanceof GroupStatement ? statement.core : statement;
    const taker = this.#takers.get(unit) ?? this.#begin(unit);
    taker.members.add(member);
    this.#members.set(statement, { member, taker });
  }

  remove(statement: Statement): void {
    const known = this.#members.get(statement);
    if (known === undefined) return;
    this.#members.delete(statement);
    known.taker.members.delete(known.member);
    if (known.taker.members.size === 0) this.#end(known.taker);
  }

  accept(batch: Batch): void {
    if (batch.size === 0) return;
    for (const [cores, joined] of this.#cores.joinable()) for (const core of cores) if (core !== joined) core.giveWayTo(joined);
    this.#stream.begin(batch);
    this.#isMeasured = this.#batches++ % MEASURE_EVERY === 0;
    const selected = this.#selected;
    for (const index of this.#indexes.values()) index.select(batch, selected);
    for (const taker of this.#due.takeDue(this.#stream.nowMs)) {
      taker.dueMs = undefined;
      if (taker.count === 0 && taker.selective !== undefined) this.#take(taker, batch);
    }
    for (const taker of this.#waiting) if (taker.count === 0) this.#take(taker, batch);
    for (const selection of selected) this.#take(selection as Taker, batch);
    for (const taker of this.#all) this.#run(taker, () => taker.unit.accept(batch));
    for (const selection of selected) selection.count = 0;
    selected.length = 0;
    this.#isMeasured = false;
    this.#stream.end();
  }

  /** Time passes without events: what is due fires; with `always` every statement is told the time. */
  advanceTo(timeMs: number, always: boolean): void {
    if (always) this.#stream.advanceTo(timeMs);
    const due = this.#due.takeDue(timeMs);
    for (const taker of due) taker.dueMs = undefined;
    for (const taker of always ? [...this.#takers.values()] : due) this.#run(taker, () => taker.unit.advanceTo(timeMs));
  }

  close(): void {
    for (const index of this.#indexes.values()) index.close();
  }

  #begin(unit: Unit): Taker {
    const { selective } = unit;
    const taker: Taker = { unit, selective, members: new Set(), rows: new Int32Array(0), count: 0, dueMs: undefined };
    this.#takers.set(unit, taker);
    if (unit instanceof GroupCore) {
      this.#cores.add(unit);
      unit.givesWay = (core) => this.#move(taker, core);
    }
    if (selective === undefined) this.#all.add(taker);
    else {
      selective.follow(this.#stream);
      const { slot } = selective.interest;
      let index = this.#indexes.get(slot);
      if (index === undefined) this.#indexes.set(slot, (index = new FieldIndex(slot)));
      index.add(taker, selective.interest);
    }
    this.#wait(taker);
    return taker;
  }

  #end(taker: Taker): void {
    this.#takers.delete(taker.unit);
    if (taker.unit instanceof GroupCore) {
      this.#cores.delete(taker.unit);
      taker.unit.givesWay = undefined;
    }
    this.#all.delete(taker);
    this.#waiting.delete(taker);
    this.#due.delete(taker);
    const slot = taker.selective?.interest.slot;
    const index = slot === undefined ? undefined : this.#indexes.get(slot);
    if (slot === undefined || index === undefined) return;
    index.delete(taker);
    if (index.isSparse) this.#remake(slot, index);
  }

  /** The statements of a core are to have their groups in another one. */
  #move(taker: Taker, joined: GroupCore): void {
    this.#end(taker);
    const into = this.#takers.get(joined) ?? this.#begin(joined);
    for (const member of taker.members) {
      into.members.add(member);
      this.#members.set(member.statement, { member, taker: into });
    }
  }

  #take(taker: Taker, batch: Batch): void {
    this.#run(taker, () => taker.selective!.take(batch, taker.rows, taker.count));
  }

  #run(taker: Taker, step: () => void): void {
    // It may have been removed because another one broke and its owner took both out.
    if (this.#takers.get(taker.unit) !== taker) return;
    try {
      if (this.#isMeasured && this.#stopwatchMs !== undefined) runMeasured(taker, step, this.#stopwatchMs);
      else step();
      this.#wait(taker);
    } catch (thrown) {
      // A copy, for a member that broke leaves.
      for (const member of Array.from(taker.members)) member.broke(thrown);
    }
  }

  #wait(taker: Taker): void {
    const dueMs = taker.unit.nextDueMs();
    if (dueMs !== taker.dueMs) {
      taker.dueMs = dueMs;
      if (dueMs === undefined) this.#due.delete(taker);
      else this.#due.set(taker, dueMs);
    }
    if (taker.selective?.waitsForAny === true) this.#waiting.add(taker);
    else if (this.#waiting.size > 0) this.#waiting.delete(taker);
  }

  /** Most of what an index goes through is gone: another one takes its place, for those that are left. */
  #remake(slot: number, index: FieldIndex): void {
    index.close();
    this.#indexes.delete(slot);
    if (index.size === 0) return;
    const fresh = new FieldIndex(slot);
    for (const taker of this.#takers.values()) {
      if (taker.selective?.interest.slot === slot) fresh.add(taker, taker.selective.interest);
    }
    this.#indexes.set(slot, fresh);
  }
}

function runMeasured({ members }: Taker, step: () => void, stopwatchMs: () => number): void {
  const beganMs = stopwatchMs();
  step();
  const eachMs = ((stopwatchMs() - beganMs) * MEASURE_EVERY) / members.size;
  for (const member of members) member.worked?.(eachMs);
}

/** What takes events: a statement, or the state that several have in common. */
type Unit = Pick<Statement, "accept" | "advanceTo" | "nextDueMs" | "selective">;

/** It with the rows of the batch in hand that are for it. */
interface Taker extends Selection {
  readonly unit: Unit;
  readonly selective: Selective | undefined;
  readonly members: Set<SharedMember>;
  /** As it stands in the queue. */
  dueMs: number | undefined;
}

/** The events of the target, as all that follow them see them. */
class Stream implements FollowedStream {
  clock = new Float64Array(0);
  nowMs = Number.NEGATIVE_INFINITY;
  events = 0;
  /** Of the batch in hand; 0 between two. */
  #size = 0;
  #own = new Float64Array(0);

  begin({ times, size }: Batch): void {
    if (this.#own.length < size) this.#own = new Float64Array(Math.max(size, 2 * this.#own.length));
    let nowMs = this.nowMs;
    for (let row = 0; row < size; row++) {
      if (times[row]! > nowMs) nowMs = times[row]!;
      this.#own[row] = nowMs;
    }
    this.clock = this.#own;
    this.nowMs = nowMs;
    this.events += size;
    this.#size = size;
  }

  end(): void {
    this.#size = 0;
  }

  advanceTo(timeMs: number): void {
    if (timeMs > this.nowMs) this.nowMs = timeMs;
  }

  eventsBefore(timeMs: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.clock[middle]! < timeMs) low = middle + 1;
      else high = middle;
    }
    return this.events - this.#size + low;
  }

  clockAt(event: number): number {
    return this.clock[event - this.events + this.#size]!;
  }
}

const MEASURE_EVERY = 16;
/** Batches from one look for states that hold the same to the next. */
const LOOK_EVERY = 64;
