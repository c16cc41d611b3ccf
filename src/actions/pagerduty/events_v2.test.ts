import { expect, test } from "vitest";
import type { Notice } from "../../notices/index.ts";
import { eventOf } from "./events_v2.ts";

const notice: Notice = {
  id: "n1",
  subject: "s".repeat(2000),
  query: "detect.disk",
  group: "disk db1",
  rows: 1,
  fromMs: 0,
  toMs: 0,
  items: [],
  more: 0,
  unacknowledgedMs: undefined,
  acknowledge: undefined,
};
const kind = { routingKey: "R", severity: "error", source: "shop" } as const;

test("a trigger keeps to the lengths that PagerDuty takes", () => {
  const event = eventOf(notice, { ...kind, event: "trigger" });
  expect(event).toMatchObject({ dedup_key: "disk db1", payload: { summary: "s".repeat(1024), timestamp: "1970-01-01T00:00:00.000Z" } });
});

test("acknowledging and resolving say no more than the key", () => {
  expect(eventOf(notice, { ...kind, event: "resolve" })).toEqual({ routing_key: "R", event_action: "resolve", dedup_key: "disk db1" });
});
