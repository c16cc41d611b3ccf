import { expect, test } from "vitest";
import { RecordingIntake, RecordingOpenIntake } from "../../test/suites/source_fakes.ts";
import { EventFeed } from "./event_feed.ts";
import { openFormat } from "./format_setting.ts";

const combined = openFormat({ name: "combined", config: {} });
const LINE = '1.2.3.4 - - [06/May/2024:12:00:00 +0000] "GET / HTTP/1.1" 200 5\n';
const NOON_MS = Date.parse("2024-05-06T12:00:00Z");

test("good lines become events, and the others are counted by reason with the place of the first", () => {
  const intake = new RecordingIntake("access", combined.fields);
  const told: [string, number][] = [];
  const feed = new EventFeed({ format: combined, intake });
  const bytes = Buffer.from(`${LINE}x\n${LINE}\ny\n`);
  feed.feed(bytes, 0, bytes.length, 1000, 0, (reason, offset) => told.push([reason, offset]));
  expect(intake.events.map(({ at, host }) => [at, host])).toEqual(Array.from({ length: 2 }, () => [NOON_MS, "1.2.3.4"]));
  expect([feed.events, feed.lines]).toEqual([2, 5]);
  expect([...feed.refusals]).toEqual([
    ["host", { count: 2, firstOffset: 1000 + LINE.length }],
    ["empty", { count: 1, firstOffset: 1000 + 2 * LINE.length + 2 }],
  ]);
  expect(told).toHaveLength(3);
});

test("times are moved, in the batch and in the time field alike", () => {
  const intake = new RecordingIntake("access", combined.fields);
  const bytes = Buffer.from(LINE.repeat(3000));
  new EventFeed({ format: combined, intake, shiftMs: 5 }).feed(bytes, 0, bytes.length, 0, 0);
  expect(new Set(intake.events.map(({ at }) => at))).toEqual(new Set([NOON_MS + 5]));
  expect(new Set(intake.events.map((event) => event["time"]))).toEqual(new Set([NOON_MS + 5]));
  expect(intake.events).toHaveLength(3000);
});

test("what is decoded follows the demand while it changes", () => {
  const intake = new RecordingIntake("access", combined.fields);
  const feed = new EventFeed({ format: combined, intake });
  const bytes = Buffer.from(LINE);
  intake.demand.ask(intake, new Map([["path", "value"]]));
  feed.feed(bytes, 0, bytes.length, 0, 0);
  intake.demand.withdraw(intake);
  feed.feed(bytes, 0, bytes.length, 0, 0);
  expect(intake.events.map(({ host, path }) => [host, path])).toEqual([
    [null, "/"],
    [null, null],
  ]);
});

test("a format without types has its target learn the fields of the lines, and refuses with the place", () => {
  const open = new RecordingOpenIntake("t");
  const config = { types: {}, time_key: "time", time_format: "auto", time_zone: "UTC" };
  const format = openFormat({ name: "json", config });
  const openFeed = new EventFeed({ format, intake: open });
  const bytes = Buffer.from('{"a":1}\r\nno\n{"a":2,"b":"x"}\n');
  const refused: unknown[] = [];
  openFeed.feed(bytes, 0, bytes.length, 100, 5, (reason, offset) => refused.push([reason, offset]));
  expect(open.events).toEqual([
    { at: 5, a: 1 },
    { at: 5, a: 2, b: "x" },
  ]);
  expect([openFeed.events, openFeed.lines, refused]).toEqual([2, 3, [["object", 109]]]);
});
