import { expect, test } from "vitest";
import { RowKeys } from "./row_keys.ts";

test("equal rows of one instant have keys of their own, whatever stands between them", () => {
  const [first, between, second] = new RowKeys("q").keysOf(1000, [{ host: "a" }, { host: "b" }, { host: "a" }]);
  expect(new Set([first, between, second]).size).toBe(3);
  expect(first).toMatch(/^q@1000:/);
  const keys = new RowKeys("q");
  expect([keys.keysOf(1000, [{ host: "a" }]), keys.keysOf(1000, [{ host: "a" }])]).toEqual([[first], [second]]);
});

test("the same rows have the same keys, also when groups are met in another order", () => {
  const one = new RowKeys("q").keysOf(1000, [
    { host: "a", n: 1 },
    { host: "b", n: 1 },
    { host: "a", n: 1 },
  ]);
  const other = new RowKeys("q").keysOf(1000, [
    { host: "b", n: 1 },
    { host: "a", n: 1 },
    { host: "a", n: 1 },
  ]);
  expect(other.toSorted()).toEqual(one.toSorted());
});

test("another query, another instant and another content have other keys", () => {
  const rows = [
    ["q", 1, "a"],
    ["r", 1, "a"],
    ["q", 2, "a"],
    ["q", 1, "b"],
  ] as const;
  expect(new Set(rows.flatMap(([query, timeMs, host]) => new RowKeys(query).keysOf(timeMs, [{ host }]))).size).toBe(4);
});

test("the number among equal rows goes on after a restart in the middle of an instant", () => {
  const before = new RowKeys("q");
  before.keysOf(1000, [{ host: "a" }]);
  const after = new RowKeys("q");
  after.restore(before.save());
  expect(after.keysOf(1000, [{ host: "a" }])).toEqual(before.keysOf(1000, [{ host: "a" }]));
});

test("more unequal rows than are told apart in one instant still have keys of their own", () => {
  const rows = Array.from({ length: 100_050 }, (_, n) => ({ n }));
  const keys = new RowKeys("q");
  const named = [...keys.keysOf(1000, rows), ...keys.keysOf(1000, rows.slice(-10))];
  expect(new Set(named).size).toBe(100_060);
});
