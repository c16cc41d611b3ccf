import { expect, test } from "vitest";
import { OutputPool } from "./output_pool.ts";

test("a pool with too many rows drops the oldest and counts them", () => {
  const pool = new OutputPool({ pool_rows_max: 3, pool_bytes_max: 1_000_000 });
  for (let n = 0; n < 5000; n++) pool.add(n, [{ n }]);
  expect(pool.fetch().map(({ row }) => row["n"])).toEqual([4997, 4998, 4999]);
  expect(pool.dropped).toBe(4997);
  expect([pool.rows, pool.bytes]).toEqual([0, 0]);
});

test("a pool of too many bytes drops the oldest, and a row larger than the pool is not kept", () => {
  const pool = new OutputPool({ pool_rows_max: 100, pool_bytes_max: 2000 });
  pool.add(1, [{ text: "a".repeat(400) }]);
  pool.add(2, [{ text: "b".repeat(400) }]);
  expect(pool.rows).toBe(2);
  pool.add(3, [{ text: "c".repeat(400) }]);
  expect(pool.see().map(({ timeMs }) => timeMs)).toEqual([2, 3]);
  pool.add(4, [{ text: "d".repeat(4000) }]);
  expect([pool.rows, pool.bytes, pool.dropped]).toEqual([0, 0, 4]);
});

test("a pool of no rows keeps none and drops none", () => {
  const pool = new OutputPool({ pool_rows_max: 0, pool_bytes_max: 2000 });
  pool.add(1, [{ n: 1 }]);
  expect([pool.rows, pool.dropped]).toEqual([0, 0]);
});
