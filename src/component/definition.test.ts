import { z } from "zod";
import { expect, test } from "vitest";
import { defineSource, type Zod } from "./index.ts";

test("a definition types its settings from the schema it makes with the zod it is handed", () => {
  const clock = defineSource({
    name: "clock",
    summary: "Brings the time.",
    config: (zod) => zod.strictObject({ period_ms: zod.int().min(1).default(1000) }),
    examples: [{ period_ms: 10 }],
    targets: () => ({ ticks: { at: "integer" } }),
    open: async (config) => ({
      finished: Promise.resolve(),
      status: () => ({ sentence: `every ${config.period_ms.toFixed(0)} ms`, ok: true }),
      close: async () => {},
    }),
  });
  const handed: Zod = z;
  expect(clock.config(handed).parse({})).toEqual({ period_ms: 1000 });
  expect(clock.config(handed).safeParse({ period: 10 }).success).toBe(false);
});
