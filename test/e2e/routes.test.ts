import { appendFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askDaemon, controlPathOf } from "../../src/server/index.ts";
import { freePort } from "./free_port.ts";
import { Place, type Running } from "./hotaka.ts";

let place: Place;
let daemon: Running;

beforeEach(() => void (place = new Place()));
afterEach(async () => place.remove());

test("tags of a log and of an HTTP source are filtered and routed to targets, and what no route takes is counted and said", async () => {
  const port = await freePort();
  const post = async (path: string, body: string): Promise<void> => {
    const { status } = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    expect(status).toBe(200);
  };
  place.write("shop.log", '{"level":"info","msg":"a"}\n');
  place.write(
    "hotaka.yaml",
    `data_dir: data
server: { listen: 127.0.0.1:0 }
rpc: { listen: off }
sources:
  - tail: { path: "*.log", from: start, format: { json: { types: { level: string, msg: string } } }, tag: "app.*", poll_interval: 10ms }
  - http: { listen: "127.0.0.1:${port}" }
filters:
  - match: app.**
    grep: { include: { level: error } }
  - match: app.**
    record: { rename: { msg: text }, set: { log: "\${tag_parts[-2]}" } }
routes:
  - { match: app.**, target: app }
  - { match: web.debug, drop: true }
  - { match: web.**, remove_prefix: web }
queries:
  - { name: errors, sql: "SELECT log, text FROM app" }
  - { name: hits, sql: "SELECT path FROM access" }
`,
  );
  daemon = await place.startReady();
  appendFileSync(place.path("shop.log"), '{"level":"error","msg":"b"}\n{"level":"info","msg":"c"}\n{"level":"error","msg":"d"}\n');
  await post("/web/access?x", '{"path":"/x"}');
  await post("/web/debug", '{"path":"/y"}');
  await post("/lost", '[{"a":1},{"a":2}]');
  await daemon.until(async () => ((await rows("errors")).length >= 2 && (await rows("hits")).length > 0 ? true : undefined));
  expect(await rows("errors")).toEqual([
    { log: "shop", text: "b" },
    { log: "shop", text: "d" },
  ]);
  expect(await rows("hits")).toEqual([{ path: "/x" }]);
  expect(daemon.err + daemon.out).toContain("no route takes events tagged");
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(daemon.err + daemon.out)?.[0] ?? "";
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toMatch(/route_events_unrouted\w*\{tag="lost"\} 2/);
  expect(metrics).toMatch(/route_events_dropped\w*\{route="routes\[1\]"\} 1/);
  expect(metrics).toMatch(/filter_events_dropped\w*\{filters="filters\[0\] \(grep\), filters\[1\] \(record\)"\} 2/);
});

async function rows(query: string): Promise<unknown[]> {
  const answer = await askDaemon(controlPathOf(place.path("data")), "GET", `/v1/queries/${query}/rows`);
  return answer.objects("rows").map((row) => Reflect.get(row.json, "row") as unknown);
}
