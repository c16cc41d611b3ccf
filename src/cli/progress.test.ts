import { describe, expect, test } from "vitest";
import { formatSize, VirtualClock } from "../kit/index.ts";
import { Progress, progressOf } from "./progress.ts";
import { recordedScreen } from "../../test/cli/recorded_terminal.ts";

describe("on a terminal", () => {
  test("a bar shows the part done, the rate and the time left, and goes away at the end", () => {
    const clock = new VirtualClock();
    const screen = recordedScreen({ isTerminal: true, columns: 100 });
    const progress = new Progress({ name: "reading a.log", total: 4_194_304, shown: formatSize, clock, screen });
    progress.at(1_048_576);
    clock.advanceTo(1000);
    expect(screen.text.split("\r\u001B[K").at(-1)).toBe(
      "██████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  reading a.log  25 %, 1.00 MB, 1.00 MB/s, 3s left",
    );
    progress.end();
    expect(screen.text.endsWith("\r\u001B[K")).toBe(true);
  });

  test("no line is longer than the terminal is wide", () => {
    const clock = new VirtualClock();
    const screen = recordedScreen({ isTerminal: true, columns: 30 });
    const progress = new Progress({ name: "reading a.log", total: 100, shown: String, clock, screen });
    progress.at(33);
    clock.advanceTo(1000);
    progress.end();
    for (const line of screen.text.split("\r\u001B[K")) expect(line.length).toBeLessThan(30);
  });
});

describe("elsewhere", () => {
  test("there is a plain line every five seconds, without control characters", () => {
    const clock = new VirtualClock();
    const screen = recordedScreen();
    const progress = new Progress({ name: "reading a.log", total: 1000, shown: (amount) => `${amount} lines`, clock, screen });
    progress.at(250);
    clock.advanceTo(5000);
    progress.at(500);
    clock.advanceTo(10_000);
    progress.end();
    clock.advanceTo(60_000);
    expect(screen.text).toBe(
      "reading a.log: 25 %, 250 lines, 50 lines/s, 15s left\nreading a.log: 50 %, 500 lines, 50 lines/s, 10s left\n",
    );
  });

  test("work that ends sooner says nothing", () => {
    const clock = new VirtualClock();
    const screen = recordedScreen();
    const progress = new Progress({ name: "reading a.log", total: 1000, shown: String, clock, screen });
    clock.advanceTo(4999);
    progress.end();
    clock.advanceTo(20_000);
    expect(screen.text).toBe("");
  });
});

test.each([
  ["of a total", 50, 200, { part: 0.25, rate: 25, leftMs: 6000 }],
  ["without a total", 50, undefined, { part: undefined, rate: 25, leftMs: undefined }],
  ["beyond its total", 300, 200, { part: 1, rate: 150, leftMs: 0 }],
  ["of nothing", 0, 0, { part: 1, rate: 0, leftMs: undefined }],
])("work %s has a part, a rate and a time left", (_, done, total, reading) => {
  expect(progressOf(done, total, 2000)).toMatchObject(reading);
});
