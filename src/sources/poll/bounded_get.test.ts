import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../../test/suites/peer.ts";
import { VirtualClock } from "../../kit/index.ts";
import { boundedGet } from "./bounded_get.ts";

let server: Server;
let listener: RequestListener;
let clock: VirtualClock;
beforeEach(async () => {
  clock = new VirtualClock(0);
  server = createServer((request, response) => listener(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function get(more: { url?: string; signal?: AbortSignal } = {}): Promise<unknown> {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { url = `http://127.0.0.1:${port}/secret`, signal = new AbortController().signal } = more;
  return boundedGet({ url, headers: { "x-api-key": "k" }, timeoutMs: 5000, bytesMax: 1000, clock, signal });
}

test("a body is given, unpacked, and the headers are sent", async () => {
  listener = (request, response) => {
    response.setHeader("content-encoding", "gzip");
    response.end(gzipSync(String(request.headers["x-api-key"])));
  };
  expect(await get()).toEqual({ body: Buffer.from("k") });
});

test.each<[string, RequestListener, unknown]>([
  ["status", (_, response) => response.writeHead(503).end("x"), "it answered with status 503"],
  ["status", (_, response) => response.writeHead(302, { location: "/elsewhere" }).end(), "it answered with status 302"],
  ["size", (_, response) => response.end(Buffer.alloc(1001)), "it answered with more than 1000 bytes (body_bytes_max)"],
  [
    "size",
    (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(10_000_000))),
    "it answered with more than 1000 bytes (body_bytes_max)",
  ],
  ["network", (_, response) => response.destroy(), "other side closed"],
])("for its %s an answer is none, in a sentence without the address", async (reason, answer, sentence) => {
  listener = answer;
  expect(await get()).toEqual({ reason, sentence });
});

test("an answer that comes byte by byte is given up at its time", async () => {
  let isAsked = false;
  listener = (_, response) => {
    response.write("x");
    isAsked = true;
  };
  const got = get();
  await until(() => isAsked);
  clock.advanceTo(5000);
  expect(await got).toEqual({ reason: "timeout", sentence: "it did not answer within 5 seconds (timeout)" });
});

test("one that is not there is told, and a daemon that stops waits for nobody", async () => {
  expect(await get({ url: "http://127.0.0.1:1/" })).toMatchObject({ reason: "network" });
  let isAsked = false;
  listener = () => {
    isAsked = true;
  };
  const stop = new AbortController();
  const got = get({ signal: stop.signal });
  await until(() => isAsked);
  stop.abort();
  expect(await got).toMatchObject({ reason: "network" });
});
