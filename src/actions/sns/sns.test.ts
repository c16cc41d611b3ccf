import { expect, test } from "vitest";
import { z } from "zod";
import { describeAction } from "../../../test/suites/action_suite.ts";
import { openDesk } from "../../../test/suites/notice_desk.ts";
import { sns } from "./sns.ts";

const NOW_MS = Date.parse("2026-11-20T10:00:00Z");
const ARN = "arn:aws:sns:ap-northeast-1:123456789012:attacks";
const row = { key: "block.flood 1", query: "block.flood", timeMs: NOW_MS, row: { host: "203.0.113.7", requests: 1200 } };

describeAction("sns", async (log, clock) => {
  const desk = await openDesk(clock, log);
  return { definition: sns, settings: { topic_arn: ARN }, row, complete: (context) => ({ ...context, ...desk }), effects: desk.gathered };
});

test.each([
  [{}, "exactly one of topic_arn and topic"],
  [{ topic: "attacks" }, "without region or endpoint"],
  [{ topic_arn: "attacks" }, "the ARN of a topic"],
  [{ topic_arn: ARN, access_key_id: "AKIA" }, "one of access_key_id and secret_access_key"],
])("settings %j are refused", (settings, sentence) => {
  expect(JSON.stringify(sns.config(z).safeParse(settings).error?.issues)).toContain(sentence);
});
