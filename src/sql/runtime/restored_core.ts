import { deserialize } from "node:v8";
import type { AggregatePlan, Plan } from "../plan/plan.ts";
import type { SharedStates } from "../shared_states.ts";
import type { Budget } from "../statement.ts";
import { type CoreImage, GroupCore } from "./group_core.ts";

/**
 * The core that was saved as `id`, with room for the aggregates of `plan` beside those of the statements that have taken it up before; these
 * are moved when there was none. Undefined when there is none that fits.
 */
export function restoredCore({ taken, saved }: SharedStates, id: string, plan: Plan, budget: Budget): GroupCore | undefined {
  const known = taken.get(id);
  const before = known instanceof GroupCore ? known : undefined;
  if (before?.covers(plan.aggregates) === true) return before;
  const bytes = saved(id);
  if (bytes === undefined) return undefined;
  const statements = [...(before?.statements.keys() ?? [])];
  const plans = [plan, ...statements.map((statement) => statement.plan)];
  const core = new GroupCore({ plans, aggregates: aggregatesOf(plans), budget, startMs: 0 });
  // The journal has checked that these are the bytes we wrote; the identity in them says what they are of.
  if (!core.restore(deserialize(bytes) as CoreImage)) return undefined;
  before?.giveWayTo(core);
  taken.set(id, core);
  return core;
}

/** The aggregates of all plans, or cores, each once. */
export function aggregatesOf(all: readonly { readonly aggregates: readonly AggregatePlan[] }[]): AggregatePlan[] {
  const aggregates = new Map<string, AggregatePlan>();
  for (const one of all)
    for (const aggregate of one.aggregates) if (!aggregates.has(aggregate.fingerprint)) aggregates.set(aggregate.fingerprint, aggregate);
  return [...aggregates.values()];
}
