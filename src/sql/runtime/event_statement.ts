import { deserialize, serialize } from "node:v8";
import { type Batch, type Row, rowAt, type Use } from "../../event/index.ts";
import { fieldCondition } from "../plan/field_condition.ts";
import type { InsertPlan, Plan } from "../plan/plan.ts";
import { stateIdentity } from "../plan/state_identity.ts";
import type { Budget, FollowedStream, OutputColumn, Selective, Sink, Statement, StatementUsage } from "../statement.ts";
import type { StatementEvent, Tuple } from "../vocabulary.ts";
import type { Evaluate } from "./evaluation.ts";
import type { EventStream } from "./event_stream.ts";
import { OutputLimiter } from "./output_limiter.ts";
import { PatternRun } from "./pattern_run.ts";
import { withPrevious } from "./previous.ts";
import { type Outcome, Processor } from "./processor.ts";
import { finishRows } from "./rows.ts";
import { type Arrival, type Move, Streams } from "./streams.ts";
import { SubqueryRunners } from "./subquery.ts";

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
  readonly #subqueries: SubqueryRunners;
  readonly #streams: Streams;
  readonly #processor: Processor;
  readonly #limiter: OutputLimiter | undefined;
  readonly #patterns: readonly { readonly stream: EventStream; readonly run: PatternRun }[];
  readonly selective: Selective | undefined;
  /** At an instant at which output is due as well, the window moves before it. */
  readonly #movesFirst: boolean;
  #followed: FollowedStream | undefined;
  #nowMs: number;
  #refused = 0;
  /** While a statement comes to be nobody listens to it. */
  readonly #isStarted: boolean = false;

  constructor({ plan, startMs, budget, sink, evaluation: plainEvaluation }: StatementParts) {
    this.#plan = plan;
    this.#budget = budget;
    this.#sink = sink;
    this.#nowMs = startMs;
    this.#subqueries = new SubqueryRunners(plan.subqueries, plainEvaluation, startMs);
    const evaluation = this.#subqueries.bind(plainEvaluation);
    const groupsMax = budget.when_full === "evict" ? budget.groups_max : undefined;
    this.#streams = new Streams(plan, evaluation, startMs, { matches_held_max: budget.events_max, keys_max: groupsMax });
    this.#patterns = this.#streams.patterns.map((stream) => ({
      stream,
      run: new PatternRun(stream.plan.pattern!, evaluation, startMs, budget.events_max),
    }));
    const { previous } = this.#streams;
    this.#processor = new Processor(plan, previous === undefined ? evaluation : withPrevious(evaluation, previous), groupsMax);
    this.selective = this.#selectiveBy(plan);
    const isDivided = plan.streams[0]!.views[0]?.form.around !== undefined;
    this.#movesFirst = plan.streams.length === 1 && (plan.limiter === undefined || !isDivided);
    const contents = (): Tuple[] => this.#streams.contents();
    this.#limiter = plan.limiter && new OutputLimiter({ plan: plan.limiter, processor: this.#processor, evaluation, startMs, contents });
    for (const { run, stream } of this.#patterns) this.#take(arrivalsOf(stream, run.start()));
    this.#isStarted = true;
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
    return demandOf(this.#plan);
  }

  accept(batch: Batch): void {
    for (let row = 0; row < batch.size; row++) this.#acceptRow(batch, row, batch.times[row]!);
  }

  #acceptRow(batch: Batch, row: number, timeMs: number): void {
    this.advanceTo(timeMs);
    const event = { values: rowAt(batch, row), timeMs: this.#nowMs };
    // What stands in FROM is asked before the subqueries hear of the event, all else after.
    const arrivals: Arrival[] = this.#streams.takers(batch.schema.target, event).map((stream) => ({ stream, event }));
    this.#subqueries.take(batch.schema.target, event, this.#nowMs);
    for (const { run, stream } of this.#patterns) arrivals.push(...arrivalsOf(stream, run.take(batch.schema.target, event)));
    this.#take(arrivals);
  }

  /** Events that fail the filter of the only stream change nothing. */
  #selectiveBy({ streams, subqueries }: Plan): Selective | undefined {
    const [stream, ...others] = streams;
    if (stream === undefined || others.length > 0 || subqueries.length > 0 || stream.pattern !== undefined) return undefined;
    const interest = fieldCondition([stream.filter], stream.schema);
    return (
      interest && {
        interest,
        waitsForAny: false,
        follow: (followed) => void (this.#followed = followed),
        take: (batch, rows, count) => {
          const { clock, nowMs } = this.#followed!;
          for (let at = 0; at < count; at++) this.#acceptRow(batch, rows[at]!, clock[rows[at]!]!);
          this.advanceTo(nowMs);
        },
      }
    );
  }

  advanceTo(timeMs: number): void {
    for (;;) {
      const dueMs = this.nextDueMs();
      if (dueMs === undefined || dueMs > timeMs) break;
      this.#nowMs = Math.max(this.#nowMs, dueMs);
      // At one instant windows move first: what they let go of is in the output of that instant, and WHERE asks of it what subqueries held.
      const first = this.#patterns.find(({ run }) => run.nextDueMs("first") === dueMs);
      if (first !== undefined) this.#take(arrivalsOf(first.stream, first.run.fire("first", dueMs)));
      else if (this.#movesFirst && this.#streams.nextDueMs() === dueMs) this.#deliver(this.#streams.fire(dueMs));
      else if (this.#subqueries.nextDueMs() === dueMs) this.#subqueries.fire(dueMs);
      // But a join is put out as it stood: Esper joins what has moved at the very end of an instant. And the windows of keys are asked behind
      // the output, which was there before them.
      else if (!this.#movesFirst && this.#limiter?.nextDueMs() === dueMs) this.#emit(this.#limiter.fire(dueMs), dueMs);
      else if (this.#streams.nextDueMs() === dueMs) this.#deliver(this.#streams.fire(dueMs));
      else if (this.#limiter?.nextDueMs() === dueMs) this.#emit(this.#limiter.fire(dueMs), dueMs);
      else
        for (const { run, stream } of this.#patterns)
          if (run.nextDueMs("later") === dueMs) this.#take(arrivalsOf(stream, run.fire("later", dueMs)));
    }
    this.#nowMs = Math.max(this.#nowMs, timeMs);
  }

  finish(): void {
    if (this.#followed !== undefined) this.advanceTo(this.#followed.nowMs);
    this.#deliver(this.#streams.finish(this.#nowMs));
  }

  nextDueMs(): number | undefined {
    const patterns = this.#patterns.flatMap(({ run }) => [run.nextDueMs("first"), run.nextDueMs("later")]);
    return earliest(this.#subqueries.nextDueMs(), ...patterns, this.#streams.nextDueMs(), this.#limiter?.nextDueMs());
  }

  save(): Uint8Array {
    if (this.#followed !== undefined) this.advanceTo(this.#followed.nowMs);
    return serialize([
      STATE_VERSION,
      stateIdentity(this.#plan),
      this.#nowMs,
      this.#refused,
      this.#streams.save(),
      this.#processor.save(),
      this.#limiter?.save(),
      this.#subqueries.save(),
      this.#patterns.map(({ run }) => run.save()),
    ]);
  }

  restore(saved: Uint8Array): boolean {
    const [version, identity, nowMs, refused, stream, processor, limiter, subqueries, patterns] = deserialize(saved) as [
      string,
      string,
      number,
      number,
      ...unknown[],
    ];
    if (version !== STATE_VERSION || identity !== stateIdentity(this.#plan)) return false;
    if (this.#plan.reading.wildcards.size > 0 && this.#plan.streams.length === 1)
      withFields(stream, this.#plan.streams[0]!.schema.fields.length);
    this.#nowMs = nowMs;
    this.#refused = refused;
    this.#streams.restore(stream);
    this.#processor.restore(processor);
    this.#limiter?.restore(limiter);
    this.#subqueries.restore(subqueries);
    this.#patterns.forEach(({ run }, index) => run.restore((patterns as unknown[])[index]));
    return true;
  }

  usage(): StatementUsage {
    const { events, groups } = this.#holding();
    const { held, refused } = this.#matches();
    return {
      groups,
      events: events + held,
      bytes: groups * GROUP_BYTES + (events + held) * EVENT_BYTES,
      refused: this.#refused + refused,
      evicted: this.#processor.evicted + this.#streams.evicted,
    };
  }

  /** What waits in matches that are not complete, of patterns and of MATCH_RECOGNIZE. */
  #matches(): { held: number; refused: number } {
    let { held, refused } = this.#streams.matches;
    for (const { run } of this.#patterns) {
      held += run.size;
      refused += run.refused;
    }
    return { held, refused };
  }

  /** Groups and events held, without what matches hold that are not complete: those have their own bound, and give up matches, not events. */
  #holding(): { groups: number; events: number } {
    const events = this.#streams.size + this.#subqueries.size + (this.#limiter?.events ?? 0);
    const groups = this.#processor.groups + (this.#limiter?.groups ?? 0);
    return { groups, events };
  }

  close(): void {}

  /** What one event or instant brings. */
  #take(arrivals: readonly Arrival[]): void {
    const taken = arrivals.filter(({ event }) => {
      const isTaken = !this.#overBudget(event);
      if (!isTaken) this.#refused++;
      return isTaken;
    });
    if (taken.length > 0) this.#deliver(this.#streams.take(taken, this.#nowMs));
  }

  #overBudget(event: StatementEvent): boolean {
    const { events, groups } = this.#holding();
    if (events >= this.#budget.events_max) return true;
    // What a join puts together is not known before it is joined; there the groups are bounded to one event beyond the budget.
    if (groups < this.#budget.groups_max) return false;
    return this.#plan.streams.length > 1 ? this.#plan.keys.length > 0 : this.#processor.opensGroup([event]);
  }

  #deliver(moves: Iterable<Move>): void {
    for (const { endMs = this.#nowMs, ...move } of moves) {
      const change = this.#processor.passing(move);
      if (change === undefined) continue;
      if (move.silent === true) {
        this.#processor.forget(change, this.#nowMs);
        continue;
      }
      // A join that only one stream moves counts each event of that stream by itself.
      if (this.#plan.unidirectional !== undefined) this.#processor.clear();
      const outcome =
        this.#limiter === undefined ? this.#processor.process(change, this.#nowMs) : this.#limiter.update(change, this.#nowMs);
      this.#emit(outcome, endMs);
    }
  }

  #emit(outcome: Outcome | undefined, endMs: number): void {
    if (outcome === undefined || !this.#isStarted) return;
    const { output, insertInto } = this.#plan;
    const rows = finishRows(this.#plan, output === "rstream" ? outcome.removed : outcome.rows);
    const removed = output === "irstream" ? finishRows(this.#plan, outcome.removed) : [];
    const inserted = insertInto && this.#inserted(outcome, insertInto);
    if (rows.length === 0 && removed.length === 0 && (inserted === undefined || inserted.length === 0)) return;
    const delivery = { timeMs: this.#nowMs, endMs, rows, removed };
    this.#sink(inserted === undefined ? delivery : { ...delivery, inserted });
  }

  /** The rows as events of the target, what leaves after what enters. */
  #inserted({ rows, removed }: Outcome, { stream, fields }: InsertPlan): Row[] {
    const { items } = this.#plan;
    const sides = [stream === "rstream" ? [] : rows, stream === "istream" ? [] : removed];
    return sides
      .flatMap((side) => finishRows(this.#plan, side))
      .map((row) => Object.fromEntries(fields.map(({ name }, index) => [name, row[items[index]!.name] ?? null])));
  }
}

/** Matches arrive one by one. */
function arrivalsOf(stream: EventStream, matches: readonly StatementEvent[]): Arrival[] {
  return matches.map((event) => ({ stream, event }));
}

/** The fields read of each target, by all streams of it together. */
function demandOf({ streams, subqueries }: Plan): Map<string, Map<string, Use>> {
  const demand = new Map<string, Map<string, Use>>();
  const add = (target: string, name: string, use: Use): void => {
    const fields = demand.get(target)!;
    if (use === "key" || !fields.has(name)) fields.set(name, use);
  };
  for (const stream of [...streams, ...subqueries.map((subquery) => subquery.stream)]) {
    // The matches of a pattern hold whole events.
    const read = stream.pattern === undefined ? [[stream.target, stream.demand] as const] : [];
    for (const [target, fields] of read) {
      if (!demand.has(target)) demand.set(target, new Map());
      for (const [name, use] of fields) add(target, name, use);
    }
    for (const [target, { fields }] of stream.pattern?.targets ?? []) {
      if (!demand.has(target)) demand.set(target, new Map());
      for (const { name } of fields) add(target, name, "value");
    }
  }
  return demand;
}

/** Events that were held when there were fewer fields lack the others, which are null in them. */
function withFields(held: unknown, fields: number): void {
  if (typeof held !== "object" || held === null) return;
  if ("values" in held && "timeMs" in held && Array.isArray(held.values)) {
    while (held.values.length < fields) held.values.push(null);
    return;
  }
  for (const part of held instanceof Map ? held.values() : Object.values(held)) withFields(part, fields);
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((timeMs) => timeMs !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

const STATE_VERSION = "events 5";

/** Estimates, for showing and for the budget: measured on six-field events, Node 20. */
const GROUP_BYTES = 400;
const EVENT_BYTES = 200;
