import { expect, test } from "vitest";
import { startOf } from "./partition_start.ts";

test.each([
  ["nothing is known: from the end", { from: "end" }, { next: 90 }],
  ["nothing is known: from the start", { from: "start" }, { next: 10 }],
  ["the checkpoint knows", { own: 40 }, { next: 40 }],
  ["the group was told less than the checkpoint knows", { own: 40, committed: 30 }, { next: 40 }],
  ["another member read on", { own: 40, committed: 50 }, { next: 50 }],
  ["the group alone knows", { committed: 50 }, { next: 50 }],
  ["all was read", { own: 90 }, { next: 90 }],
  ["what comes next was deleted", { own: 4 }, { next: 10, lost: 6 }],
  ["it ends before what was read", { own: 91 }, { next: 10, isAnew: true }],
] as const)("%s", (_, known, start) => {
  const all = { own: undefined, committed: undefined, low: 10, high: 90, from: "end" as const, ...known };
  expect(startOf(all)).toEqual({ lost: 0, isAnew: false, ...start });
});
