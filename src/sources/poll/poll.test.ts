import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { until } from "../../../test/suites/peer.ts";
import { FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import { sourceSuite } from "../../../test/suites/source_suite.ts";
import { openWebService } from "../../../test/suites/web_service.ts";
import type { Source } from "../../component/index.ts";
import { poll } from "./poll.ts";
import { openPoll } from "./poll_source.ts";

let service: Awaited<ReturnType<typeof openWebService>>;
let answer: { status: number; body: string };
let context: FakeSourceContext;
let source: Source | undefined;
beforeEach(async () => {
  answer = { status: 200, body: '[{"a":1}]' };
  service = await openWebService(() => answer);
  context = new FakeSourceContext({ folder: "/", nowMs: 1_000_000 });
  source = undefined;
});
afterEach(async () => {
  await source?.close();
  await service.close();
});

sourceSuite(poll, () => ({
  settings: { url: `${service.url}/x`, target: "events", interval: "1h", jitter: "0s" },
  events: 1,
}));

async function open(settings: Record<string, unknown> = {}, random = (): number => 0): Promise<Source> {
  source = await openPoll(poll.config(z).parse({ url: `${service.url}/x`, target: "t", ...settings }), context, random);
  return source;
}

/** Moves the clock and waits until the address was asked so many times and what it said is done with. */
async function pass(ms: number, asked: number): Promise<void> {
  context.clock.advanceTo(context.clock.nowMs() + ms);
  await until(() => service.asked.length === asked);
  await until(() => context.counted("poll_events") + context.counted("poll_failures") >= asked);
}

test("it is asked at every interval, with its headers, and each answer is events of the time it came", async () => {
  await open({ headers: { "X-Api-Key": "k" } });
  await pass(0, 1);
  answer = { status: 200, body: '{"a":9007199254740993,"b":{"c":"x"}}' };
  await pass(60_000, 2);
  expect(context.events("t")).toEqual([
    { at: 1_000_000, a: 1 },
    { at: 1_060_000, a: 9_007_199_254_740_993n, b: { c: "x" } },
  ]);
  expect(service.asked[0]?.headers["x-api-key"]).toBe("k");
  expect(source?.status()).toEqual({ sentence: expect.stringMatching(/^polling 127\.0\.0\.1:\d+ every 1m(?:in)?, 2 events$/), ok: true });
});

test("with a tag events go the way of that tag, through filters and routes", async () => {
  await open({ target: undefined, tag: "status.app" });
  await pass(0, 1);
  expect(context.events("status_app")).toEqual([{ at: 1_000_000, a: 1 }]);
});

test("one of target and tag is wanted", () => {
  const problems = (settings: object) =>
    poll
      .config(z)
      .safeParse({ url: "http://x/", ...settings })
      .error?.issues.map(({ message }) => message);
  expect(problems({})).toEqual(["target was wanted, the name of the target that receives the events."]);
  expect(problems({ target: "a", tag: "b" })).toEqual(["target and tag were found; one of them was wanted."]);
  expect(poll.tags?.(poll.config(z).parse({ url: "http://x/", tag: "b" }))).toEqual({ b: {} });
});

test("events may stand within the answer", async () => {
  answer = { status: 200, body: '{"took":1,"data":{"items":[{"a":1},5,{"a":2}]}}' };
  await open({ items: "data.items" });
  await pass(0, 1);
  expect(context.events("t").map(({ a }) => a)).toEqual([1, 2]);
  expect(context.counted("poll_events_refused")).toBe(1);
});

test("samples of Prometheus and of Mackerel are events with their labels and times", async () => {
  answer = { status: 200, body: '# TYPE up gauge\nup{job="web"} 1\nload 0.5 1700000000000\nrubbish\n' };
  await open({ format: "prometheus" });
  await pass(0, 1);
  expect(context.events("t")).toEqual([
    { at: 1_000_000, metric: "up", value: 1, type: "gauge", labels: { job: "web" } },
    { at: 1_700_000_000_000, metric: "load", value: 0.5, labels: {} },
  ]);
  expect(context.said).toEqual(["warn: sources[0] (test): some lines that were answered are not of the format prometheus. (1 so far)"]);
  await source?.close();
  answer = { status: 200, body: "custom.x\t5\t1700000000\n" };
  await open({ format: "mackerel", target: "m" });
  await pass(0, 2);
  await until(() => context.events("m").length > 0);
  expect(context.events("m")).toEqual([{ at: 1_700_000_000_000, metric: "custom.x", value: 5, labels: {} }]);
});

test.each([
  [{ status: 500, body: "" }, "it answered with status 500"],
  [{ status: 200, body: "<html>" }, "it answered what is not JSON"],
  [{ status: 200, body: "x".repeat(2000) }, "it answered with more than 1.00 KB (body_bytes_max)"],
])("what goes wrong is counted, told, and over at the next time", async (wrong, sentence) => {
  answer = wrong;
  await open({ body_bytes_max: "1KB" });
  await pass(0, 1);
  await until(() => source?.status().ok === false);
  expect(source?.status().sentence).toContain(`: the last time ${sentence}`);
  expect(context.counted("poll_failures")).toBe(1);
  expect(context.said.join()).not.toContain("/x");
  answer = { status: 200, body: "[]" };
  context.clock.advanceTo(context.clock.nowMs() + 60_000);
  await until(() => source?.status().ok === true);
});

test("the wait has its share of chance, the first one too", async () => {
  await open({ jitter: "10s" }, () => 0.5);
  context.clock.advanceTo(1_004_999);
  expect(service.asked).toHaveLength(0);
  await pass(1, 1);
  context.clock.advanceTo(1_005_000 + 64_999);
  expect(service.asked).toHaveLength(1);
  await pass(1, 2);
});

test("settings: an address of the web, and items for json alone", async () => {
  await expect(open({ url: "ftp://x" })).rejects.toThrow("url is no address of the web");
  const result = poll.config(z).safeParse({ url: "http://x", target: "t", format: "prometheus", items: "a" });
  expect(result.error?.issues[0]?.message).toBe("items is for json; an answer of prometheus has none.");
});
