import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type Moto, openMoto } from "../../../test/suites/moto.ts";
import { openDesk } from "../../../test/suites/notice_desk.ts";
import { openWebService } from "../../../test/suites/web_service.ts";
import { silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { sns } from "./sns.ts";

const NOW_MS = Date.parse("2026-11-20T10:00:00Z");
const keys = { access_key_id: "AKIDEXAMPLE", secret_access_key: "example" };
const row = { key: "block.flood 1", query: "block.flood", timeMs: NOW_MS, row: { host: "203.0.113.7", requests: 1200 } };

let moto: Moto | string;
let subscriber: Awaited<ReturnType<typeof openWebService>>;
beforeAll(async () => {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  moto = await openMoto();
  subscriber = await openWebService(() => ({ status: 200, body: "" }));
}, 200_000);
afterAll(async () => {
  if (typeof moto !== "string") moto.close();
  await subscriber.close();
});

/** A topic of moto, which hands on to the subscriber what is published to it. */
async function topic(url: string, name: string): Promise<string> {
  const client = new SNSClient({
    region: "us-east-1",
    endpoint: url,
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
  });
  const { TopicArn = "" } = await client.send(new CreateTopicCommand({ Name: name }));
  await client.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint: `${subscriber.url}/${name}` }));
  client.destroy();
  return TopicArn;
}

async function open(settings: Record<string, unknown>) {
  const clock = new VirtualClock(NOW_MS);
  const desk = await openDesk(clock, silentLog);
  const config = sns.config(z).parse({ ...keys, ...settings });
  const own = { name: "actions[0] (sns)", route: "sns ** 1", family: "sns **", folder: "/", dryRun: false };
  const action = await sns.open(config, { ...own, clock, steps: new Steps(clock), log: silentLog, ...desk });
  return { action, ...desk };
}

test("a notice reaches who subscribed to the topic at moto, by its ARN and by its name, with the SDK as it is", async ({ skip }) => {
  skip(typeof moto === "string", typeof moto === "string" ? moto : undefined);
  const { url } = moto as Moto;
  const arn = await topic(url, "attacks");
  for (const settings of [{ topic_arn: arn }, { topic: "attacks", region: "us-east-1" }]) {
    subscriber.asked.length = 0;
    const { action, pass } = await open({ ...settings, endpoint: url, subject: "block_host" });
    await action.perform(row);
    await pass(5000);
    const [delivered] = subscriber.asked;
    expect(delivered?.path).toBe("/attacks");
    expect(JSON.parse(delivered!.body)).toMatchObject({
      Type: "Notification",
      TopicArn: arn,
      Subject: "block_host",
      Message: "One row of block.flood at 2026-11-20T10:00:00Z.\n\nhost 203.0.113.7, requests 1200\n",
    });
    await action.close();
  }
});

test("a topic that is not there at moto is said in the words of AWS", async ({ skip }) => {
  skip(typeof moto === "string", typeof moto === "string" ? moto : undefined);
  const { action } = await open({ topic_arn: "arn:aws:sns:us-east-1:123456789012:nothing", endpoint: (moto as Moto).url });
  await expect(action.test?.()).rejects.toThrow(/did not take the message: NotFoundException/);
  await action.close();
});
