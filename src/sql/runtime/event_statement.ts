import { deserialize, serialize } from "node:v8";
import { type Batch, rowAt, type Use } from "../../event/index.ts";
import { assert } from "../../kit/index.ts";
import type { Plan } from "../plan/plan.ts";
import type { Budget, OutputColumn, Sink, Statement, StatementUsage } from "../statement.ts";
import type { Change, StatementEvent, Tuple } from "../vocabulary.ts";
import type { Evaluate } from "./evaluation.ts";
import { EventStream } from "./event_stream.ts";
import { OutputLimiter } from "./output_limiter.ts";
import { PatternRun } from "./pattern_run.ts";
import { withPrevious } from "./previous.ts";
import { type Outcome, Processor } from "./processor.ts";
import { finishRows } from "./rows.ts";

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
  readonly #budget: Budget;
  readonly #sink: Sink;
  readonly #stream: EventStream;
  readonly #processor: Processor;
  readonly #limiter: OutputLimiter | undefined;
  readonly #pattern: PatternRun | undefined;
  #nowMs: number;
  #refused = 0;

  constructor({ plan, startMs, budget, sink, evaluation }: StatementParts) {
    assert(plan.streams.length === 1, "a statement over several streams was built as one over one");
    this.#plan = plan;
    this.#budget = budget;
    this.#sink = sink;
    this.#nowMs = startMs;
    this.#pattern = plan.streams[0]!.pattern && new PatternRun(plan.streams[0]!.pattern, evaluation, startMs);
    this.#pattern?.start();
    this.#stream = new EventStream(plan.streams[0]!, evaluation, startMs);
    const { previous } = this.#stream;
    this.#processor = new Processor(plan, previous === undefined ? evaluation : withPrevious(evaluation, [previous]));
    const contents = (): Tuple[] => [...this.#stream.contents()].map((event) => [event]);
    this.#limiter = plan.limiter && new OutputLimiter({ plan: plan.limiter, processor: this.#processor, evaluation, startMs, contents });
  }

  get name(): string {
    return this.#plan.name;
  }

  get columns(): readonly OutputColumn[] {
    return this.#plan.items.map(({ name, type }) => ({ name, type }));
  }

  get demand(): ReadonlyMap<string, ReadonlyMap<string, Use>> {
    const { target, pattern, demand } = this.#stream.plan;
    if (pattern === undefined) return new Map([[target, demand]]);
    return new Map([...pattern.targets].map(([name, { fields }]) => [name, new Map(fields.map((field) => [field.name, "value"]))]));
  }

  accept(batch: Batch): void {
    for (let row = 0; row < batch.size; row++) {
      this.advanceTo(batch.times[row]!);
      const event = { values: rowAt(batch, row), timeMs: this.#nowMs };
      if (this.#pattern === undefined) this.#take(event);
      // Matches that are not complete wait in memory, and an attacker can begin as many as there are events.
      else if (this.#pattern.size() >= this.#budget.events_max) this.#refused++;
      else for (const match of this.#pattern.take(batch.schema.target, event)) this.#take(match);
    }
  }

  advanceTo(timeMs: number): void {
    for (;;) {
      const dueMs = this.nextDueMs();
      if (dueMs === undefined || dueMs > timeMs) break;
      this.#nowMs = Math.max(this.#nowMs, dueMs);
      // At one instant windows move first: what they let go of is in the output of that instant.
      if (this.#pattern?.nextDueMs() === dueMs) for (const match of this.#pattern.fire(dueMs)) this.#take(match);
      else if (this.#stream.nextDueMs() === dueMs) this.#deliver(this.#stream.fire(dueMs));
      else this.#emit(this.#limiter!.fire(dueMs), dueMs);
    }
    this.#nowMs = Math.max(this.#nowMs, timeMs);
  }

  finish(): void {
    this.#deliver(this.#stream.finish());
  }

  nextDueMs(): number | undefined {
    return earliest(earliest(this.#pattern?.nextDueMs(), this.#stream.nextDueMs()), this.#limiter?.nextDueMs());
  }

  save(): Uint8Array {
    return serialize([
      STATE_VERSION,
      this.#plan.text,
      this.#nowMs,
      this.#refused,
      this.#stream.save(),
      this.#processor.save(),
      this.#limiter?.save(),
      this.#pattern?.save(),
    ]);
  }

  restore(saved: Uint8Array): boolean {
    const [version, text, nowMs, refused, stream, processor, limiter, pattern] = deserialize(saved) as [
      string,
      string,
      number,
      number,
      ...unknown[],
    ];
    if (version !== STATE_VERSION || text !== this.#plan.text) return false;
    this.#nowMs = nowMs;
    this.#refused = refused;
    this.#stream.restore(stream);
    this.#processor.restore(processor);
    this.#limiter?.restore(limiter);
    this.#pattern?.restore(pattern);
    return true;
  }

  usage(): StatementUsage {
    const events = this.#stream.size + (this.#limiter?.events ?? 0) + (this.#pattern?.size() ?? 0);
    const groups = this.#processor.groups + (this.#limiter?.groups ?? 0);
    return { groups, events, bytes: groups * GROUP_BYTES + events * EVENT_BYTES, refused: this.#refused };
  }

  close(): void {}

  #take(event: StatementEvent): void {
    if (!this.#stream.passes(event)) return;
    if (this.#overBudget(event)) {
      this.#refused++;
      return;
    }
    this.#deliver(this.#stream.take(event, this.#nowMs));
  }

  #overBudget(event: StatementEvent): boolean {
    const { events, groups } = this.usage();
    if (events >= this.#budget.events_max) return true;
    return groups >= this.#budget.groups_max && this.#processor.opensGroup([event]);
  }

  #deliver(changes: readonly Change[]): void {
    for (const { entered, left, endMs = this.#nowMs } of changes) {
      this.#stream.previous?.changed(entered, left);
      const change = this.#processor.passing({ entered: entered.map((event) => [event]), left: left.map((event) => [event]) });
      if (change === undefined) continue;
      const outcome =
        this.#limiter === undefined ? this.#processor.process(change, this.#nowMs) : this.#limiter.update(change, this.#nowMs);
      this.#emit(outcome, endMs);
    }
  }

  #emit(outcome: Outcome | undefined, endMs: number): void {
    if (outcome === undefined) return;
    const rows = finishRows(this.#plan, this.#plan.output === "rstream" ? outcome.removed : outcome.rows);
    const removed = this.#plan.output === "irstream" ? finishRows(this.#plan, outcome.removed) : [];
    if (rows.length > 0 || removed.length > 0) this.#sink({ timeMs: this.#nowMs, endMs, rows, removed });
  }
}

/** The earlier of two times of which either may be none. */
function earliest(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return Math.min(left, right);
}

const STATE_VERSION = "events 1";

/** Estimates, for showing and for the budget: measured on six-field events, Node 20. */
const GROUP_BYTES = 400;
const EVENT_BYTES = 200;
