import type { Expression } from "../plan/expression.ts";
import type { OutputPlan } from "../plan/output.ts";
import { plusPeriod } from "../plan/period.ts";
import type { Tuple } from "../vocabulary.ts";
import type { Evaluate } from "./evaluation.ts";
import { FirstOfGroups } from "./first_of_groups.ts";
import { type OutputCollector, openCollector } from "./output_collector.ts";
import { type OutputCondition, openCondition } from "./output_condition.ts";
import type { Outcome, Processor, TupleChange } from "./processor.ts";

export interface OutputLimiterParts {
  readonly plan: OutputPlan;
  readonly processor: Processor;
  readonly evaluation: (expression: Expression) => Evaluate;
  readonly startMs: number;
  /** What the windows of the statement hold. */
  readonly contents: () => Iterable<Tuple>;
}

/** The OUTPUT clause of a running statement: takes changes, and says which rows come out when. */
export class OutputLimiter {
  readonly #plan: OutputPlan;
  readonly #processor: Processor;
  readonly #contents: () => Iterable<Tuple>;
  readonly #condition: OutputCondition | undefined;
  readonly #collector: OutputCollector | undefined;
  readonly #firstOfGroups: FirstOfGroups | undefined;
  /** The window of the only stream lets its events go together. */
  readonly #batches: boolean;
  /** The window of the only stream still holds what it lets go when it tells so. */
  readonly #emptiesLast: boolean;
  readonly #afterMs: number;
  #afterEvents: number;
  /** With `first` in an ungrouped query: this time has had its output. */
  #hadFirst = false;

  constructor({ plan, processor, evaluation, startMs, contents }: OutputLimiterParts) {
    const { select, trigger, after } = plan;
    this.#plan = plan;
    this.#processor = processor;
    this.#contents = contents;
    const { streams } = processor.plan;
    this.#batches =
      streams.length === 1 &&
      streams[0]!.window?.batches !== false &&
      streams[0]!.views.some(({ form }) => form.batches === true && form.emptyFirst !== true);
    this.#emptiesLast = streams.length === 1 && streams[0]!.window?.emptyLast === true;
    this.#afterMs = after !== undefined && "period" in after ? plusPeriod(startMs, after.period) : Number.NEGATIVE_INFINITY;
    this.#afterEvents = after !== undefined && "events" in after ? after.events : -1;
    if (trigger === undefined) return;
    const open = (): OutputCondition => openCondition(trigger, evaluation, startMs);
    if (select === "first" && processor.plan.keys.length > 0) this.#firstOfGroups = new FirstOfGroups(processor, trigger, open);
    else this.#condition = open();
    if (select !== "first" && select !== "snapshot") this.#collector = openCollector(processor, select);
  }

  /** Events and groups that are held for the output alone. */
  get events(): number {
    return this.#collector?.events ?? 0;
  }

  get groups(): number {
    return (this.#collector?.groups ?? 0) + (this.#firstOfGroups?.size ?? 0);
  }

  /** A change that passes WHERE. */
  update(change: TupleChange, nowMs: number): Outcome | undefined {
    if (this.#plan.trigger === undefined) {
      const outcome = this.#processor.process(change, nowMs);
      return this.#isAfter(outcome.rows.length, nowMs) ? outcome : undefined;
    }
    if (this.#plan.select === "snapshot") this.#processor.take(change, nowMs);
    if (!this.#isAfter(change.entered.length, nowMs)) return undefined;
    if (this.#firstOfGroups !== undefined) return this.#firstOfGroups.update(change, nowMs);
    if (this.#plan.select === "first") return this.#first(change, nowMs);
    this.#collector?.add(change, nowMs);
    if (!this.#condition!.update(change.entered.length, change.left.length, nowMs)) return undefined;
    // What a batch has just let go is still shown by a snapshot that it brings about itself.
    return this.#release(nowMs, this.#batches ? change.entered : this.#emptiesLast ? change.left : []);
  }

  nextDueMs(): number | undefined {
    return this.#condition?.nextDueMs();
  }

  fire(nowMs: number): Outcome | undefined {
    this.#condition!.fire(nowMs);
    // An ungrouped aggregate that has had no first row in its time is put out as it stands; where HAVING decides, it had none to show.
    const { select } = this.#plan;
    const { shape, having } = this.#processor.plan;
    const asItStands = select === "first" && !this.#hadFirst && shape === "total" && having === undefined;
    const first = asItStands ? this.#processor.process({ entered: [], left: [] }, nowMs) : undefined;
    return this.#release(nowMs) ?? first;
  }

  save(): unknown {
    const parts = [this.#condition, this.#collector, this.#firstOfGroups].map((part) => part?.save());
    return [this.#afterEvents, this.#hadFirst, parts];
  }

  restore(saved: unknown): void {
    const [afterEvents, hadFirst, parts] = saved as [number, boolean, unknown[]];
    this.#afterEvents = afterEvents;
    this.#hadFirst = hadFirst;
    [this.#condition, this.#collector, this.#firstOfGroups].forEach((part, index) => part?.restore(parts[index]));
  }

  #release(nowMs: number, released: readonly Tuple[] = []): Outcome | undefined {
    this.#hadFirst = false;
    if (this.#plan.select === "snapshot") return { rows: this.#processor.snapshot([...released, ...this.#contents()], nowMs), removed: [] };
    return this.#collector?.release(nowMs);
  }

  /**
   * As in Esper, a turn begins with any change; where HAVING decides, with the first that gives a row of either stream, whether or not that
   * stream is put out. What comes before it does not count in the condition.
   */
  #first(change: TupleChange, nowMs: number): Outcome | undefined {
    const outcome = this.#processor.process(change, nowMs);
    const begins = !this.#hadFirst;
    const { having, output } = this.#processor.plan;
    const counts = having === undefined || outcome.rows.length > 0 || outcome.removed.length > 0;
    if (begins && !counts) return undefined;
    this.#hadFirst = !this.#condition!.update(change.entered.length, change.left.length, nowMs);
    if (!begins) return undefined;
    // With HAVING it puts out the insert stream, also where RSTREAM is asked for.
    return having !== undefined && output === "rstream" ? { ...outcome, removed: outcome.rows } : outcome;
  }

  /** Whether the time of AFTER is over; events that bring it to its end do not yet count. */
  #isAfter(events: number, nowMs: number): boolean {
    if (nowMs < this.#afterMs) return false;
    if (this.#afterEvents < 0) return true;
    this.#afterEvents -= events;
    return this.#afterEvents < 0;
  }
}
