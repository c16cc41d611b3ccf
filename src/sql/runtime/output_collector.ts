import type { Value } from "../../event/index.ts";
import { dependsOnInstant } from "../plan/depends_on_instant.ts";
import type { Tuple } from "../vocabulary.ts";
import { type Group, identityOf } from "./group.ts";
import type { Outcome, Processor, TupleChange } from "./processor.ts";
import { type Candidate, compareCandidates } from "./rows.ts";

/** What a statement with an OUTPUT clause holds back between two outputs. */
export interface OutputCollector {
  add(change: TupleChange, nowMs: number): void;
  release(nowMs: number): Outcome;
  /** Events and groups held for it alone. */
  readonly events: number;
  readonly groups: number;
  save(): unknown;
  restore(saved: unknown): void;
}

/**
 * The rules are those of Esper's result set processors for rate-limited output: they differ with the shape of the query, because "last" and
 * "all" are of events where rows are of events, and of groups where rows are of groups.
 */
export function openCollector(processor: Processor, select: "default" | "all" | "last"): OutputCollector {
  const { plan } = processor;
  const collector = collectorOf(processor, select);
  return collector instanceof HeldBack || !dependsOnInstant(plan) ? collector : new Deferred(collector);
}

function collectorOf(processor: Processor, select: "default" | "all" | "last"): OutputCollector {
  const { shape } = processor.plan;
  if (select === "default") return new HeldBack(processor);
  if (shape === "grouped") return new OfGroups(processor, select === "all");
  if (shape === "grouped_with_fields") return select === "all" ? new AllOfGroups(processor) : new LastOfGroups(processor);
  if (select === "all") return new HeldBack(processor);
  if (shape === "plain") return new LastEvents(processor);
  return new LastRows(processor);
}

/** Every change, worked out at the output. */
class HeldBack implements OutputCollector {
  readonly #processor: Processor;
  readonly #changes = new ChangesHeld();
  readonly groups = 0;

  constructor(processor: Processor) {
    this.#processor = processor;
  }

  get events(): number {
    return this.#changes.events;
  }

  add(change: TupleChange): void {
    this.#changes.add(change);
  }

  release(nowMs: number): Outcome {
    if (this.#changes.list.length === 0) return unchanged(this.#processor, nowMs);
    const outcomes = this.#changes.take().map((change) => this.#processor.process(change, nowMs));
    return { rows: outcomes.flatMap(({ rows }) => rows), removed: outcomes.flatMap(({ removed }) => removed) };
  }

  save(): unknown {
    return this.#changes.list;
  }

  restore(saved: unknown): void {
    this.#changes.restore(saved as readonly TupleChange[]);
  }
}

/** Changes since the last output, with how many events are in them. */
class ChangesHeld {
  list: TupleChange[] = [];
  events = 0;

  add(change: TupleChange): void {
    this.list.push(change);
    this.events += change.entered.length + change.left.length;
  }

  take(): readonly TupleChange[] {
    const { list } = this;
    this.restore([]);
    return list;
  }

  restore(changes: readonly TupleChange[]): void {
    this.list = [];
    this.events = 0;
    for (const change of changes) this.add(change);
  }
}

/** The changes of a query whose rows are of the instant they are put out at: another collector takes them then, all at once. */
class Deferred implements OutputCollector {
  readonly #collector: OutputCollector;
  readonly #changes = new ChangesHeld();

  constructor(collector: OutputCollector) {
    this.#collector = collector;
  }

  get events(): number {
    return this.#collector.events + this.#changes.events;
  }

  get groups(): number {
    return this.#collector.groups;
  }

  add(change: TupleChange): void {
    this.#changes.add(change);
  }

  release(nowMs: number): Outcome {
    for (const change of this.#changes.take()) this.#collector.add(change, nowMs);
    return this.#collector.release(nowMs);
  }

  save(): unknown {
    return [this.#changes.list, this.#collector.save()];
  }

  restore(saved: unknown): void {
    const [changes, collector] = saved as [readonly TupleChange[], unknown];
    this.#changes.restore(changes);
    this.#collector.restore(collector);
  }
}

/** The last event that entered and the last that left, of those that HAVING takes; of a change with ORDER BY, the last in its order. */
class LastEvents implements OutputCollector {
  readonly #processor: Processor;
  #entered: Tuple | undefined;
  #left: Tuple | undefined;
  readonly groups = 0;

  constructor(processor: Processor) {
    this.#processor = processor;
  }

  get events(): number {
    return Number(this.#entered !== undefined) + Number(this.#left !== undefined);
  }

  add({ entered, left }: TupleChange, nowMs: number): void {
    this.#entered = this.#lastOf(entered, nowMs, false) ?? this.#entered;
    this.#left = this.#lastOf(left, nowMs, true) ?? this.#left;
  }

  release(nowMs: number): Outcome {
    const [entered, left] = [this.#entered, this.#left].map((event) => (event === undefined ? [] : [event]));
    this.#entered = undefined;
    this.#left = undefined;
    return this.#processor.process({ entered: entered!, left: left! }, nowMs);
  }

  save(): unknown {
    return [this.#entered, this.#left];
  }

  restore(saved: unknown): void {
    [this.#entered, this.#left] = saved as [Tuple | undefined, Tuple | undefined];
  }

  #lastOf(events: readonly Tuple[], nowMs: number, removed: boolean): Tuple | undefined {
    const { plan } = this.#processor;
    const { having, orderBy, limit, offset } = plan;
    if (having === undefined && orderBy.length === 0 && limit === undefined && offset === 0) return events.at(-1);
    const shown = events.flatMap((event) => this.#processor.eventRows([event], nowMs, removed).map((row) => ({ event, row })));
    const sorted = shown.toSorted((left, right) => compareCandidates(plan, left.row, right.row));
    return sorted.slice(offset, limit === undefined ? undefined : offset + limit).at(-1)?.event;
  }
}

/** The last row of an ungrouped query with aggregates. What is removed is the first row, where there is one row for each change. */
class LastRows implements OutputCollector {
  readonly #processor: Processor;
  #changed = false;
  #row: Candidate | undefined;
  #removed: Candidate | undefined;
  readonly events = 0;
  readonly groups = 0;

  constructor(processor: Processor) {
    this.#processor = processor;
  }

  add(change: TupleChange, nowMs: number): void {
    const { rows, removed } = this.#processor.process(change, nowMs);
    if (this.#processor.plan.shape === "total") {
      this.#row = rows[0];
      this.#removed ??= removed[0];
    } else {
      this.#row = rows.at(-1) ?? this.#row;
      this.#removed = removed.at(-1) ?? this.#removed;
    }
    this.#changed = true;
  }

  release(nowMs: number): Outcome {
    if (!this.#changed) return unchanged(this.#processor, nowMs);
    const [rows, removed] = [this.#row, this.#removed].map((row) => (row === undefined ? [] : [row]));
    this.restore([false, undefined, undefined]);
    return { rows: rows!, removed: removed! };
  }

  save(): unknown {
    return [this.#changed, this.#row, this.#removed];
  }

  restore(saved: unknown): void {
    [this.#changed, this.#row, this.#removed] = saved as [boolean, Candidate | undefined, Candidate | undefined];
  }
}

/** A row for each group at the output: of the groups touched since the one before, or of all there ever were. */
class OfGroups implements OutputCollector {
  readonly #processor: Processor;
  readonly #all: boolean;
  readonly #representatives: Representatives;
  #begun = false;
  #removed: Candidate[] = [];
  readonly events = 0;

  constructor(processor: Processor, all: boolean) {
    this.#processor = processor;
    this.#all = all;
    this.#representatives = new Representatives(processor);
  }

  get groups(): number {
    return this.#all ? this.#representatives.size : 0;
  }

  add({ entered, left }: TupleChange, nowMs: number): void {
    this.#begin(nowMs);
    for (const event of entered) {
      this.#meet(event, nowMs);
      this.#processor.enter(event, nowMs);
    }
    for (const event of left) {
      this.#meet(event, nowMs);
      this.#processor.leave(event);
    }
  }

  release(nowMs: number): Outcome {
    this.#begin(nowMs);
    const rows = this.#processor.wantsRows ? this.#representatives.rows(nowMs) : [];
    const removed = this.#removed;
    this.#removed = [];
    this.#begun = false;
    if (!this.#all) this.#representatives.clear();
    return { rows, removed };
  }

  save(): unknown {
    return [this.#begun, this.#removed, this.#representatives.save()];
  }

  restore(saved: unknown): void {
    const [begun, removed, representatives] = saved as [boolean, Candidate[], unknown];
    this.#begun = begun;
    this.#removed = removed;
    this.#representatives.restore(representatives);
  }

  /** What all groups were before the first change since the last output. */
  #begin(nowMs: number): void {
    if (this.#begun) return;
    this.#begun = true;
    if (this.#all && this.#processor.wantsRemoved) this.#removed = this.#representatives.rows(nowMs, { removed: true });
  }

  /** An event stands for its groups; a group not met before is removed as it was. */
  #meet(event: Tuple, nowMs: number): void {
    for (const group of this.#processor.groupsOf(event)) {
      const isNew = this.#representatives.set(group.key, event);
      if (!isNew || !this.#processor.wantsRemoved) continue;
      const row = this.#processor.row(group, event, nowMs, true);
      if (row !== undefined) this.#removed.push(row);
    }
  }
}

/** A row for each event; and for each group into which none has come since the last output, the last that did again. */
class AllOfGroups implements OutputCollector {
  readonly #processor: Processor;
  readonly #representatives: Representatives;
  #rows: Candidate[] = [];
  #removed: Candidate[] = [];
  #touched = new Set<Value>();

  constructor(processor: Processor) {
    this.#processor = processor;
    this.#representatives = new Representatives(processor);
  }

  get events(): number {
    return this.#rows.length + this.#removed.length;
  }

  get groups(): number {
    return this.#representatives.size;
  }

  add(change: TupleChange, nowMs: number): void {
    this.#processor.take(change, nowMs);
    if (this.#processor.wantsRemoved) this.#removed.push(...this.#processor.changeRows(change.left, nowMs, true));
    if (this.#processor.wantsRows) this.#rows.push(...this.#processor.changeRows(change.entered, nowMs));
    for (const event of change.entered) {
      for (const { key } of this.#processor.groupsOf(event)) {
        this.#representatives.set(key, event);
        this.#touched.add(identityOf(key));
      }
    }
  }

  release(nowMs: number): Outcome {
    const others = this.#processor.wantsRows ? this.#representatives.rows(nowMs, { except: this.#touched }) : [];
    const outcome = { rows: [...this.#rows, ...others], removed: this.#removed };
    this.#rows = [];
    this.#removed = [];
    this.#touched = new Set();
    return outcome;
  }

  save(): unknown {
    return [this.#rows, this.#removed, this.#touched, this.#representatives.save()];
  }

  restore(saved: unknown): void {
    const [rows, removed, touched, representatives] = saved as [Candidate[], Candidate[], Set<Value>, unknown];
    this.#rows = rows;
    this.#removed = removed;
    this.#touched = touched;
    this.#representatives.restore(representatives);
  }
}

/** The last row of each group. As in Esper, all rows are worked out as those of the remove stream are. */
class LastOfGroups implements OutputCollector {
  readonly #processor: Processor;
  #rows = new Map<Value, Candidate>();
  #removed = new Map<Value, Candidate>();
  readonly events = 0;

  constructor(processor: Processor) {
    this.#processor = processor;
  }

  get groups(): number {
    return this.#rows.size + this.#removed.size;
  }

  add(change: TupleChange, nowMs: number): void {
    this.#processor.take(change, nowMs);
    if (this.#processor.wantsRemoved) this.#keep(change.left, this.#removed, nowMs);
    if (this.#processor.wantsRows) this.#keep(change.entered, this.#rows, nowMs);
  }

  release(): Outcome {
    const outcome = { rows: [...this.#rows.values()], removed: [...this.#removed.values()] };
    this.#rows = new Map();
    this.#removed = new Map();
    return outcome;
  }

  save(): unknown {
    return [this.#rows, this.#removed];
  }

  restore(saved: unknown): void {
    [this.#rows, this.#removed] = saved as [Map<Value, Candidate>, Map<Value, Candidate>];
  }

  #keep(events: readonly Tuple[], rows: Map<Value, Candidate>, nowMs: number): void {
    for (const event of events) {
      for (const group of this.#processor.groupsOf(event)) {
        const row = this.#processor.row(group, event, nowMs, true);
        // As everywhere in Esper, the first that HAVING refuses is the end of a change: decision 0010.
        if (row === undefined) return;
        rows.set(identityOf(group.key), row);
      }
    }
  }
}

/** Groups by key, each with the last event that stands for it; in the order in which they were first met. */
class Representatives {
  readonly #processor: Processor;
  readonly #events = new Map<Value, { readonly key: readonly Value[]; event: Tuple }>();

  constructor(processor: Processor) {
    this.#processor = processor;
  }

  get size(): number {
    return this.#events.size;
  }

  /** True when the group was not there. */
  set(key: readonly Value[], event: Tuple): boolean {
    const identity = identityOf(key);
    const known = this.#events.get(identity);
    if (known === undefined) this.#events.set(identity, { key, event });
    else known.event = event;
    return known === undefined;
  }

  rows(nowMs: number, { except, removed = false }: { readonly except?: ReadonlySet<Value>; readonly removed?: boolean } = {}): Candidate[] {
    const chosen = [...this.#events].filter(([identity]) => except?.has(identity) !== true);
    return this.#processor.groupRows(
      chosen.map(([, { key, event }]): [Group, Tuple] => [this.#processor.group(key), event]),
      nowMs,
      removed,
    );
  }

  clear(): void {
    this.#events.clear();
  }

  save(): unknown {
    return [...this.#events.values()].map(({ key, event }) => [key, event]);
  }

  restore(saved: unknown): void {
    this.#events.clear();
    for (const [key, event] of saved as [Value[], Tuple][]) this.set(key, event);
  }
}

/** An ungrouped aggregate is put out also when nothing has happened: as it is, and as it was. */
function unchanged(processor: Processor, nowMs: number): Outcome {
  if (processor.plan.shape !== "total") return { rows: [], removed: [] };
  const row = processor.total(nowMs);
  return { rows: processor.wantsRows ? row : [], removed: processor.wantsRemoved ? row : [] };
}
