import { deserialize, serialize } from "node:v8";
import type { Batch, Row, Use } from "../../event/index.ts";
import { layoutOf } from "../generate/columns.ts";
import { type Project, projectionCode } from "../generate/projection_code.ts";
import { fieldCondition } from "../plan/field_condition.ts";
import { needsEvents } from "../plan/needs_events.ts";
import { isPlainSelect, type Plan } from "../plan/plan.ts";
import type { FollowedStream, OutputColumn, Selective, Sink, Statement, StatementUsage } from "../statement.ts";
import { deliverByInstant } from "./deliver.ts";

/**
 * Whether `ProjectionStatement` can run a plan: a row for each event as it arrives. A window that lets events go one by one changes
 * nothing, because what leaves it is not asked for.
 */
export function isProjectionPlan(plan: Plan): boolean {
  if (!isPlainSelect(plan)) return false;
  const [stream, ...others] = plan.streams;
  const [view, ...more] = stream!.views;
  if (others.length > 0 || more.length > 0 || (view !== undefined && view.form.pace?.kind !== "slide")) return false;
  if (plan.shape !== "plain" || plan.output !== "istream" || needsEvents(plan)) return false;
  return !plan.distinct && plan.orderBy.length === 0 && plan.limit === undefined && plan.offset === 0;
}

/** Runs a query that makes a row of each event, on columns and by generated code. It holds nothing from one event to the next. */
export class ProjectionStatement implements Statement {
  readonly #plan: Plan;
  readonly #sink: Sink;
  readonly #slots: readonly number[];
  readonly #projects = new Map<string, Project>();
  readonly selective: Selective | undefined;
  #followed: FollowedStream | undefined;
  #nowMs: number;

  constructor({ plan, startMs, sink }: { plan: Plan; startMs: number; sink: Sink }) {
    this.#plan = plan;
    this.#sink = sink;
    this.#nowMs = startMs;
    const [stream] = plan.streams;
    this.#slots = stream!.schema.fields.filter(({ name }) => stream!.demand.has(name)).map(({ slot }) => slot);
    const interest = fieldCondition([stream!.filter, plan.where, plan.having], stream!.schema);
    this.selective = interest && {
      interest,
      waitsForAny: false,
      follow: (followed) => void (this.#followed = followed),
      take: (batch, rows, count) => this.#take(this.#followed!, batch, rows, count),
    };
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
    const rows: Row[] = [];
    const instants: number[] = [];
    this.#nowMs = this.#project(batch, false)(batch.size, batch.times, batch.columns, this.#nowMs, rows, instants);
    deliverByInstant(this.#sink, rows, instants);
  }

  #take({ clock, nowMs }: FollowedStream, batch: Batch, selected: Int32Array, count: number): void {
    const rows: Row[] = [];
    const instants: number[] = [];
    if (count > 0) this.#project(batch, true)(count, clock, batch.columns, this.#nowMs, rows, instants, selected);
    this.advanceTo(nowMs);
    deliverByInstant(this.#sink, rows, instants);
  }

  advanceTo(timeMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, timeMs);
  }

  finish(): void {}

  nextDueMs(): undefined {
    return undefined;
  }

  save(): Uint8Array {
    if (this.#followed !== undefined) this.advanceTo(this.#followed.nowMs);
    return serialize([STATE_VERSION, this.#plan.text, this.#nowMs]);
  }

  restore(saved: Uint8Array): boolean {
    const [version, text, nowMs] = deserialize(saved) as [string, string, number];
    if (version !== STATE_VERSION || text !== this.#plan.text) return false;
    this.#nowMs = nowMs;
    return true;
  }

  usage(): StatementUsage {
    return { groups: 0, events: 0, bytes: 0, refused: 0, evicted: 0 };
  }

  close(): void {}

  #project(batch: Batch, selected: boolean): Project {
    const layout = layoutOf(batch, this.#slots);
    const signature = `${layout};${selected}`;
    let project = this.#projects.get(signature);
    if (project === undefined) {
      if (this.#projects.size >= LAYOUTS_MAX) this.#projects.clear();
      project = projectionCode(this.#plan, this.#slots, layout, selected);
      this.#projects.set(signature, project);
    }
    return project;
  }
}

const STATE_VERSION = "rows 1";
const LAYOUTS_MAX = 32;
