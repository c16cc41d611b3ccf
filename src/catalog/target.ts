import { deserialize, serialize } from "node:v8";
import { type Batch, Demand, EventColumns, Schema, type Use } from "../event/index.ts";
import { assert, type Clock, type Counter, type Counters, formatDuration, type Log } from "../kit/index.ts";
import { EventClock, type SavedEventClock } from "./event_clock.ts";
import { FieldTyping } from "./field_typing.ts";
import type { Query } from "./query.ts";
import { SharedQueries } from "./shared_queries.ts";
import { ReorderBuffer } from "./reorder_buffer.ts";
import type { SavedBatch } from "./saved_batch.ts";
import type { TargetTime } from "./target_time.ts";
import { VisibleRows } from "./visible_rows.ts";

/** Somebody who looks at the events of a target as they come. */
export interface Onlooker {
  /** A batch with all the fields there are. It is valid until this returns. */
  take(batch: Batch): void;
  /** The target was closed: nothing more comes. */
  closed(): void;
}

interface Tap {
  readonly onlooker: Onlooker;
  /** How many fields there were when it asked for all of them. */
  fields: number;
}

/** How a target fares: what came, what was late, where its clock stands. */
export interface TargetStatus {
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Whether its events may be of any shape, so that it learns its fields from them. */
  readonly open: boolean;
  /** No event has said yet which fields there are. */
  readonly lazy: boolean;
  /** Whether every new key of an event becomes a field. */
  readonly auto_field: boolean;
  /** The clock of the target, epoch ms; undefined while there was no event. */
  readonly clock_ms: number | undefined;
  readonly events: number;
  /** Events that came when the clock had passed their time; and the `lateness_max`, in ms, that would have let in the latest of them. */
  readonly late: number;
  readonly lateness_seen_ms: number;
  /** Events refused for being dated too far ahead. */
  readonly future: number;
  /** Events waiting for stragglers now, and events that did not wait long enough because too many waited. */
  readonly held: number;
  readonly released_early: number;
}

/**
 * Events wait between the moment at which they are received and the one at which they are taken, and may be kept without the fields that
 * nobody asked for at the first. Both are numbers of records, which only grow; a record numbered below `taken` has been taken.
 */
export interface Received {
  /** Behind all that has been received. */
  readonly end: number;
  readonly taken: number;
}

export interface TargetContext {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Log;
  /** Called when the statements have taken a batch: what they gave can be handed on. */
  readonly taken: () => void;
  /** Fields that events may bring. */
  readonly fields_max: number;
  /** What was received and waits to be taken; without it nothing ever does. */
  readonly received?: Received | undefined;
  /** Called between two events, when events have brought fields that were not known. */
  readonly typed: () => void;
}

/**
 * A named stream of events: its fields, who asks for which, its clock, and its queries. It is the intake of the sources that bring its
 * events; their batches reach every statement in order of time, as far as `lateness_max` can put them in order.
 */
export class Target {
  readonly name: string;
  readonly schema: Schema;
  readonly demand = new Demand();
  readonly typing: FieldTyping;
  /** It has no events but those that queries give it: its time is theirs. */
  isDerived = false;
  #isClosed = false;
  #columns: EventColumns | undefined;
  readonly #visible = new VisibleRows();
  readonly #time: TargetTime;
  readonly #context: TargetContext;
  readonly #clock: EventClock;
  readonly #held = new ReorderBuffer();
  /** The queries of this target alone take its events together; these take them one by one. Replaced, never changed: one may leave. */
  #attached: readonly Attached[] = [];
  readonly #together = new SharedQueries();
  #rows = new Int32Array(0);
  #instants = new Float64Array(0);
  /** Somebody attached waits for what was received before it came. */
  #isUnsettled = false;
  #heard = false;
  readonly #taps = new Set<Tap>();
  readonly #events: Counter;
  readonly #late: Counter;
  readonly #future: Counter;
  readonly #early: Counter;

  constructor(name: string, time: TargetTime, context: TargetContext) {
    this.name = name;
    this.schema = new Schema(name);
    this.typing = new FieldTyping({ ...context, schema: this.schema, settled: context.typed });
    this.#time = time;
    this.#context = context;
    this.#clock = new EventClock({ latenessMaxMs: time.lateness_max_ms, idleAfterMs: time.idle_after_ms });
    const counter = (what: string, help: string): Counter => context.counters.counter(what, help, { target: name });
    this.#events = counter("target_events", "Events taken.");
    this.#late = counter("target_events_late", "Events that came when the clock of the target had passed their time.");
    this.#future = counter("target_events_future", "Events refused because they are dated further ahead than future_max.");
    this.#early = counter("target_events_released_early", "Events that did not wait for stragglers because held_events_max waited.");
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whose time its events are to be given. */
  get clock(): TargetTime["clock"] {
    return this.#time.clock;
  }

  /** Made when it is first asked for: a target of known fields does without. */
  get columns(): EventColumns {
    const { schema, demand, typing } = this;
    return (this.#columns ??= new EventColumns({ schema, demand, typing, accept: (batch) => this.accept(batch) }));
  }

  /** The clock of the target, epoch ms; undefined while there was no event. */
  get nowMs(): number | undefined {
    return this.#clock.nowMs;
  }

  /** Hands events to every statement, at once or when they have waited for stragglers. */
  accept(batch: Batch): void {
    assert(batch.schema === this.schema, `a batch of target "${batch.schema.target}" came to target "${this.name}"`);
    if (batch.size === 0 || this.isClosed) return;
    this.#heard = true;
    if (this.#isUnsettled) this.#settle();
    const lateBefore = this.#clock.late;
    const limitMs = this.#time.future_max_ms === undefined ? DATE_MS_MAX : this.#context.clock.nowMs() + this.#time.future_max_ms;
    if (this.#time.lateness_max_ms === 0 && isWithin(batch, limitMs)) this.#passOn(batch);
    else this.#hold(batch, limitMs);
    this.#late.add(this.#clock.late - lateBefore);
    this.#advance(false);
    this.#context.taken();
  }

  /** The wall clock shows `nowMs`, and so many milliseconds have gone by since the last call, with or without events. */
  tick(nowMs: number, elapsedMs: number): void {
    if (this.isDerived) return;
    if (this.#time.clock === "arrival") return this.#arrive(nowMs);
    // What was heard since the last call came somewhere within these milliseconds; the silence is counted from now on, never too early.
    if (this.#heard) this.#heard = false;
    else if (this.#clock.idle(elapsedMs)) {
      this.#release();
      // Told even when nothing is due: a late row is taken at the present instant, which the statements must know.
      this.#advance(true);
      this.#context.taken();
    }
  }

  /** Time has come to `nowMs`; what arrives from here on is not earlier. */
  #arrive(nowMs: number): void {
    this.#begin(nowMs);
    this.#clock.passed(nowMs);
    this.#advance(true);
    this.#context.taken();
  }

  /** When an event happens here that a query gives at `timeMs`: where the wall shows the time, not before the present nor in the future. */
  instantOf(timeMs: number): number {
    if (this.#time.clock === "event" || this.isDerived) return timeMs;
    return Math.max(this.nowMs ?? timeMs, Math.min(timeMs, this.#context.clock.nowMs()));
  }

  /** From here on queries feed it. Its time is theirs, unless it has had events of its own. */
  beFed(): void {
    if (this.typing.isOpen && this.#events.value === 0) this.isDerived = true;
  }

  /** Time has come to `timeMs` for whoever feeds a derived target. True if that was news. */
  follow(timeMs: number): boolean {
    if (timeMs <= (this.nowMs ?? Number.NEGATIVE_INFINITY)) return false;
    this.#arrive(timeMs);
    return true;
  }

  /** The end of a replay: nobody is waited for any more. */
  drain(): void {
    const { lastMs } = this.#held.release(Number.POSITIVE_INFINITY, 0, this.#deliver);
    this.#clock.passed(lastMs);
    this.#context.taken();
  }

  /** From here on `query` takes the events of this target. A restored one also takes those that waited when it was saved. */
  attach(
    query: Query,
    fields: ReadonlyMap<string, Use>,
    options: { readonly restored: boolean; readonly nowMs: () => number | undefined },
  ): void {
    this.demand.ask(query, fields);
    const sinceVersion = options.restored ? RESTORED_VERSION : this.demand.version;
    const required = [...(query.reading.required.get(this.name) ?? [])].flatMap((name) => {
      const field = this.schema.field(name);
      return field?.optional === true ? [field.slot] : [];
    });
    const slots = [...fields.keys()].flatMap((name) => this.schema.field(name)?.slot ?? []);
    const sinceRecord = options.restored ? 0 : (this.#context.received?.end ?? 0);
    this.#attached = [...this.#attached, { query, sinceVersion, sinceRecord, slots, required, nowMs: options.nowMs }];
    this.#settle();
  }

  detach(query: Query): void {
    this.demand.withdraw(query);
    this.#attached = this.#attached.filter((attached) => attached.query !== query);
    this.#together.remove(query);
  }

  /** From here on an onlooker is shown every batch, until what is returned is called. */
  tap(onlooker: Onlooker): () => void {
    const tap = { onlooker, fields: -1 };
    this.#taps.add(tap);
    this.#askForTap(tap);
    return () => {
      this.#taps.delete(tap);
      this.demand.withdraw(tap);
    };
  }

  /** What still comes is dropped. */
  close(): void {
    this.#isClosed = true;
    for (const { onlooker } of this.#taps) onlooker.closed();
  }

  #askForTap(tap: Tap): void {
    const { fields } = this.schema;
    tap.fields = fields.length;
    this.demand.ask(tap, new Map(fields.map(({ name }) => [name, "value"])));
  }

  #showTaps(batch: Batch): void {
    for (const tap of this.#taps) {
      tap.onlooker.take(batch);
      // Fields that have come since are in the next batch.
      if (tap.fields !== this.schema.fields.length) this.#askForTap(tap);
    }
  }

  status(): TargetStatus {
    return {
      name: this.name,
      fields: Object.fromEntries(this.schema.fields.map(({ name, type }) => [name, type])),
      open: this.typing.isOpen,
      lazy: this.typing.isLazy,
      auto_field: this.typing.autoField,
      clock_ms: this.#clock.nowMs,
      events: this.#events.value,
      late: this.#clock.late,
      lateness_seen_ms: this.#clock.latenessSeenMs,
      future: this.#future.value,
      held: this.#held.size,
      released_early: this.#early.value,
    };
  }

  save(): Uint8Array {
    const saved: SavedTarget = { format: TARGET_FORMAT, clock: this.#clock.save(), held: this.#held.save() };
    return serialize(saved);
  }

  /** Takes up what `save` gave. False, and unchanged, when it is of another version. */
  restore(bytes: Uint8Array): boolean {
    const saved: unknown = deserialize(bytes);
    if (!isSavedTarget(saved)) return false;
    this.#clock.restore(saved.clock);
    this.#held.restore(saved.held, this.schema, RESTORED_VERSION);
    return true;
  }

  /** The way without copies, for whoever waits for no straggler. A statement takes a late row at its present instant by itself. */
  #passOn(batch: Batch): void {
    this.#begin(batch.times[0]!);
    this.#events.add(batch.size);
    this.#clock.observeAll(batch.times, batch.size);
    this.#handOn(batch, Number.POSITIVE_INFINITY);
  }

  #handOn(batch: Batch, demandVersion: number): void {
    const { lacking } = batch;
    if (this.#taps.size > 0 && lacking === undefined) this.#showTaps(batch);
    this.#together.accept(batch, this.#visible);
    // A query that came after these rows were read, or received, asks for fields that they lack; it would see nulls that are none.
    for (const { query, sinceVersion, slots, required } of this.#attached) {
      if (demandVersion < sinceVersion || lacking?.some((slot) => slots.includes(slot)) === true) continue;
      this.#show(query, batch, required);
    }
    this.#visible.clear();
  }

  /** A query sees only events that have the fields it reads. */
  #show(query: Query, batch: Batch, required: readonly number[]): void {
    const visible = this.#visible.of(batch, required);
    if (visible !== undefined) query.accept(visible);
  }

  #hold(batch: Batch, limitMs: number): void {
    if (this.#rows.length < batch.size) {
      this.#rows = new Int32Array(batch.size);
      this.#instants = new Float64Array(batch.size);
    }
    let count = 0;
    for (let row = 0; row < batch.size; row++) {
      const timeMs = batch.times[row]!;
      if (!isTimeWithin(timeMs, limitMs)) continue;
      this.#begin(timeMs - this.#time.lateness_max_ms);
      this.#rows[count] = row;
      this.#instants[count++] = this.#clock.observe(timeMs);
    }
    this.#events.add(count);
    if (count < batch.size) this.#refuse(batch.size - count);
    this.#settle();
    this.#held.hold(batch, this.demand.version, this.#rows, this.#instants, count);
    this.#release();
  }

  #release(): void {
    const nowMs = this.#clock.nowMs;
    if (nowMs === undefined) return;
    const { early, lastMs } = this.#held.release(nowMs, this.#time.held_events_max, this.#deliver);
    if (early === 0) return;
    if (this.#early.value === 0) {
      const bound = this.#time.held_events_max;
      this.#context.log.warn(`${this.name}: more than ${bound} events wait for stragglers (held_events_max), so the oldest went early.`);
    }
    this.#early.add(early);
    this.#clock.passed(lastMs);
  }

  readonly #deliver = (batch: Batch, demandVersion: number): void => this.#handOn(batch, demandVersion);

  /** Queries of this target alone are handed events together once none wait, here or where they are received, that are not for all of them. */
  #settle(): void {
    const oldest = this.#held.oldestVersion;
    const taken = this.#context.received?.taken ?? 0;
    this.#isUnsettled = false;
    for (const attached of this.#attached) {
      const { query, sinceVersion, sinceRecord, required } = attached;
      if (sinceRecord > taken) this.#isUnsettled = true;
      if (sinceRecord > taken || sinceVersion > oldest || query.demand.size !== 1) continue;
      this.#attached = this.#attached.filter((other) => other !== attached);
      this.#together.add(query, required);
    }
  }

  #begin(startMs: number): void {
    if (this.#clock.nowMs !== undefined) return;
    this.#together.begin(startMs);
    for (const { query } of this.#attached) query.begin(startMs);
  }

  #advance(always: boolean): void {
    if (this.#clock.nowMs !== undefined) this.#together.advanceTo(this.#clock.nowMs, always);
    for (const { query, nowMs } of this.#attached) {
      const timeMs = nowMs();
      if (timeMs === undefined) continue;
      const dueMs = query.nextDueMs();
      if (always || (dueMs !== undefined && dueMs <= timeMs)) query.advanceTo(timeMs);
    }
  }

  #refuse(count: number): void {
    if (this.#future.value === 0 && this.#time.future_max_ms !== undefined) {
      const bound = formatDuration(this.#time.future_max_ms);
      this.#context.log.warn(`${this.name}: an event dated more than ${bound} ahead (future_max) was refused; is a clock wrong?`);
    }
    this.#future.add(count);
  }
}

interface Attached {
  readonly query: Query;
  /** Rows read under an older demand are not for it. */
  readonly sinceVersion: number;
  /** Of what was received before this record, fields that it asks for may have been left out. */
  readonly sinceRecord: number;
  /** The slots of the fields that it asks for. */
  readonly slots: readonly number[];
  /** The slots of the fields that an event must have to be seen by it and may lack, in order. */
  readonly required: readonly number[];
  /** How far time has come for it, which for a query of several targets is the slowest of their clocks. */
  readonly nowMs: () => number | undefined;
}

interface SavedTarget {
  readonly format: typeof TARGET_FORMAT;
  readonly clock: SavedEventClock;
  readonly held: readonly SavedBatch[];
}

// The journal has checked that these are the bytes we wrote; the format says that this version wrote them.
function isSavedTarget(saved: unknown): saved is SavedTarget {
  return typeof saved === "object" && saved !== null && "format" in saved && saved.format === TARGET_FORMAT;
}

function isWithin(batch: Batch, limitMs: number): boolean {
  for (let row = 0; row < batch.size; row++) if (!isTimeWithin(batch.times[row]!, limitMs)) return false;
  return true;
}

/** False also for NaN: what has no time cannot be put in order. */
function isTimeWithin(timeMs: number, limitMs: number): boolean {
  return timeMs <= limitMs && timeMs >= -DATE_MS_MAX;
}

/** The range of a JavaScript date. */
const DATE_MS_MAX = 8.64e15;
/** What was held over a restart was read under a demand older than any of this process. */
const RESTORED_VERSION = -1;
const TARGET_FORMAT = "hotaka target 1";
