import { randomUUID } from "node:crypto";
import { serialize } from "node:v8";
import type { Batch } from "../../event/index.ts";
import { layoutOf } from "../generate/columns.ts";
import { GroupCode, type RowChoice } from "../generate/group_code.ts";
import type { Accept } from "../generate/group_runtime.ts";
import { type GroupLayout, groupLayout } from "../generate/group_layout.ts";
import { fingerprint } from "../plan/expression.ts";
import { fieldCondition } from "../plan/field_condition.ts";
import type { AggregatePlan, Plan } from "../plan/plan.ts";
import { isIntegral } from "../plan/type.ts";
import type { Budget, FollowedStream, Selective, SharedState } from "../statement.ts";
import type { Pace } from "../vocabulary.ts";
import { type GroupOutput, Running, type SavedState } from "./group_running.ts";
import { GroupTable } from "./group_table.ts";
import { Recency } from "./recency.ts";
import { fitted, imageOfLayout, type SavedLayout } from "./saved_layout.ts";

export interface GroupCoreOptions {
  /** Plans of one identity: they differ in their select lists, HAVING, order and the like. */
  readonly plans: readonly Plan[];
  /** At least the aggregates of all plans, each once. */
  readonly aggregates: readonly AggregatePlan[];
  readonly budget: Budget;
  readonly startMs: number;
}

/** A statement that has its groups in a core. */
export interface GroupMember {
  readonly plan: Plan;
  deliver: GroupOutput["deliver"];
  /** Its groups are in `core` from here on, which holds what its own did. */
  moveTo(core: GroupCore): void;
}

/** The groups of a window, for one statement or for several over the same source, filter, window, WHERE and key. */
export class GroupCore implements SharedState {
  readonly aggregates: readonly AggregatePlan[];
  readonly runtime: Running;
  readonly selective: Selective | undefined;
  readonly statements = new Map<GroupMember, GroupOutput>();
  readonly #plan: Plan;
  readonly #pace: Pace | undefined;
  readonly #budget: Budget;
  readonly #layout: GroupLayout;
  readonly #code: GroupCode;
  /** Told, before its statements move, that another core takes its place. */
  givesWay: ((core: GroupCore) => void) | undefined;
  #followed: FollowedStream | undefined;
  #id: string | undefined;
  #identity: string | undefined;

  constructor({ plans, aggregates, budget, startMs }: GroupCoreOptions) {
    const plan = plans[0]!;
    this.aggregates = aggregates;
    this.#plan = plan;
    this.#budget = budget;
    this.#pace = plan.streams[0]!.views[0]?.form.pace;
    const layout = groupLayout(aggregates, this.#pace?.kind === "slide");
    this.#layout = layout;
    const evicts = budget.when_full === "evict" && plan.keys.length > 0;
    this.#code = new GroupCode({ plans, layout, pace: this.#pace, evicts });
    const table = new GroupTable({
      initial: layout.initial,
      openAccumulators: () => layout.openAccumulators(),
      stringKeys: plan.keys.map(({ type }) => type === "string"),
      groups_max: budget.groups_max,
      recency: evicts ? new Recency() : undefined,
      givesWay: (slot) => this.runtime.givesWay(slot),
      isHeld: (slot) => this.runtime.isHeld(slot),
      moved: (slots) => this.runtime.moveSlots(slots),
    });
    this.runtime = new Running({ plan, pace: this.#pace, table, code: this.#code, args: layout.args.length, budget, startMs });
    if (plan.keys.length === 0) table.open([], 0);
    this.selective = this.#selectiveBy(plan);
  }

  /** Under which it is saved. */
  get id(): string {
    return (this.#id ??= randomUUID());
  }

  /** What two cores share exactly when their groups are the same and may be as many, provided they have seen the same events. */
  get identity(): string {
    const { groups_max, events_max, when_full } = this.#budget;
    return (this.#identity ??= JSON.stringify([identityOf(this.#plan), groups_max, events_max, when_full]));
  }

  /** As `Running.contents`. */
  get contents(): string | undefined {
    const isExact = this.#layout.args.every(({ byCells, values }) => byCells && values.every(({ type }) => isIntegral(type)));
    return this.runtime.contents(isExact);
  }

  /** A core that stands where this one does, which is empty, with room for more aggregates and for the statements of `cores`. */
  emptyWith(aggregates: readonly AggregatePlan[], cores: readonly GroupCore[]): GroupCore {
    const plans = cores.flatMap(({ statements }) => [...statements.keys()].map(({ plan }) => plan));
    const core = new GroupCore({ plans: [this.#plan, ...plans], aggregates, budget: this.#budget, startMs: this.runtime.nowMs });
    core.runtime.standLike(this.runtime);
    return core;
  }

  /** All its statements have their groups in `core` from here on, which holds what this one does. */
  giveWayTo(core: GroupCore): void {
    this.givesWay?.(core);
    for (const statement of this.statements.keys()) statement.moveTo(core);
  }

  /** Whether it keeps all of `aggregates`. */
  covers(aggregates: readonly AggregatePlan[]): boolean {
    return aggregates.every((wanted) => this.aggregates.some(({ fingerprint: known }) => known === wanted.fingerprint));
  }

  add(statement: GroupMember): void {
    const { plan } = statement;
    const places = plan.aggregates.map((wanted) => this.aggregates.findIndex(({ fingerprint: known }) => known === wanted.fingerprint));
    this.statements.set(statement, {
      pick: this.#code.pick(plan, places),
      makeRows: this.#code.rows(plan, places),
      deliver: (...rows) => statement.deliver(...rows),
    });
    this.runtime.outputs = [...this.statements.values()];
  }

  remove(statement: GroupMember): void {
    if (!this.statements.delete(statement)) return;
    this.runtime.outputs = [...this.statements.values()];
    if (this.statements.size === 0) this.runtime.table.close();
  }

  accept(batch: Batch): void {
    this.#accept(batch, "all")(this.runtime, batch.size, batch.times, batch.columns);
  }

  advanceTo(timeMs: number): void {
    this.runtime.advance(timeMs);
    this.runtime.nowMs = Math.max(this.runtime.nowMs, timeMs);
  }

  finish(): void {
    this.catchUp();
    if (!Number.isNaN(this.runtime.endMs)) this.runtime.close(this.runtime.nowMs, this.runtime.endMs);
  }

  nextDueMs(): number | undefined {
    return this.runtime.dueMs === Infinity ? undefined : this.runtime.dueMs;
  }

  /** Brings it to where the stream is that it is handed some events of. */
  catchUp(): void {
    if (this.#followed !== undefined) this.runtime.catchUp(this.#followed.nowMs);
  }

  image(): CoreImage {
    this.catchUp();
    return { identity: identityOf(this.#plan), layout: imageOfLayout(this.aggregates, this.#layout), state: this.runtime.save() };
  }

  /** As `image`, for whoever saves it once for all its statements. */
  save(): Uint8Array {
    return serialize(this.image());
  }

  /** Takes up an image of a core with the same aggregates or more, whatever its budget. False, and unchanged, when it is of another kind. */
  restore(image: CoreImage): boolean {
    if (image.identity !== identityOf(this.#plan)) return false;
    const state = fitted(image.state, image.layout, imageOfLayout(this.aggregates, this.#layout));
    if (state === undefined) return false;
    this.runtime.restore(state);
    return true;
  }

  #accept(batch: Batch, rows: RowChoice): Accept {
    const { table } = this.runtime;
    const bound = this.#plan.keys.map((key, part) => {
      const column = key.op === "field" ? batch.columns[key.slot] : undefined;
      if (column?.kind !== "dictionary" || !table.coders[part]!.bind(column.dictionary)) return false;
      if (this.#plan.keys.length === 1) table.ensureCodes(column.dictionary.codeCount);
      return true;
    });
    return this.#code.accept(layoutOf(batch, this.#code.columns), bound, rows);
  }

  /** Some events need not come here: those that fail a condition on one field. */
  #selectiveBy({ streams, where }: Plan): Selective | undefined {
    const { filter, schema } = streams[0]!;
    // What WHERE refuses is in the window all the same: it can be left out where only the number of such events counts, or not even that.
    const counts = this.#pace?.kind === "batch" && this.#pace.by === "time";
    const isFree = this.#pace === undefined || (this.#pace.kind === "slide" && this.#pace.by === "time");
    const ofFilter = fieldCondition([filter], schema);
    const ofWhere = isFree || (counts && filter === undefined) ? fieldCondition([where], schema) : undefined;
    const interest = ofFilter?.oneOf === undefined ? (ofWhere ?? ofFilter) : ofFilter;
    if (interest === undefined) return undefined;
    const isCounted = counts && interest === ofWhere;
    const { runtime } = this;
    return {
      interest,
      get waitsForAny() {
        return isCounted && runtime.dueMs === Infinity;
      },
      follow: (followed) => {
        this.#followed = followed;
        if (isCounted) runtime.follow(followed);
      },
      take: (batch, rows, count) => {
        const { clock, nowMs } = this.#followed!;
        if (isCounted && runtime.dueMs === Infinity) runtime.advance(clock[0]!);
        if (count > 0) this.#accept(batch, isCounted ? "counted elsewhere" : "selected")(runtime, count, clock, batch.columns, rows);
        this.advanceTo(nowMs);
      },
    };
  }
}

/** What `image` gives: plain data. */
export interface CoreImage {
  readonly identity: string;
  readonly layout: SavedLayout;
  readonly state: SavedState;
}

/** What the groups of two plans share exactly when they are the same, whatever is then selected of them. */
function identityOf({ streams, where, keys }: Plan): string {
  const { target, filter, views } = streams[0]!;
  const pace = views[0]?.form.pace;
  const window = JSON.stringify(pace, (name, value: unknown) =>
    name === "timestamp" && pace !== undefined && "timestamp" in pace ? fingerprint(pace.timestamp.expression) : value,
  );
  const conditions = [filter, where].map((condition) => (condition === undefined ? "" : fingerprint(condition)));
  return JSON.stringify([target, window, conditions, keys.map((key) => [key.type, fingerprint(key)])]);
}
