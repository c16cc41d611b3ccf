import { type Long, long } from "../operations/long.ts";
import { nonFinite, sumWith } from "../operations/non_finite.ts";

/** The value of a sum kept as high · 2^52 + low. */
function joinLimbs(high: number, low: number): Long {
  return long(BigInt(high) * 2n ** 52n + BigInt(low));
}

/** Takes a value into the smallest (`sign` -1) or largest (1) at `index` of `state`, where a long beyond 2^53 stands in `wide`. */
function enterWide(state: Float64Array, wide: Map<number, bigint>, index: number, value: Long, sign: -1 | 1): void {
  const held = wide.get(index) ?? state[index]!;
  if (typeof held === "number" && Number.isNaN(held) ? false : sign < 0 ? held <= value : held >= value) return;
  state[index] = Number(value);
  if (typeof value === "bigint") wide.set(index, value);
  else wide.delete(index);
}

/** What the text of a `CellForm` may use by name, beside `state` and `wide`. */
export const CELL_HELPERS = { joinLimbs, enterWide, nonFinite, sumWith };
