import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { openSnsApi } from "../../../test/fakes/sns_api.ts";
import { openDesk } from "../../../test/suites/notice_desk.ts";
import { silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { sns } from "./sns.ts";

const NOW_MS = Date.parse("2026-11-20T10:00:00Z");
const ARN = "arn:aws:sns:ap-northeast-1:123456789012:attacks";
const row = { key: "block.flood 1", query: "block.flood", timeMs: NOW_MS, row: { host: "203.0.113.7", requests: 1200 } };
const keys = { access_key_id: "AKIA", secret_access_key: "secret" };

let api: Awaited<ReturnType<typeof openSnsApi>>;

beforeEach(async () => {
  api = await openSnsApi();
});

afterEach(async () => api.close());

async function open(settings: Record<string, unknown>) {
  const clock = new VirtualClock(NOW_MS);
  const desk = await openDesk(clock, silentLog);
  const config = sns.config(z).parse({ endpoint: api.url, ...keys, ...settings });
  const own = { name: "actions[0] (sns)", route: "sns ** 1", family: "sns **", folder: "/", dryRun: false };
  const action = await sns.open(config, { ...own, clock, steps: new Steps(clock), log: silentLog, ...desk });
  return { action, ...desk };
}

describe("a message", () => {
  test("is published to the topic of an ARN, in its region", async () => {
    api.topics.add(ARN);
    const { action, pass } = await open({ topic_arn: ARN, subject: "block_host" });
    await action.perform(row);
    await pass(5000);
    expect(api.published).toEqual([
      {
        topicArn: ARN,
        subject: "block_host",
        message: "One row of block.flood at 2026-11-20T10:00:00Z.\n\nhost 203.0.113.7, requests 1200\n",
        attributes: { query: "block.flood" },
      },
    ]);
  });

  test("is published to a topic by name, which is made when there is none", async () => {
    const { action } = await open({ topic: "attacks", region: "ap-northeast-1" });
    expect(await action.test?.()).toMatch(new RegExp(`^published "Hotaka test" to ${ARN} as `));
    expect(api.published).toHaveLength(1);
  });

  test("has a subject that SNS takes, whatever the row holds", async () => {
    const { action, pass } = await open({ topic: "attacks", subject: "攻撃 ${host}" });
    await action.perform({ ...row, row: { host: `\u001B[2J${"x".repeat(500)}` } });
    await pass(5000);
    expect(api.published[0]?.subject).toMatch(/^\?\? \?\[2Jx{93}$/);
  });

  test("is tried again when SNS asks to slow down, and told what SNS said when it refuses", async () => {
    api.topics.add(ARN);
    const { action, pass } = await open({ topic_arn: ARN });
    api.trouble.throttled = 2;
    await action.perform(row);
    await pass(5000);
    expect(api.published).toHaveLength(0);
    await pass(1000);
    expect(api.published).toHaveLength(1);
    const { action: wrong } = await open({ topic_arn: ARN.replace("attacks", "gone") });
    await expect(wrong.test?.()).rejects.toThrow(`${ARN.replace("attacks", "gone")} did not take the message: NotFound`);
  });

  test("goes to another topic when nobody acknowledges it", async () => {
    const escalation = ARN.replace("attacks", "lead");
    for (const arn of [ARN, escalation]) api.topics.add(arn);
    const { action, pass } = await open({ topic_arn: ARN, escalate_after: "15min", escalate_topic_arn: escalation });
    await action.perform(row);
    await pass(5000);
    await pass(15 * 60_000);
    expect(api.published.map(({ topicArn }) => topicArn)).toEqual([ARN, escalation]);
  });
});
