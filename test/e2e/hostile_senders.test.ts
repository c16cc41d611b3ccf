import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askDaemon, controlPathOf } from "../../src/server/index.ts";
import { freePort } from "./free_port.ts";
import { Place, type Running } from "./hotaka.ts";

let place: Place;
let sockets: Socket[];
beforeEach(() => {
  [place, sockets] = [new Place(), []];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await place.remove();
});

const CONNECTIONS = 10_000;
const CONNECTIONS_MAX = 50;

test("10,000 connections are bounded on every port, said a few times and counted, and a log beside them is read", async () => {
  const { forward, http } = await daemonOf(`connections_max: ${CONNECTIONS_MAX}`);
  const daemon = await place.startReady();
  for (const port of [forward, http]) {
    const count = { opened: 0, ended: 0 };
    for (; count.opened < CONNECTIONS; count.opened++) {
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      socket.on("close", () => void count.ended++);
      sockets.push(socket);
      // As many at a time as a process may have open.
      while (count.opened - count.ended >= 500) await setImmediate();
    }
    const wanted = CONNECTIONS - CONNECTIONS_MAX;
    while (count.ended < wanted) await setImmediate();
  }
  appendFileSync(place.path("app.log"), "still here\n");
  await daemon.until(async () => ((await messages()).includes("still here") ? true : undefined));
  const metrics = await metricsOf(daemon);
  expect(sumOf(metrics, /^hotaka_source_connections_refused_total\{.*reason="limit".*\} (\d+)$/gm)).toBe(CONNECTIONS - CONNECTIONS_MAX);
  expect(sumOf(metrics, /^hotaka_http_requests_refused_total\{.*reason="limit".*\} (\d+)$/gm)).toBe(CONNECTIONS - CONNECTIONS_MAX);
  // The first, the tenth, the hundredth and so on of each port.
  expect((daemon.out + daemon.err).match(/\(connections_max\)/g)?.length).toBeLessThanOrEqual(8);
});

test("a gzip bomb, a body that comes a byte at a time and a log that shrinks while it is read are explained, and the rest goes on", async () => {
  writeFileSync(place.path("app.log"), `${"x".repeat(1000)}\n`.repeat(20_000));
  const { http } = await daemonOf("request_timeout: 1s");
  const daemon = await place.startReady();
  truncateSync(place.path("app.log"), 5000);

  const slow = connect(http, "127.0.0.1").on("error", () => {});
  sockets.push(slow);
  let answer = "";
  slow.on("data", (bytes: Buffer) => void (answer += bytes.toString()));
  slow.write("POST /app HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");

  const bomb = gzipSync(Buffer.alloc(100 << 20, " "));
  const refused = await fetch(`http://127.0.0.1:${http}/app`, {
    method: "POST",
    body: bomb,
    headers: { "content-type": "application/json", "content-encoding": "gzip" },
  });
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("more than 64.0 MB")]);

  await daemon.until(() => (answer.includes("408 Request Timeout") ? true : undefined));
  await daemon.until(() => (/app\.log was truncated at byte/.test(daemon.err + daemon.out) ? true : undefined));
  appendFileSync(place.path("app.log"), "\nstill here\n");
  await daemon.until(async () => ((await messages()).includes("still here") ? true : undefined));
});

test("a disk that is full is said to those who send, nothing of theirs is taken, and it goes on when there is room", async (context) => {
  const folder = place.path("disk");
  mkdirSync(folder);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", folder]);
  if (mounted.status !== 0) context.skip("a small disk wants mount, which is not allowed here");
  try {
    const { http } = await daemonOf("", folder);
    const daemon = place.start("run");
    await daemon.ready(`${folder}/data`);
    const send = async (): Promise<Response> =>
      fetch(`http://127.0.0.1:${http}/app`, {
        method: "POST",
        body: JSON.stringify({ message: "m".repeat(100_000) }),
        headers: { "content-type": "application/json" },
      });
    expect((await send()).status).toBe(200);
    spawnSync("sh", ["-c", `head -c 50M /dev/zero > ${folder}/filler`]);
    let refusal: Response | undefined;
    for (let tries = 0; tries < 200 && refusal === undefined; tries++) {
      const answer = await send();
      if (answer.status !== 200) refusal = answer;
    }
    expect([refusal?.status, refusal?.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await refusal?.text()).toMatch(/ENOSPC|no space|disk may be full/);
    rmSync(`${folder}/filler`);
    await daemon.until(async () => ((await send()).status === 200 ? true : undefined));
    daemon.kill("SIGTERM");
    await daemon.ended;
  } finally {
    spawnSync("umount", ["-l", folder]);
  }
});

/** Writes settings with a log and two ports, which it gives. */
async function daemonOf(more: string, folder = place.folder): Promise<{ readonly forward: number; readonly http: number }> {
  const [forward, http] = [await freePort(), await freePort()];
  const [own, of] = [more === "" ? "" : `, ${more}`, more.startsWith("connections_max") ? `, ${more}` : ""];
  appendFileSync(place.path("app.log"), "");
  place.write(
    "hotaka.yaml",
    `data_dir: ${folder}/data
server: { listen: 127.0.0.1:0 }
rpc: { listen: off }
sources:
  - tail: { path: app.log, from: start, format: none, target: log, poll_interval: 10ms }
  - forward: { listen: "127.0.0.1:${forward}"${of} }
  - http: { listen: "127.0.0.1:${http}"${own} }
queries:
  - { name: lines, sql: "SELECT message FROM log WHERE message = 'still here'" }
`,
  );
  return { forward, http };
}

async function messages(): Promise<unknown[]> {
  const answer = await askDaemon(controlPathOf(place.path("data")), "GET", "/v1/queries/lines/rows");
  return answer.objects("rows").map((row) => (Reflect.get(row.json, "row") as { readonly message: unknown }).message);
}

async function metricsOf(daemon: Running): Promise<string> {
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(daemon.err + daemon.out)?.[0] ?? "";
  return (await fetch(`${url}/metrics`)).text();
}

function sumOf(metrics: string, line: RegExp): number {
  return [...metrics.matchAll(line)].reduce((sum, [, value]) => sum + Number(value), 0);
}
