import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSlack, SIGNING_SECRET } from "../../../test/suites/slack_app.ts";
import { openWebService } from "../../../test/suites/web_service.ts";

const NOW_MS = Date.parse("2026-11-20T10:00:00Z");
const row = { key: "block.flood 1", query: "block.flood", timeMs: NOW_MS, row: { host: "203.0.113.7", requests: 1200 } };

let service: Awaited<ReturnType<typeof openWebService>>;
let answer: { status: number; body: string };

beforeEach(async () => {
  answer = { status: 200, body: '{"ok":true}' };
  service = await openWebService(() => answer);
});

afterEach(async () => service.close());

async function open(settings: Record<string, unknown>): ReturnType<typeof openSlack> {
  return openSlack(service.url, settings);
}

const app = { token: "xoxb-1", channel: "#ops", signing_secret: SIGNING_SECRET };

describe("a message", () => {
  test("goes to a webhook", async () => {
    const { action, pass } = await open({ webhook: `${service.url}/services/T0/B0/x`, subject: "block_host" });
    await action.perform(row);
    await pass(5000);
    expect(service.asked.map(({ path }) => path)).toEqual(["/services/T0/B0/x"]);
    expect(JSON.parse(service.asked[0]!.body)).toMatchObject({ blocks: [{ type: "header", text: { text: "block_host" } }, {}, {}] });
  });

  test("goes to a channel with the token of an app, with a button for what was blocked", async () => {
    const { action, pass, blocks } = await open(app);
    blocks.block("203.0.113.7", { forMs: 3_600_000, reason: "flood", by: "block.flood" });
    await action.perform(row);
    await pass(5000);
    const [posted] = service.asked;
    expect(posted).toMatchObject({ path: "/api/chat.postMessage", headers: { authorization: "Bearer xoxb-1" } });
    expect(JSON.parse(posted!.body)).toMatchObject({ channel: "#ops", blocks: [{}, {}, { accessory: { value: "unblock 203.0.113.7" } }] });
  });

  test("that Slack refuses with status 200 is not taken for sent", async () => {
    const { action } = await open(app);
    answer = { status: 200, body: '{"ok":false,"error":"channel_not_found"}' };
    await expect(action.test?.()).rejects.toThrow("Slack did not take the message: channel_not_found.");
    answer = { status: 200, body: "<html>" };
    await expect(action.test?.()).rejects.toThrow("its answer is not JSON");
  });
});
