import type { Column, Row, Value } from "../../event/index.ts";
import type { GroupTable } from "../runtime/group_table.ts";
import type { Ring } from "../runtime/ring.ts";

/** What generated code sees of a running query. */
export interface GroupRuntime {
  readonly table: GroupTable;
  readonly ring: Ring;
  readonly events_max: number;
  nowMs: number;
  dueMs: number;
  endMs: number;
  gathered: number;
  /** The touches of groups, in all, when the batch began: for a table that keeps their order. */
  began: number;
  refused: number;
  readonly touched: number[];
  readonly expire: Expire;
  advance(nowMs: number): void;
  begin(nowMs: number): void;
  turn(nowMs: number, stampMs: number): void;
  close(nowMs: number, endMs: number): void;
  leave(slot: number): void;
  emit(slot: number, nowMs: number): void;
  emitBeside(slot: number, nowMs: number): void;
}

/** With `rows`, whose `size` rows are meant, `times` is the clock at every row of the batch. */
export type Accept = (
  statement: GroupRuntime,
  size: number,
  times: Float64Array,
  columns: readonly (Column | undefined)[],
  rows?: Int32Array,
) => void;
export type Pick = (statement: GroupRuntime, slots: ArrayLike<number>, nowMs: number, onlyIfEmpty: boolean, picked: Int32Array) => number;
export type MakeRows = (
  statement: GroupRuntime,
  slots: ArrayLike<number>,
  count: number,
  nowMs: number,
  rows: Row[],
  sortKeys: (readonly Value[])[],
) => void;
export type Clear = (statement: GroupRuntime, slots: ArrayLike<number>) => void;
export type Expire = (statement: GroupRuntime, untilMs: number) => void;
