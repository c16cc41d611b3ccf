import { deserialize, serialize } from "node:v8";
import type { Batch, Use } from "../../event/index.ts";
import { layoutOf } from "../generate/columns.ts";
import { GroupCode } from "../generate/group_code.ts";
import { groupLayout } from "../generate/group_layout.ts";
import { contains } from "../plan/expression.ts";
import { needsEvents } from "../plan/needs_events.ts";
import { isPlainSelect, type Plan } from "../plan/plan.ts";
import { stateIdentity } from "../plan/state_identity.ts";
import type { Budget, OutputColumn, Sink, Statement, StatementUsage } from "../statement.ts";
import type { Pace } from "../vocabulary.ts";
import { Running, type SavedState } from "./group_running.ts";
import { GroupTable } from "./group_table.ts";
import { type Candidate, finishRows } from "./rows.ts";

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
 * of its groups, a sliding one a ring of times, groups and values.
 */
export class GroupStatement implements Statement {
  readonly #plan: Plan;
  readonly #pace: Pace | undefined;
  readonly #sink: Sink;
  readonly #code: GroupCode;
  readonly #runtime: Running;

  constructor({ plan, startMs, budget, sink }: { plan: Plan; startMs: number; budget: Budget; sink: Sink }) {
    this.#plan = plan;
    this.#pace = plan.streams[0]!.views[0]?.form.pace;
    this.#sink = sink;
    const layout = groupLayout(plan, this.#pace?.kind === "slide");
    this.#code = new GroupCode(plan, layout, this.#pace);
    const table = new GroupTable({
      initial: layout.initial,
      openAccumulators: () => layout.openAccumulators(),
      stringKeys: plan.keys.map(({ type }) => type === "string"),
      groups_max: budget.groups_max,
      isHeld: (slot) => this.#runtime.isHeld(slot),
      moved: (slots) => this.#runtime.moveSlots(slots),
    });
    this.#runtime = new Running({
      plan,
      pace: this.#pace,
      table,
      code: this.#code,
      args: layout.args.length,
      budget,
      startMs,
      deliver: (...delivery) => this.#deliver(...delivery),
    });
    if (plan.keys.length === 0) table.open([], 0);
  }

  get name(): string {
    return this.#plan.name;
  }

  get columns(): readonly OutputColumn[] {
    return this.#plan.items.map(({ name, type }) => ({ name, type }));
  }

  get insertInto(): Plan["insertInto"] {
    return this.#plan.insertInto;
  }

  get reading(): Plan["reading"] {
    return this.#plan.reading;
  }

  get demand(): ReadonlyMap<string, ReadonlyMap<string, Use>> {
    const [stream] = this.#plan.streams;
    return new Map([[stream!.target, stream!.demand]]);
  }

  accept(batch: Batch): void {
    const { table } = this.#runtime;
    const bound = this.#plan.keys.map((key, part) => {
      const column = key.op === "field" ? batch.columns[key.slot] : undefined;
      if (column?.kind !== "dictionary" || !table.coders[part]!.bind(column.dictionary)) return false;
      if (this.#plan.keys.length === 1) table.ensureCodes(column.dictionary.codeCount);
      return true;
    });
    const accept = this.#code.accept(layoutOf(batch, this.#code.columns), bound);
    accept(this.#runtime, batch.size, batch.times, batch.columns);
  }

  advanceTo(timeMs: number): void {
    this.#runtime.advance(timeMs);
    this.#runtime.nowMs = Math.max(this.#runtime.nowMs, timeMs);
  }

  finish(): void {
    if (!Number.isNaN(this.#runtime.endMs)) this.#runtime.close(this.#runtime.nowMs, this.#runtime.endMs);
  }

  nextDueMs(): number | undefined {
    return this.#runtime.dueMs === Infinity ? undefined : this.#runtime.dueMs;
  }

  save(): Uint8Array {
    return serialize([STATE_VERSION, stateIdentity(this.#plan), this.#runtime.save()]);
  }

  restore(saved: Uint8Array): boolean {
    const [version, identity, state] = deserialize(saved) as [string, string, SavedState];
    if (version !== STATE_VERSION || identity !== stateIdentity(this.#plan)) return false;
    this.#runtime.restore(state);
    return true;
  }

  usage(): StatementUsage {
    return this.#runtime.usage();
  }

  close(): void {
    this.#runtime.table.close();
  }

  #deliver(candidates: readonly Candidate[], nowMs: number, endMs: number): void {
    const rows = finishRows(this.#plan, candidates);
    if (rows.length > 0) this.#sink({ timeMs: nowMs, endMs, rows, removed: [] });
  }
}

const STATE_VERSION = "groups 2";
/** Arguments have a bit each. */
const ARGUMENTS_MAX = 30;
