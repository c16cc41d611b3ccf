import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { YoungGarbage } from "./young_garbage.ts";

test("young objects are collected once for every 8 MB", () => {
  let collected = 0;
  const garbage = new YoungGarbage(() => collected++);
  for (let count = 0; count < 100; count++) garbage.add(1 << 20);
  expect(collected).toBe(12);
});

test("buffers that were dropped are freed", async () => {
  const garbage = new YoungGarbage();
  const held = (): number => process.memoryUsage().arrayBuffers;
  const before = held();
  for (let count = 0; count < 127; count++) Buffer.alloc(65_536).fill(count);
  garbage.add(7 << 20);
  const dropped = held();
  garbage.add(1 << 20);
  // Their memory goes back when the collector has swept.
  while (held() - before >= (dropped - before) / 2) await setImmediate();
  expect(held() - before).toBeLessThan(4 << 20);
});
