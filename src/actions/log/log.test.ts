import { z } from "zod";
import { expect, test } from "vitest";
import { describeAction } from "../../../test/suites/action_suite.ts";
import { Counters, type Log, silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { log } from "./log.ts";

const row = { key: "q 1", query: "detect.scan", timeMs: 60_000, row: { host: "203.0.113.7", requests: 1200 } };

function keep(lines: string[]): Log {
  const write = (level: string) => (sentence: string) => void lines.push(`${level} ${sentence}`);
  return { ...silentLog, info: write("info"), warn: write("warn"), error: write("error") };
}

/** The lines that an action of these settings writes for these rows. */
async function linesOf(settings: unknown, rows: readonly (typeof row)[]): Promise<string[]> {
  const lines: string[] = [];
  const clock = new VirtualClock();
  const context = {
    name: "actions[0] (log)",
    route: "log ** 1",
    family: "log **",
    folder: "/",
    dryRun: false,
    clock,
    steps: new Steps(clock),
    counters: new Counters(),
  };
  const action = await log.open(log.config(z).parse(settings), { ...context, log: keep(lines) });
  for (const each of rows) await action.perform(each);
  return lines;
}

describeAction("log", async () => {
  const lines: string[] = [];
  return { definition: log, settings: {}, row, complete: (context) => ({ ...context, log: keep(lines) }), effects: () => lines };
});

test("a row is written as its query and its JSON, or as a template says, at the level of the settings", async () => {
  expect(await linesOf({}, [row])).toEqual(['info detect.scan {"host":"203.0.113.7","requests":1200}']);
  expect(await linesOf({ level: "warn", template: "${host}: ${requests}" }, [row])).toEqual(["warn 203.0.113.7: 1200"]);
});

test("a row cannot forge a second line or drive a terminal", async () => {
  const hostile = { ...row, row: { ...row.row, host: "x\ninfo all is well\u009B2J" } };
  expect(await linesOf({ template: "${host}" }, [hostile])).toEqual(["info x\uFFFDinfo all is well\uFFFD2J"]);
});

test("the keys of 10,000 rows are remembered, and no more", async () => {
  const many = Array.from({ length: 10_001 }, (_, index) => ({ ...row, key: `q ${index}` }));
  const lines = await linesOf({}, [...many, { ...row, key: "q 10000" }, { ...row, key: "q 0" }]);
  expect(lines).toHaveLength(10_002);
});
