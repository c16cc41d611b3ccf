import { deserialize, serialize } from "node:v8";
import { type Batch, rowAt, type Use } from "../../event/index.ts";
import { assert } from "../../kit/index.ts";
import type { Plan, StreamPlan } from "../plan/plan.ts";
import type { Budget, OutputColumn, Sink, Statement, StatementUsage } from "../statement.ts";
import type { Change, StatementEvent, Window } from "../vocabulary.ts";
import type { Evaluate } from "./evaluation.ts";
import { Processor } from "./processor.ts";

export interface StatementParts {
  readonly plan: Plan;
  readonly startMs: number;
  readonly budget: Budget;
  readonly sink: Sink;
  /** Makes an expression ready: interpreted, or as generated code. */
  readonly evaluation: (expression: NonNullable<Plan["where"]>) => Evaluate;
}

/** Runs a query event by event: works for every plan, and is what the generated statements are compared with. */
export class EventStatement implements Statement {
  readonly #plan: Plan;
  readonly #stream: StreamPlan;
  readonly #budget: Budget;
  readonly #sink: Sink;
  readonly #filter: Evaluate | undefined;
  readonly #window: Window | undefined;
  readonly #processor: Processor;
  #nowMs: number;
  #refused = 0;

  constructor({ plan, startMs, budget, sink, evaluation }: StatementParts) {
    assert(plan.streams.length === 1, "a statement over several streams was built as one over one");
    this.#plan = plan;
    this.#stream = plan.streams[0]!;
    this.#budget = budget;
    this.#sink = sink;
    this.#nowMs = startMs;
    this.#filter = this.#stream.filter && evaluation(this.#stream.filter);
    this.#processor = new Processor(plan, evaluation);
    this.#window = this.#stream.views[0]?.form.open((parameter, event) => {
      assert(parameter.kind === "expression", "a window evaluated a parameter that is a constant");
      return evaluation(parameter.expression)({ events: [event], aggregates: [], key: [], nowMs: event.timeMs });
    });
    this.#window?.start?.(startMs);
  }

  get name(): string {
    return this.#plan.name;
  }

  get columns(): readonly OutputColumn[] {
    return this.#plan.items.map(({ name, type }) => ({ name, type }));
  }

  get demand(): ReadonlyMap<string, ReadonlyMap<string, Use>> {
    return new Map([[this.#stream.target, this.#stream.demand]]);
  }

  accept(batch: Batch): void {
    for (let row = 0; row < batch.size; row++) {
      this.advanceTo(batch.times[row]!);
      this.#take({ values: rowAt(batch, row), timeMs: this.#nowMs });
    }
  }

  advanceTo(timeMs: number): void {
    for (;;) {
      const dueMs = this.nextDueMs();
      if (dueMs === undefined || dueMs > timeMs) break;
      this.#nowMs = Math.max(this.#nowMs, dueMs);
      this.#deliver(this.#window!.fire(dueMs));
    }
    this.#nowMs = Math.max(this.#nowMs, timeMs);
  }

  finish(): void {
    this.#deliver(this.#window?.finish?.());
  }

  nextDueMs(): number | undefined {
    return this.#window?.nextDueMs();
  }

  save(): Uint8Array {
    return serialize([STATE_VERSION, this.#plan.text, this.#nowMs, this.#refused, this.#window?.save(), this.#processor.save()]);
  }

  restore(saved: Uint8Array): boolean {
    const [version, text, nowMs, refused, window, processor] = deserialize(saved) as [string, string, number, number, unknown, unknown];
    if (version !== STATE_VERSION || text !== this.#plan.text) return false;
    this.#nowMs = nowMs;
    this.#refused = refused;
    this.#window?.restore(window);
    this.#processor.restore(processor);
    return true;
  }

  usage(): StatementUsage {
    const events = this.#window?.size() ?? 0;
    const { groups } = this.#processor;
    return { groups, events, bytes: groups * GROUP_BYTES + events * EVENT_BYTES, refused: this.#refused };
  }

  close(): void {}

  #take(event: StatementEvent): void {
    if (this.#filter !== undefined && this.#filter({ events: [event], aggregates: [], key: [], nowMs: this.#nowMs }) !== true) return;
    if (this.#overBudget(event)) {
      this.#refused++;
      return;
    }
    this.#deliver(this.#window === undefined ? { entered: [event], left: [] } : this.#window.update([event], [], this.#nowMs));
  }

  #overBudget(event: StatementEvent): boolean {
    if ((this.#window?.size() ?? 0) >= this.#budget.events_max) return true;
    return this.#processor.groups >= this.#budget.groups_max && this.#processor.opensGroup(event);
  }

  #deliver(change: Change | undefined): void {
    if (change === undefined) return;
    const outcome = this.#processor.process(change, this.#nowMs);
    const rows = this.#processor.finish(this.#plan.output === "rstream" ? outcome.removed : outcome.rows);
    const removed = this.#plan.output === "irstream" ? this.#processor.finish(outcome.removed) : [];
    if (rows.length === 0 && removed.length === 0) return;
    this.#sink({ timeMs: this.#nowMs, endMs: change.endMs ?? this.#nowMs, rows, removed });
  }
}

const STATE_VERSION = "events 1";

/** Estimates, for showing and for the budget: measured on six-field events, Node 20. */
const GROUP_BYTES = 400;
const EVENT_BYTES = 200;
