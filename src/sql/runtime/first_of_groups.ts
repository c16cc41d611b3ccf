import type { Value } from "../../event/index.ts";
import { plusPeriod } from "../plan/period.ts";
import type { OutputTrigger } from "../plan/output.ts";
import type { Tuple } from "../vocabulary.ts";
import { type Group, identityOf } from "./group.ts";
import type { OutputCondition } from "./output_condition.ts";
import type { Outcome, Processor, TupleChange } from "./processor.ts";
import type { Candidate } from "./rows.ts";

/** When a group may be put out again. */
interface GroupTurn {
  /** By the clock: not before. */
  nextMs: number;
  /** By events or a condition: counts those of this group alone. */
  readonly condition: OutputCondition | undefined;
}

/** `output first` of a grouped query: each group is put out with its first event, and then again by a turn of its own. */
export class FirstOfGroups {
  readonly #processor: Processor;
  readonly #trigger: OutputTrigger;
  readonly #openCondition: () => OutputCondition;
  readonly #turns = new Map<Value, GroupTurn>();

  constructor(processor: Processor, trigger: OutputTrigger, openCondition: () => OutputCondition) {
    this.#processor = processor;
    this.#trigger = trigger;
    this.#openCondition = openCondition;
  }

  get size(): number {
    return this.#turns.size;
  }

  update(change: TupleChange, nowMs: number): Outcome {
    const chosen = new Map<Value, readonly [Group, Tuple]>();
    const removed: Candidate[] = [];
    const { plan, wantsRows, wantsRemoved } = this.#processor;
    const offer = (event: Tuple, entered: boolean): void => {
      for (const group of this.#processor.groupsOf(event)) {
        // With HAVING a group has its turn with the first row that HAVING lets through.
        if (plan.having !== undefined && this.#processor.row(group, event, nowMs) === undefined) continue;
        if (!this.#isDue(group, this.#counts(entered), nowMs)) continue;
        const identity = identityOf(group.key);
        const isRemoved = wantsRemoved && plan.shape === "grouped" && !chosen.has(identity);
        const row = isRemoved ? this.#processor.row(group, event, nowMs, plan.having === undefined || !entered) : undefined;
        if (row !== undefined) removed.push(row);
        chosen.set(identity, [group, event]);
      }
    };
    if (plan.having !== undefined) this.#processor.take(change, nowMs);
    for (const event of change.entered) {
      offer(event, true);
      if (plan.having === undefined) this.#processor.enter(event, nowMs);
    }
    for (const event of change.left) {
      offer(event, false);
      if (plan.having === undefined) this.#processor.leave(event);
    }
    // As in Esper, rows of events are worked out here as those of the remove stream are.
    const rows = wantsRows ? this.#processor.groupRows(chosen.values(), nowMs, plan.shape === "grouped_with_fields") : [];
    return { rows, removed };
  }

  save(): unknown {
    return [...this.#turns].map(([identity, { nextMs, condition }]) => [identity, nextMs, condition?.save()]);
  }

  restore(saved: unknown): void {
    this.#turns.clear();
    for (const [identity, nextMs, state] of saved as [Value, number, unknown][]) {
      const condition = this.#condition();
      condition?.restore(state);
      this.#turns.set(identity, { nextMs, condition });
    }
  }

  /** Whether an event counts as one that enters: as Esper counts, with grouping sets every one does, and with HAVING none where rows are of groups. */
  #counts(entered: boolean): boolean {
    const { groupingSets, having, shape } = this.#processor.plan;
    if (having !== undefined && shape === "grouped") return false;
    return entered || groupingSets !== undefined;
  }

  #isDue(group: Group, entered: boolean, nowMs: number): boolean {
    const identity = identityOf(group.key);
    const known = this.#turns.get(identity);
    const turn = known ?? { nextMs: nowMs, condition: this.#condition() };
    this.#turns.set(identity, turn);
    if (turn.condition !== undefined) {
      const isDue = turn.condition.update(Number(entered), Number(!entered), nowMs);
      if (known !== undefined || this.#trigger.by === "condition") return isDue;
      // The first event opens the turn and is not counted in it.
      const fresh = this.#condition();
      this.#turns.set(identity, { nextMs: nowMs, condition: fresh });
      return true;
    }
    if (nowMs < turn.nextMs) return false;
    turn.nextMs = this.#nextTurnMs(nowMs);
    return true;
  }

  #nextTurnMs(nowMs: number): number {
    if (this.#trigger.by === "time") return plusPeriod(nowMs, this.#trigger.period);
    return (this.#trigger.by === "schedule" ? this.#trigger.schedule.next(nowMs) : undefined) ?? Number.POSITIVE_INFINITY;
  }

  #condition(): OutputCondition | undefined {
    return this.#trigger.by === "events" || this.#trigger.by === "condition" ? this.#openCondition() : undefined;
  }
}
