import { deserialize, serialize } from "node:v8";
import type { Batch, Row, Use, Value } from "../../event/index.ts";
import { contains } from "../plan/expression.ts";
import { needsEvents } from "../plan/needs_events.ts";
import { isPlainSelect, type Plan } from "../plan/plan.ts";
import { stateIdentity } from "../plan/state_identity.ts";
import type { SharedStates } from "../shared_states.ts";
import type { Budget, OutputColumn, Selective, SharedState, Sink, Statement, StatementUsage } from "../statement.ts";
import { type CoreImage, GroupCore, type GroupMember } from "./group_core.ts";
import { ARGUMENTS_MAX } from "./group_running.ts";
import { restoredCore } from "./restored_core.ts";
import { finishRows } from "./rows.ts";

/** Whether `GroupStatement` can run a plan: rows that stand for groups, over a window that can go without its events. */
export function isGroupPlan(plan: Plan): boolean {
  if (!isPlainSelect(plan)) return false;
  const [stream, ...others] = plan.streams;
  const views = stream!.views;
  if (others.length > 0 || views.length > 1 || (views.length === 1 && views[0]!.form.pace === undefined)) return false;
  if ((plan.shape !== "total" && plan.shape !== "grouped") || plan.output !== "istream" || plan.aggregates.length > ARGUMENTS_MAX)
    return false;
  if (needsEvents(plan)) return false;
  const ofGroups = [...plan.items, ...plan.orderBy].map(({ expression }) => expression);
  if (plan.having !== undefined) ofGroups.push(plan.having);
  return !ofGroups.some((expression) => contains(expression, ({ op }) => op === "field"));
}

/**
 * Runs a query whose rows stand for groups, on columns and by generated code, without keeping an event: a batch window keeps the numbers
 * of its groups, a sliding one a ring of times, groups and values. The state is apart: several statements may have one.
 */
export class GroupStatement implements Statement, GroupMember {
  readonly plan: Plan;
  readonly #budget: Budget;
  readonly #sink: Sink;
  #core: GroupCore;

  constructor({ plan, startMs, budget, sink }: { plan: Plan; startMs: number; budget: Budget; sink: Sink }) {
    this.plan = plan;
    this.#budget = budget;
    this.#sink = sink;
    this.#core = new GroupCore({ plans: [plan], aggregates: plan.aggregates, budget, startMs });
    this.#core.add(this);
  }

  get name(): string {
    return this.plan.name;
  }

  get columns(): readonly OutputColumn[] {
    return this.plan.items.map(({ name, type }) => ({ name, type }));
  }

  get insertInto(): Plan["insertInto"] {
    return this.plan.insertInto;
  }

  get reading(): Plan["reading"] {
    return this.plan.reading;
  }

  get demand(): ReadonlyMap<string, ReadonlyMap<string, Use>> {
    const [stream] = this.plan.streams;
    return new Map([[stream!.target, stream!.demand]]);
  }

  /** Where its groups are. */
  get core(): GroupCore {
    return this.#core;
  }

  /** Its groups are in `core` from here on, which holds what its own did. */
  moveTo(core: GroupCore): void {
    this.#core.remove(this);
    this.#core = core;
    core.add(this);
  }

  get selective(): Selective | undefined {
    return this.#core.selective;
  }

  accept(batch: Batch): void {
    this.#core.accept(batch);
  }

  advanceTo(timeMs: number): void {
    this.#core.advanceTo(timeMs);
  }

  finish(): void {
    this.#core.finish();
  }

  nextDueMs(): number | undefined {
    return this.#core.nextDueMs();
  }

  get sharedState(): SharedState | undefined {
    return this.#core.statements.size > 1 ? this.#core : undefined;
  }

  save(): Uint8Array {
    const { sharedState } = this;
    return serialize([STATE_VERSION, stateIdentity(this.plan), sharedState === undefined ? this.#core.image() : sharedState.id]);
  }

  restore(saved: Uint8Array, shared?: SharedStates): boolean {
    const [version, identity, state] = deserialize(saved) as [string, string, CoreImage | string];
    if (version !== STATE_VERSION || identity !== stateIdentity(this.plan)) return false;
    if (typeof state !== "string") return this.#core.restore(state);
    const core = shared && restoredCore(shared, state, this.plan, this.#budget);
    if (core === undefined) return false;
    this.moveTo(core);
    return true;
  }

  usage(): StatementUsage {
    return this.#core.runtime.usage();
  }

  close(): void {
    this.#core.remove(this);
  }

  deliver(rows: Row[], sortKeys: readonly (readonly Value[])[], nowMs: number, endMs: number): void {
    const { distinct, orderBy, limit, offset } = this.plan;
    const isFinished = !distinct && orderBy.length === 0 && limit === undefined && offset === 0;
    const finished = isFinished
      ? rows
      : finishRows(
          this.plan,
          rows.map((row, index) => ({ row, sortKey: sortKeys[index] ?? [] })),
        );
    if (finished.length > 0) this.#sink({ timeMs: nowMs, endMs, rows: finished, removed: [] });
  }
}

const STATE_VERSION = "groups 5";
