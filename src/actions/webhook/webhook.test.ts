import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { describeAction } from "../../../test/suites/action_suite.ts";
import { openDesk } from "../../../test/suites/notice_desk.ts";
import { openWebService } from "../../../test/suites/web_service.ts";
import { Counters, silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { signedHeaders } from "./signature.ts";
import { webhook } from "./webhook.ts";

const NOW_MS = Date.parse("2026-11-21T10:00:00Z");
const row = { key: "block.flood 1", query: "block.flood", timeMs: NOW_MS, row: { host: "203.0.113.7", requests: 2n ** 60n } };

let folder: string;
let service: Awaited<ReturnType<typeof openWebService>>;
let answer: { status: number; body: string };
let desk: Awaited<ReturnType<typeof openDesk>>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-webhook-"));
  answer = { status: 204, body: "" };
  service = await openWebService(() => answer);
});
afterEach(async () => {
  await service.close();
  rmSync(folder, { recursive: true });
});

async function open(settings: Record<string, unknown>) {
  const clock = new VirtualClock(NOW_MS + 5000);
  const own = { name: "actions[0] (webhook)", route: "webhook ** 1", family: "webhook **", folder, dryRun: false };
  const config = webhook.config(z).parse({ url: `${service.url}/hook/token`, ...settings });
  desk = await openDesk(clock, silentLog);
  return webhook.open(config, { ...own, clock, steps: new Steps(clock), log: silentLog, counters: new Counters(), notices: desk.notices });
}

// A receiver knows a message by its id, as Standard Webhooks asks it to.
describeAction("webhook", async () => {
  const { notices } = await openDesk(new VirtualClock(NOW_MS), silentLog);
  return {
    definition: webhook,
    settings: { url: `${service.url}/hook`, secret: "plain" },
    row,
    complete: (context) => ({ ...context, notices }),
    effects: () => [...new Map(service.asked.map(({ headers, body }) => [headers["webhook-id"], body]))],
  };
});

test("a row is posted as a message that its receiver can check", async () => {
  const action = await open({ secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", headers: { authorization: "Bearer x" } });
  expect(await action.perform(row)).toMatch(/^posted a row of block\.flood to 127\.0\.0\.1:\d+ as row_[\w-]{27}$/);
  const [{ path, headers, body }] = service.asked as [(typeof service.asked)[number]];
  expect(path).toBe("/hook/token");
  expect(body).toBe(
    '{"type":"hotaka.row","timestamp":"2026-11-21T10:00:00.000Z","data":{"query":"block.flood","key":"block.flood 1",' +
      '"row":{"host":"203.0.113.7","requests":1152921504606846976}}}',
  );
  expect(headers).toMatchObject({
    authorization: "Bearer x",
    "content-type": "application/json; charset=utf-8",
    ...signedHeaders({
      id: String(headers["webhook-id"]),
      timestampMs: NOW_MS + 5000,
      body,
      secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    }),
  });
});

test("a row can be posted alone, signed by the new and the old secret, which are read anew for each", async () => {
  writeFileSync(join(folder, "secret"), "first\n");
  const action = await open({ body: "row", secret: "file:secret", old_secret: "old" });
  await action.perform(row);
  writeFileSync(join(folder, "secret"), "second\n");
  await action.perform(row);
  expect(service.asked.map(({ body }) => body)).toEqual(Array(2).fill('{"host":"203.0.113.7","requests":1152921504606846976}'));
  const [first, second] = service.asked.map(({ headers }) => String(headers["webhook-signature"]).split(" "));
  expect(first).toHaveLength(2);
  expect([first![1] === second![1], first![0] === second![0]]).toEqual([true, false]);
});

test("a receiver that refuses is told of without its address, and the row is tried again", async () => {
  answer = { status: 503, body: "later" };
  const action = await open({});
  await expect(action.perform(row)).rejects.toMatchObject({
    code: "HOTAKA_ACTION_FAILED",
    message: expect.stringMatching(/^The webhook at 127\.0\.0\.1:\d+ did not take the message: it answered with status 503: later\.$/),
  });
});

test("what is no address of the web is refused when it is opened", async () => {
  await expect(open({ url: "file:nowhere" })).rejects.toMatchObject({ code: "HOTAKA_SECRET_MISSING" });
  await expect(open({ url: "ftp://x/y" })).rejects.toThrow("url is no address of the web; https://host/path was wanted.");
});

test("a wave of rows is one notice, signed as a row is, for a service that tells people", async () => {
  const action = await open({ notice: { subject: "block_host ${host}" }, secret: "plain" });
  for (const key of ["1", "2", "3"]) await action.perform({ ...row, key, row: { host: "203.0.113.7", requests: 1200 } });
  expect(service.asked).toEqual([]);
  await desk.pass(5000);
  const [{ headers, body }, ...others] = service.asked as [(typeof service.asked)[number]];
  expect(others).toEqual([]);
  expect(JSON.parse(body)).toEqual({
    type: "hotaka.notice",
    timestamp: "2026-11-21T10:00:00.000Z",
    data: {
      subject: "block_host 203.0.113.7",
      query: "block.flood",
      group: "block.flood",
      rows: 3,
      from: "2026-11-21T10:00:00.000Z",
      to: "2026-11-21T10:00:00.000Z",
      items: [{ text: "host 203.0.113.7, requests 1200", rows: 3, address: "203.0.113.7", decided: [] }],
      more: 0,
    },
  });
  expect(headers["webhook-id"]).toMatch(/^notice_[\w-]{27}$/);
  expect(headers["webhook-signature"]).toMatch(/^v1,/);
  expect(await action.test?.()).toMatch(/^posted "Hotaka test" to 127\.0\.0\.1:\d+ as notice_/);
});

test("a notice is a message: with body: row it is refused", () => {
  expect(() => webhook.config(z).parse({ url: "http://x/", body: "row", notice: {} })).toThrow("leave one of them out");
});
