import { expect, test } from "vitest";
import { FakeSourceContext } from "../../test/suites/source_fakes.ts";
import { LineCounters } from "./line_counters.ts";

test("each refused line is counted by reason, and the log names the first, the tenth and the hundredth", () => {
  const context = new FakeSourceContext({ folder: "/", name: "sources[0] (tail)" });
  const counters = new LineCounters(context, "/log");
  for (let at = 0; at < 150; at++) counters.refused("status", at * 10);
  counters.refused("host", 7);
  expect(context.counted("source_lines_refused")).toBe(151);
  expect(context.counters.read().map(({ labels }) => labels["reason"])).toContain("host");
  expect(context.said).toHaveLength(4);
  expect(context.said[1]).toBe(
    "warn: sources[0] (tail): /log: the line at byte 90 is not of the format (its part: status) and was refused; 10 so far.",
  );
});

test("each skipped line is counted", () => {
  const context = new FakeSourceContext({ folder: "/" });
  const counters = new LineCounters(context, "/log");
  counters.skipped(0);
  counters.skipped(1);
  counters.skipped(2);
  expect(context.counted("source_lines_skipped")).toBe(3);
  expect(context.said).toHaveLength(1);
});
