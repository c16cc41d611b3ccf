import { type Expression, fingerprint } from "../plan/expression.ts";
import type { AggregatePlan } from "../plan/plan.ts";
import type { Accumulator, CellForm } from "../vocabulary.ts";
import type { Code, Places } from "./emitter.ts";

/** Where the aggregates of a query stand in the state of a group. */
export interface GroupLayout {
  /** What a fresh group holds; its first number counts its events. */
  readonly initial: readonly number[];
  /** What the aggregates take in, each once, whoever shares it. */
  readonly args: readonly ArgumentLayout[];
  readonly aggregates: readonly AggregateLayout[];
  openAccumulators(): Accumulator[];
}

export interface ArgumentLayout {
  readonly values: readonly Expression[];
  readonly filter: Expression | undefined;
  /** Taken in by numbers in cells, which take no null; otherwise by accumulators, which take everything. */
  readonly byCells: boolean;
}

type AggregateLayout =
  /** `count(*)`: the first number of every group. */
  | { readonly kind: "events" }
  | { readonly kind: "cells"; readonly argument: number; readonly form: CellForm; readonly offset: number }
  | { readonly kind: "accumulator"; readonly argument: number; readonly index: number };

/** Lays out aggregates. `sliding` says that events leave one by one, which not every cell can undo. */
export function groupLayout(plans: readonly AggregatePlan[], sliding: boolean): GroupLayout {
  const initial = [0];
  const args: ArgumentLayout[] = [];
  const opened: AggregatePlan[] = [];
  const aggregates = plans.map((aggregate): AggregateLayout => {
    const { args: values, filter, cells } = aggregate;
    if (aggregate.fingerprint === COUNT_EVENTS) return { kind: "events" };
    const byCells = cells !== undefined && (!sliding || cells.leave !== undefined);
    const argument = sharedArgument(args, { values, filter, byCells });
    if (!byCells) return { kind: "accumulator", argument, index: opened.push(aggregate) - 1 };
    const offset = initial.length;
    initial.push(...cells.initial);
    return { kind: "cells", argument, form: cells, offset };
  });
  return { initial, args, aggregates, openAccumulators: () => opened.map((aggregate) => aggregate.open()) };
}

/**
 * What having, select list and order-by read, for the group in `slot` whose numbers begin at `o`. `places` tells where among the aggregates
 * of the layout each aggregate of the query is.
 */
export function groupPlaces(layout: GroupLayout, places: readonly number[]): Places {
  return {
    field: () => {
      throw new TypeError("a query whose rows stand for groups read a field of an event");
    },
    aggregate(index): Code {
      const aggregate = layout.aggregates[places[index]!]!;
      if (aggregate.kind === "events") return { text: "state[o]", nullable: false };
      if (aggregate.kind === "accumulator") return { text: `T.accumulators[slot][${aggregate.index}].value(now)`, nullable: true };
      return { text: aggregate.form.result(cellPlace(aggregate.offset)), nullable: aggregate.form.nullable };
    },
    key: (index) => ({ text: `T.keys[${index}][slot]`, nullable: true }),
    now: "now",
  };
}

/** The texts of the numbers of an aggregate whose first stands `offset` behind the beginning of its group. */
export function cellPlace(offset: number): { cell(index: number): string; index(index: number): string } {
  const index = (cell: number): string => `o + ${offset + cell}`;
  return { index, cell: (cell) => `state[${index(cell)}]` };
}

function sharedArgument(args: ArgumentLayout[], wanted: ArgumentLayout): number {
  const index = args.findIndex((known) => argumentIdentity(known) === argumentIdentity(wanted));
  return index === -1 ? args.push(wanted) - 1 : index;
}

/** What two arguments share exactly when they take in the same. */
export function argumentIdentity({ values, filter, byCells }: ArgumentLayout): string {
  return [byCells, ...values.map(fingerprint), "where", filter && fingerprint(filter)].join("|");
}

const COUNT_EVENTS = "count||*|";
