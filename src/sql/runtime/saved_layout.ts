import { argumentIdentity, type GroupLayout } from "../generate/group_layout.ts";
import type { AggregatePlan } from "../plan/plan.ts";
import type { SavedState } from "./group_running.ts";

/** Where in a saved state the aggregates are, by their fingerprints, so that it can be taken up by others than those that made it. */
export interface SavedLayout {
  readonly stride: number;
  readonly aggregates: readonly SavedAggregate[];
  /** What the ring keeps of each event, by the identity of the argument. */
  readonly args: readonly string[];
}

interface SavedAggregate {
  readonly fingerprint: string;
  /** Its numbers in the row of a group; none for one that is kept otherwise. */
  readonly cells: readonly number[];
  /** Its place among the accumulators of a group; -1 for one that is kept in numbers. */
  readonly accumulator: number;
}

export function imageOfLayout(plans: readonly AggregatePlan[], layout: GroupLayout): SavedLayout {
  const aggregates = layout.aggregates.map((aggregate, index): SavedAggregate => {
    const { fingerprint } = plans[index]!;
    if (aggregate.kind === "events") return { fingerprint, cells: [], accumulator: -1 };
    if (aggregate.kind === "accumulator") return { fingerprint, cells: [], accumulator: aggregate.index };
    return { fingerprint, cells: aggregate.form.initial.map((_, cell) => aggregate.offset + cell), accumulator: -1 };
  });
  return { stride: layout.initial.length, aggregates, args: layout.args.map(argumentIdentity) };
}

/** The state that was saved with layout `from` as one of layout `to`; undefined where that asks for more than was saved. */
export function fitted(saved: SavedState, from: SavedLayout, to: SavedLayout): SavedState | undefined {
  if (JSON.stringify(from) === JSON.stringify(to)) return saved;
  const args = to.args.map((argument) => from.args.indexOf(argument));
  const pairs = to.aggregates.map(
    (wanted) => [from.aggregates.find(({ fingerprint }) => fingerprint === wanted.fingerprint), wanted] as const,
  );
  if (args.includes(-1)) return undefined;
  const cellOf = new Int32Array(to.stride).fill(-1);
  cellOf[0] = 0;
  const accumulators: number[] = [];
  for (const [known, wanted] of pairs) {
    if (known?.cells.length !== wanted.cells.length || (known.accumulator === -1) !== (wanted.accumulator === -1)) return undefined;
    for (const [index, cell] of wanted.cells.entries()) cellOf[cell] = known.cells[index]!;
    if (wanted.accumulator !== -1) accumulators[wanted.accumulator] = known.accumulator;
  }
  return { ...saved, table: fittedTable(saved.table, from.stride, cellOf, accumulators), ring: fittedRing(saved.ring, args) };
}

function fittedTable(table: SavedState["table"], stride: number, cellOf: Int32Array, places: readonly number[]): SavedState["table"] {
  const [keys, state, accumulators, wide, refused, use] = table;
  const groups = state.length / stride;
  const fittedState = new Float64Array(groups * cellOf.length);
  const fittedWide = new Map<number, bigint>();
  for (let group = 0; group < groups; group++)
    for (const [cell, from] of cellOf.entries()) {
      fittedState[group * cellOf.length + cell] = state[group * stride + from]!;
      const value = wide.size === 0 ? undefined : wide.get(group * stride + from);
      if (value !== undefined) fittedWide.set(group * cellOf.length + cell, value);
    }
  const fittedAccumulators = accumulators.map((all) => places.map((place) => all[place]));
  return [keys, fittedState, fittedAccumulators, fittedWide, refused, use];
}

function fittedRing({ times, slots, taken, numbers, values, wide }: SavedState["ring"], args: readonly number[]): SavedState["ring"] {
  const pick = <Item>(all: readonly Item[]): Item[] => args.map((argument) => all[argument]!);
  const fittedTaken = taken.map((bits) => args.reduce((all, argument, index) => all | (((bits >>> argument) & 1) << index), 0));
  return { times, slots, taken: fittedTaken, numbers: pick(numbers), values: pick(values), wide: pick(wide) };
}
