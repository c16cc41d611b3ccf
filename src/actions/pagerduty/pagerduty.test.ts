import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { describeAction } from "../../../test/suites/action_suite.ts";
import { openDesk } from "../../../test/suites/notice_desk.ts";
import { openWebService } from "../../../test/suites/web_service.ts";
import { silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { pagerduty } from "./pagerduty.ts";

const NOW_MS = Date.parse("2026-11-20T10:00:00Z");
const row = { key: "detect.disk 1", query: "detect.disk", timeMs: NOW_MS, row: { host: "db1", used: 97 } };

let service: Awaited<ReturnType<typeof openWebService>>;
let status: number;

beforeEach(async () => {
  status = 202;
  service = await openWebService(() => ({ status, body: '{"status":"success"}' }));
});

afterEach(async () => service.close());

async function open(settings: Record<string, unknown> = {}) {
  const clock = new VirtualClock(NOW_MS);
  const desk = await openDesk(clock, silentLog);
  const config = pagerduty.config(z).parse({ routing_key: "R0UT1NG", url: `${service.url}/v2/enqueue`, ...settings });
  const own = { name: "actions[0] (pagerduty)", route: "pagerduty ** 1", family: "pagerduty **", folder: "/", dryRun: false };
  const action = await pagerduty.open(config, { ...own, clock, steps: new Steps(clock), log: silentLog, ...desk });
  return { action, ...desk };
}

describeAction("pagerduty", async (log, clock) => {
  const desk = await openDesk(clock, log);
  const settings = { routing_key: "R0UT1NG" };
  return { definition: pagerduty, settings, row, complete: (context) => ({ ...context, ...desk }), effects: desk.gathered };
});

describe("an incident", () => {
  test("is opened by its group, and says what happened", async () => {
    const { action, pass } = await open({ group_by: "disk ${host}", severity: "critical", source: "shop" });
    await action.perform(row);
    await pass(5000);
    expect(service.asked.map(({ path }) => path)).toEqual(["/v2/enqueue"]);
    expect(JSON.parse(service.asked[0]!.body)).toEqual({
      routing_key: "R0UT1NG",
      event_action: "trigger",
      dedup_key: "disk db1",
      client: "Hotaka",
      payload: {
        summary: "detect.disk: db1",
        source: "shop",
        severity: "critical",
        timestamp: "2026-11-20T10:00:00.000Z",
        group: "detect.disk",
        custom_details: {
          notice: "n1",
          acknowledge: "hotaka notify ack n1",
          rows: 1,
          message: "One row of detect.disk at 2026-11-20T10:00:00Z.\n\nhost db1, used 97\n",
        },
      },
    });
  });

  test.each(["acknowledge", "resolve"])("takes the event %s by the same key", async (event) => {
    const { action, pass } = await open({ group_by: "disk ${host}", event });
    await action.perform(row);
    await pass(5000);
    expect(JSON.parse(service.asked[0]!.body)).toEqual({ routing_key: "R0UT1NG", event_action: event, dedup_key: "disk db1" });
  });

  test("of a long group has a key that PagerDuty takes, and another one for another group", async () => {
    const { action, pass } = await open({ group_by: "${host}" });
    for (const end of ["a", "b"]) await action.perform({ ...row, key: end, row: { host: "x".repeat(300) + end } });
    await pass(5000);
    const dedup = service.asked.map(({ body }) => (JSON.parse(body) as { dedup_key: string }).dedup_key);
    expect(dedup.map((key) => key.length)).toEqual([255, 255]);
    expect(new Set(dedup).size).toBe(2);
  });

  test("is tried again when PagerDuty asks to slow down", async () => {
    const { action, pass } = await open();
    status = 429;
    await action.perform(row);
    await pass(5000);
    status = 202;
    await pass(1000);
    expect(service.asked).toHaveLength(2);
  });

  test("is acknowledged when a person acknowledges the notice here, and that is tried until PagerDuty has taken it", async () => {
    const { action, notices, pass } = await open({ group_by: "disk ${host}" });
    await action.perform(row);
    await pass(5000);
    status = 500;
    expect(notices.acknowledge("n1", "ann")).toContain("is acknowledged by ann");
    await pass(0);
    status = 202;
    await pass(5000);
    const bodies = service.asked.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(bodies.slice(1)).toEqual(
      Array.from({ length: 2 }, () => ({ routing_key: "R0UT1NG", event_action: "acknowledge", dedup_key: "disk db1" })),
    );
    notices.acknowledge("n1", "bob");
    await pass(5000);
    expect(service.asked).toHaveLength(3);
  });
});
