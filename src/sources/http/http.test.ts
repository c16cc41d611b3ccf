import { request as ask } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { Peer, portOf, until } from "../../../test/suites/peer.ts";
import { FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import { sourceSuite } from "../../../test/suites/source_suite.ts";
import type { Source } from "../../component/index.ts";
import { HotakaError, msgpackOf } from "../../kit/index.ts";
import { http } from "./http.ts";
import { openHttp } from "./http_source.ts";
import { refusalOf } from "./request.ts";
import { Tokens } from "./tokens.ts";

sourceSuite(http, () => ({
  settings: { listen: "127.0.0.1:0" },
  events: 2,
  async send(source) {
    await post(portOf(source), "/events", '[{"a":1},{"a":2}]');
  },
}));

let context: FakeSourceContext;
let source: Source | undefined;
beforeEach(() => {
  context = new FakeSourceContext({ folder: "/", nowMs: 7 });
});
afterEach(async () => source?.close());

async function open(settings: Record<string, unknown> = {}): Promise<number> {
  source = await openHttp(http.config(z).parse({ listen: "127.0.0.1:0", ...settings }), context);
  return portOf(source);
}

interface Answer {
  readonly status: number;
  readonly json: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

function post(port: number, path: string, body: string | Buffer, headers: Record<string, string> = {}, method = "POST"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = ask({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      let text = "";
      response.on("data", (bytes: Buffer) => (text += bytes.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, json: JSON.parse(text), headers: response.headers }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

const EVENTS = [
  { at: 7, host: "a", code: 200 },
  { at: 7, host: "b", code: 404 },
];
const OBJECTS = EVENTS.map(({ host, code }) => ({ host, code }));

describe("each form of body becomes events, and is answered when they are safe", () => {
  const ltsv = EVENTS.map(({ host, code }) => ({ at: 7, host, code: String(code) }));
  const forms: [string, string | Buffer, Record<string, string>, unknown][] = [
    ["an array of JSON", JSON.stringify(OBJECTS), {}, EVENTS],
    ["an object of JSON", JSON.stringify(OBJECTS[0]), { "content-type": "application/json; charset=utf-8" }, [EVENTS[0]]],
    ["what curl -d sends", JSON.stringify(OBJECTS), { "content-type": "application/x-www-form-urlencoded" }, EVENTS],
    ["NDJSON", `${JSON.stringify(OBJECTS[0])}\r\n\n${JSON.stringify(OBJECTS[1])}`, { "content-type": "application/x-ndjson" }, EVENTS],
    ["LTSV", "host:a\tcode:200\nhost:b\tno colon\tcode:404\n", { "content-type": "text/ltsv" }, ltsv],
    ["an array of MessagePack", msgpackOf(OBJECTS), { "content-type": "application/msgpack" }, EVENTS],
    ["maps of MessagePack", Buffer.concat(OBJECTS.map((one) => msgpackOf(one))), { "content-type": "application/x-msgpack" }, EVENTS],
    ["gzip", gzipSync(JSON.stringify(OBJECTS)), { "content-encoding": "gzip" }, EVENTS],
  ];
  test.each(forms)("%s", async (_, body, headers, events) => {
    const answer = await post(await open(), "/web/access", body, headers);
    expect(answer).toMatchObject({ status: 200, json: { events: (events as unknown[]).length, refused: 0 } });
    expect(context.events("web_access")).toEqual(events);
  });
});

test("what is in a body beside events is counted and said, and the events are taken", async () => {
  const body = '{"a":1}\n{"a":\n[5]\n{"a":2}\n';
  const answer = await post(await open(), "/t", body, { "content-type": "application/x-ndjson" });
  expect(answer).toMatchObject({ status: 200, json: { events: 2, refused: 2, problem: "line 2 is no object of JSON" } });
  expect(context.said).toEqual(["warn: sources[0] (test): a body for t: line 2 is no object of JSON. (2 so far)"]);
});

describe("what is no request for us is refused with the status that says so", () => {
  const refusals: [string, Record<string, unknown>, [string, string | Buffer, Record<string, string>?, string?], number, string][] = [
    ["no POST", {}, ["/t", "", {}, "GET"], 405, "POST was wanted"],
    ["a web page without a token", {}, ["/t", "{}", { origin: "http://example.com" }], 403, "web pages may send only with a token"],
    ["no target", {}, ["/", "{}"], 404, "the path names no tag; POST /TAG was wanted"],
    ["a path that is none", {}, ["/%ff", "{}"], 404, "the path names no tag"],
    [
      "another type",
      {},
      ["/t", "x", { "content-type": "text/xml" }],
      415,
      "application/json, application/x-ndjson, text/ltsv or application/msgpack was wanted as Content-Type",
    ],
    ["another encoding", {}, ["/t", "x", { "content-encoding": "br" }], 415, "gzip, deflate, zstd or none was wanted as Content-Encoding"],
    ["no token", { tokens: ["secret"] }, ["/t", "{}"], 401, "a token was wanted, as Authorization: Bearer TOKEN"],
    [
      "another token",
      { tokens: ["secret"] },
      ["/t", "{}", { authorization: "Bearer other" }],
      401,
      "a token was wanted, as Authorization: Bearer TOKEN",
    ],
    [
      "a body that is too large",
      { body_bytes_max: "1KB" },
      ["/t", "x".repeat(2000)],
      413,
      "the body is larger than 1.00 KB (body_bytes_max)",
    ],
    [
      "a body that is too large and does not say so",
      { body_bytes_max: "1KB" },
      ["/t", "x".repeat(2000), { "transfer-encoding": "chunked" }],
      413,
      "the body is larger than 1.00 KB (body_bytes_max)",
    ],
    [
      "more than memory is meant for",
      { buffer_bytes_max: "1MB" },
      ["/t", Buffer.alloc(1_100_000)],
      503,
      "too much is being sent at once (buffer_bytes_max)",
    ],
    ["no JSON", {}, ["/t", "{"], 400, "the body is not JSON"],
    [
      "no MessagePack",
      {},
      ["/t", Buffer.from([0xc1]), { "content-type": "application/msgpack" }],
      400,
      "no whole value of MessagePack is at byte 0",
    ],
    ["numbers", {}, ["/t", Buffer.from([5]), { "content-type": "application/msgpack" }], 400, "what is at byte 0 is no map"],
    ["no LTSV", {}, ["/t", "nothing", { "content-type": "text/ltsv" }], 400, "line 1 has no label:value"],
    [
      "a gzip bomb",
      { decompressed_bytes_max: "1MB" },
      ["/t", gzipSync(Buffer.alloc(2 << 20)), { "content-encoding": "gzip" }],
      400,
      "its gzip cannot be read: there is more than 1.00 MB in it",
    ],
    ["gzip that is none", {}, ["/t", "{}", { "content-encoding": "gzip" }], 400, "its gzip cannot be read: incorrect header check"],
  ];
  test.each(refusals)("%s", async (_, settings, [path, body, headers, method], status, problem) => {
    const port = await open(settings);
    const answer = await post(port, path, body, headers, method);
    expect(answer).toMatchObject({ status, json: { events: 0, problem } });
    expect(context.said).toHaveLength(1);
    const authorization = settings["tokens"] === undefined ? undefined : { authorization: "Bearer secret" };
    expect(await post(port, "/t", '{"a":1}', authorization)).toMatchObject({ status: 200 });
  });
});

describe("nothing is answered with 200 that is not safe", () => {
  test.each([
    ["HOTAKA_INBOX_FULL", 503],
    ["HOTAKA_JOURNAL_WRITE", 503],
    ["HOTAKA_INBOX_RECORD", 413],
    ["HOTAKA_STOPPING", 503],
  ] as const)("%s is answered with %i", async (code, status) => {
    const port = await open();
    context.inboxes.get("http 127.0.0.1:0")!.refusal = new HotakaError(code, "it cannot be kept.");
    const answer = await post(port, "/t", "{}");
    expect(answer).toMatchObject({ status, json: { problem: "it cannot be kept" } });
    expect(answer.headers["retry-after"]).toBe(status === 503 ? "5" : undefined);
  });

  test("a defect tells the sender no more than that the request failed", () => {
    expect(refusalOf(new Error("secret"))).toMatchObject({ status: 500, reason: "defect", message: expect.not.stringContaining("secret") });
  });
});

test("garbage is answered as such, counted, and the next request is taken", async () => {
  const port = await open();
  const peer = await Peer.connect(port);
  peer.send("\u0016\u0003\u0001 garbage\r\n\r\n");
  await until(() => peer.isClosed);
  expect(peer.received.toString()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(context.said).toEqual(["warn: sources[0] (test): a request was refused: it is not HTTP. (1 so far)"]);
  expect(await post(port, "/t", "{}")).toMatchObject({ status: 200 });
});

test("a request that is sent slower than request_timeout is answered with 408", async () => {
  const port = await open({ request_timeout: "1s" });
  const peer = await Peer.connect(port);
  peer.send("POST /t HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{");
  await until(() => peer.isClosed);
  expect(peer.received.toString()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  expect(
    context.counters.read().find(({ name, labels }) => name === "http_requests_refused" && labels["reason"] === "timeout")?.value,
  ).toBe(1);
});

test("tokens are compared in full", () => {
  const tokens = new Tokens(["one", "two"]);
  expect(["Bearer one", "bearer two", "Bearer three", "Basic one", "one", undefined].map((header) => tokens.admit(header))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(new Tokens([]).admit(undefined)).toBe(true);
});

test("others are let in only with a token or in so many words", () => {
  const sentence =
    "others can reach 0.0.0.0, and anybody could send events. Listen on 127.0.0.1, set tokens, or set open_to_network: true.";
  expect(http.config(z).safeParse({ listen: "0.0.0.0:9880" }).error?.issues[0]?.message).toBe(sentence);
  expect(http.config(z).safeParse({ listen: "0.0.0.0:9880", tokens: ["x"] }).success).toBe(true);
});
