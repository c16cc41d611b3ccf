import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeSourceContext, JsonPositions } from "../../../test/suites/source_fakes.ts";
import { EventFeed } from "../event_feed.ts";
import { openFormat } from "../format_setting.ts";
import { LineReader } from "../line_reader.ts";
import { globOf } from "./glob.ts";
import { LogFollower } from "./log_follower.ts";
import { LogSet } from "./log_set.ts";

let folder: string;
const positions = new JsonPositions();
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "hotaka-logs-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function open(patterns: readonly string[], asked: [string, boolean][], nowMs = 0): LogSet {
  const context = new FakeSourceContext({ folder, positions, nowMs });
  const format = openFormat({ name: "none", config: {} });
  return new LogSet({
    globs: patterns.map((pattern) => {
      const glob = globOf(join(folder, pattern));
      if (typeof glob === "string") throw new Error(glob);
      return { glob, path: join(folder, pattern) };
    }),
    excluded: [],
    filesMax: 10,
    context,
    key: "logs",
    positionKey: (path) => `tail:${path}`,
    open: (path, isAtStart) => {
      asked.push([path.slice(folder.length + 1), isAtStart]);
      return new LogFollower({
        path,
        from: "start",
        rotatedWaitMs: 5000,
        positionKey: `tail:${path}`,
        context,
        reader: new LineReader({ lineBytesMax: 4096 }),
        feed: new EventFeed({ format, intake: context.intake("log", format.fields) }),
      });
    },
  });
}

test("a log named without a pattern is there from the start; of the others it is known whether they came later", () => {
  writeFileSync(join(folder, "a.log"), "");
  const asked: [string, boolean][] = [];
  const first = open(["*.log", "named"], asked);
  writeFileSync(join(folder, "b.log"), "");
  first.rescan(1000);
  first.close();
  writeFileSync(join(folder, "c.log"), "");
  open(["*.log", "named"], asked).close();
  expect(asked).toEqual([
    ["named", true],
    ["a.log", true],
    ["b.log", false],
    ["named", true],
    ["a.log", false],
    ["b.log", false],
    ["c.log", false],
  ]);
});

test("the position of a log that went is kept for ten minutes, in case it comes back, and then forgotten, also over a restart", () => {
  writeFileSync(join(folder, "a.log"), "");
  open(["*.log"], []).close();
  rmSync(join(folder, "a.log"));
  const logs = open(["*.log"], []);
  const key = `tail:${join(folder, "a.log")}`;
  logs.rescan(599_999);
  expect(positions.keys).toContain(key);
  logs.rescan(600_000);
  expect(positions.keys).not.toContain(key);
});
