import { expect, test } from "vitest";
import { DEFAULT_POLICY, DryBlocks, parseNeverBlock, Protection } from "./index.ts";

const MINUTE_MS = 60_000;

function decide(dry: DryBlocks, address: string, eventTimeMs: number): string {
  const request = { rowKey: "x", address, forMs: 10 * MINUTE_MS, mode: "block", reason: "r", madeBy: "q", eventTimeMs } as const;
  const { outcome, untilMs } = dry.decide(request);
  return `${outcome} ${(untilMs ?? 0) / MINUTE_MS}`;
}

test("a dry run blocks, extends and lets expire in the time of the events, years ago as they may be", () => {
  const dry = new DryBlocks({ policy: DEFAULT_POLICY, protection: new Protection(parseNeverBlock(["203.0.113.9"])) });
  expect(decide(dry, "203.0.113.7", 0)).toBe("blocked 10");
  expect(decide(dry, "203.0.113.7", 5 * MINUTE_MS)).toBe("extended 15");
  expect(decide(dry, "203.0.113.7", 15 * MINUTE_MS)).toBe("blocked 35");
  expect(decide(dry, "203.0.113.9", 16 * MINUTE_MS)).toMatch("refused");
});

test("a dry run does not go back in time with an event that is late", () => {
  const dry = new DryBlocks({ policy: DEFAULT_POLICY, protection: new Protection([]) });
  expect(decide(dry, "203.0.113.7", 100 * MINUTE_MS)).toBe("blocked 110");
  expect(decide(dry, "203.0.113.8", 0)).toBe("blocked 110");
});
