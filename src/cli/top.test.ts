import { expect, test } from "vitest";
import { type Look, topText } from "./top.ts";

const QUERY = { state: "running", events: 0, rows: 0, busyMs: 0, groups: 0, held: 0, bytes: 0, evicted: 0, refused: 0 };

function looks(): [Look, Look] {
  const before = { atMs: 0, upMs: 60_000, queries: [{ ...QUERY, name: "busy" }] };
  const queries = [
    { ...QUERY, name: "wide", groups: 9, bytes: 20_480 },
    { ...QUERY, name: "busy", events: 400_000, rows: 3, busyMs: 1500, groups: 2, held: 7, evicted: 50 },
    { ...QUERY, name: "restarted", state: "waiting", events: 100 },
  ];
  return [before, { atMs: 2000, upMs: 62_000, queries }];
}

test("rates are those since the look before, the busiest query first; one that was not there has none yet", () => {
  expect(topText(...looks(), { sort: "cpu", columns: 100 }).split("\n")).toEqual([
    "up 1m 2s, 3 queries: 1.5 rows/s, 75.0 % CPU in queries, 20.0 KB",
    "",
    "QUERY      STATE    EVENTS/S  ROWS/S  CPU     GROUPS  HELD  MEMORY   EVICTED/S  REFUSED/S",
    "busy       running   200,000     1.5  75.0 %       2     7  0 bytes       25.0        0.0",
    "wide       running       0.0     0.0  0.0 %        9     0  20.0 KB        0.0        0.0",
    "restarted  waiting       0.0     0.0  0.0 %        0     0  0 bytes        0.0        0.0",
    "",
  ]);
});

test("it can be sorted by what a query holds", () => {
  const lines = topText(...looks(), { sort: "memory", columns: 100 }).split("\n");
  expect(lines[3]).toMatch(/^wide/);
});
