import { expect, test } from "vitest";
import { z } from "zod";
import { describeAction } from "../../../test/suites/action_suite.ts";
import { openDesk } from "../../../test/suites/notice_desk.ts";
import { slack } from "./slack.ts";

const NOW_MS = Date.parse("2026-11-20T10:00:00Z");
const row = { key: "block.flood 1", query: "block.flood", timeMs: NOW_MS, row: { host: "203.0.113.7", requests: 1200 } };

describeAction("slack", async (log, clock) => {
  const desk = await openDesk(clock, log);
  const blocks = { block: () => raise(), unblock: () => raise(), holds: { has: () => raise(), approve: () => raise() } };
  return {
    definition: slack,
    settings: { webhook: "https://hooks.slack.com/services/x" },
    row,
    complete: (context) => ({ ...context, ...desk, blocks, hooks: { add: () => () => {} } }),
    effects: desk.gathered,
  };
});

test.each([
  [{}, "exactly one of webhook and token"],
  [{ webhook: "x", token: "y", channel: "#z" }, "exactly one of webhook and token"],
  [{ token: "y" }, "one of token and channel was found"],
  [{ webhook: "x", users: ["ann"] }, "an id of a Slack user"],
])("settings %j are refused", (settings, sentence) => {
  expect(JSON.stringify(slack.config(z).safeParse(settings).error?.issues)).toContain(sentence);
});

function raise(): never {
  throw new Error("nobody pressed a button");
}
