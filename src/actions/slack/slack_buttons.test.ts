import type { BlockPolicy } from "../../blocks/index.ts";
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

async function open(...[settings, policy]: [Record<string, unknown>, Partial<BlockPolicy>?]): ReturnType<typeof openSlack> {
  return openSlack(service.url, settings, policy);
}

const app = { token: "xoxb-1", channel: "#ops", signing_secret: SIGNING_SECRET };

describe("a button", () => {
  test("takes a block back, says by whom, and tells the channel", async () => {
    const { blocks, press } = await open(app);
    blocks.block("203.0.113.7", { forMs: 3_600_000, reason: "flood", by: "me" });
    expect(await press("unblock 203.0.113.7")).toEqual({ status: 200, body: "" });
    expect(blocks.why("203.0.113.7")).toMatchObject({ inForce: [], decisions: [{ lifted: { by: "ann (Slack U012AB3CD)" } }] });
    expect(JSON.parse(service.asked[0]!.body)).toMatchObject({
      response_type: "in_channel",
      text: "203.0.113.7 is no longer blocked; 1 decision was taken back by ann (Slack U012AB3CD).",
    });
    await press("unblock 203.0.113.7");
    expect(service.asked[1]?.body).toContain("is not blocked, so there is nothing to take back");
  });

  test("approves what was held back or only detected", async () => {
    const { action, blocks, press, pass } = await open({ ...app, approve_for: "2h" });
    const request = { rowKey: "k", address: "203.0.113.7", forMs: 60_000, mode: "detect", reason: "scan", madeBy: "block.flood" } as const;
    blocks.decide({ ...request, eventTimeMs: NOW_MS });
    await action.perform(row);
    await pass(5000);
    expect(service.asked[0]?.body).toContain("approve 203.0.113.7");
    await press("approve 203.0.113.7");
    expect(blocks.why("203.0.113.7").inForce).toMatchObject([{ untilMs: NOW_MS + 5000 + 7_200_000, madeBy: "ann (Slack U012AB3CD)" }]);
  });

  test("approves what waits for it, for as long as was asked, and says so once only", async () => {
    const { blocks, press } = await open({ ...app, approve_for: "2h" }, { blocksPerMinuteMax: 1 });
    const request = (rowKey: string, address: string) =>
      ({ rowKey, address, forMs: 60_000, mode: "block", reason: "flood", madeBy: "block.flood", eventTimeMs: NOW_MS }) as const;
    blocks.decideAll([request("a", "203.0.113.1"), request("b", "203.0.113.7")]);
    await press("approve 203.0.113.7", { secret: "guessed" });
    expect(blocks.size).toBe(1);
    await press("approve 203.0.113.7");
    expect(blocks.why("203.0.113.7").inForce).toMatchObject([{ untilMs: NOW_MS + 60_000, madeBy: "block.flood" }]);
    expect(JSON.parse(service.asked[0]!.body)).toMatchObject({
      text: "203.0.113.7 was blocked until 2026-11-20T10:01:00Z, approved by ann (Slack U012AB3CD): flood (block.flood).",
    });
  });

  test("acknowledges a message, so that it is not escalated", async () => {
    const { action, press, pass } = await open({ ...app, escalate_after: "15min", escalate_mention: "<!here>" });
    await action.perform(row);
    await pass(5000);
    await press("acknowledge n1");
    await pass(20 * 60_000);
    expect(service.asked.filter(({ path }) => path === "/api/chat.postMessage")).toHaveLength(1);
  });

  test("pressed by somebody who may not does nothing", async () => {
    const { blocks, press } = await open({ ...app, users: ["U0BOSS"] });
    blocks.block("203.0.113.7", { forMs: 3_600_000, reason: "flood", by: "me" });
    await press("unblock 203.0.113.7");
    expect(blocks.why("203.0.113.7").inForce).toHaveLength(1);
    expect(service.asked[0]?.body).toContain("may not press this button");
  });

  test("pressed by somebody who is not Slack does nothing, and is counted", async () => {
    const { blocks, press, counters } = await open(app);
    blocks.block("203.0.113.7", { forMs: 3_600_000, reason: "flood", by: "me" });
    expect(await press("unblock 203.0.113.7", { secret: "guessed" })).toMatchObject({ status: 401 });
    expect(blocks.why("203.0.113.7").inForce).toHaveLength(1);
    expect(service.asked).toEqual([]);
    expect(counters.read().find(({ name }) => name === "slack_requests_refused")?.value).toBe(1);
  });

  test("is gone with its action", async () => {
    const { action, hooks } = await open(app);
    expect(hooks.size).toBe(1);
    await action.close();
    expect(hooks.size).toBe(0);
  });
});
