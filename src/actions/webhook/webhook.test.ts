import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { describeAction } from "../../../test/suites/action_suite.ts";
import { openDesk } from "../../../test/suites/notice_desk.ts";
import { openWebService } from "../../../test/suites/web_service.ts";
import { compileMatch, Counters, openDatabase, silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { openOutbox, OUTBOX_MIGRATIONS } from "../../outbox/index.ts";
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

test.each([
  ["array", "application/json; charset=utf-8", '[{"n":1},{"n":2}]'],
  ["ndjson", "application/x-ndjson", '{"n":1}\n{"n":2}\n'],
])("rows of a batch are posted together as %s, signed as one, with an id that is theirs together", async (format, contentType, text) => {
  const action = await open({ body: "row", batch: { format }, secret: "plain" });
  expect(action.batches).toEqual({ rowsMax: 100, bytesMax: 1 << 20, lingerMs: 0 });
  const rows = [1, 2].map((n) => ({ ...row, key: `q ${n}`, row: { n } }));
  expect(await action.performAll?.(rows)).toEqual(Array(2).fill(expect.stringMatching(/ as one of rows_[\w-]{27}$/)));
  await action.performAll?.(rows);
  await action.perform(rows[0]!);
  const [first, second, alone] = service.asked as [
    (typeof service.asked)[number],
    (typeof service.asked)[number],
    (typeof service.asked)[number],
  ];
  expect([first.body, second.body]).toEqual([text, text]);
  const id = String(first.headers["webhook-id"]);
  expect(first.headers).toMatchObject({
    "content-type": contentType,
    ...signedHeaders({ id, timestampMs: NOW_MS + 5000, body: text, secrets: ["plain"] }),
  });
  expect([second.headers["webhook-id"] === id, alone.headers["webhook-id"] === id]).toEqual([true, false]);
  expect(alone.body).toBe(format === "array" ? '[{"n":1}]' : '{"n":1}\n');
});

test("without batch each row is a message of its own", async () => {
  const action = await open({});
  expect([action.batches, "performAll" in action]).toEqual([undefined, false]);
});

test("a batch that is refused for a row of it ends with that row among the dead letters, and all others taken", async () => {
  const taken: unknown[] = [];
  await service.close();
  service = await openWebService(({ body }) => {
    if (body.includes("poison")) return { status: 413, body: "too much" };
    taken.push(JSON.parse(body));
    return { status: 200, body: "" };
  });
  const action = await open({ body: "row", batch: { rows_max: 8 } });
  const clock = new VirtualClock(NOW_MS);
  const steps = new Steps(clock);
  const database = await openDatabase({ path: ":memory:", migrations: OUTBOX_MIGRATIONS });
  const outbox = openOutbox({ database, clock, steps, log: silentLog, counters: new Counters(), dir: folder });
  outbox.route({ action: "webhook", match: compileMatch("**"), performer: action });
  outbox.put([1, 2, 3, 4, 5, 6, 7, 8].map((n) => ({ ...row, key: `q ${n}`, row: { n: n === 6 ? "poison" : n } })));
  await outbox.idle();
  expect(taken.flat()).toEqual([1, 2, 3, 4, 5, 7, 8].map((n) => ({ n })));
  const [letter, ...more] = readFileSync(join(folder, "dead_letters.ndjson"), "utf8").trimEnd().split("\n");
  expect(more).toEqual([]);
  expect(JSON.parse(letter!)).toMatchObject({ key: "q 6", tries: 1, reason: expect.stringContaining("status 413: too much") });
  await steps.stop();
  await outbox.close();
  database.close();
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

test("a notice gathers rows itself: with batch it is refused", () => {
  expect(() => webhook.config(z).parse({ url: "http://x/", batch: {}, notice: {} })).toThrow("leave one of them out");
});

test("a notice is a message: with body: row it is refused", () => {
  expect(() => webhook.config(z).parse({ url: "http://x/", body: "row", notice: {} })).toThrow("leave one of them out");
});
