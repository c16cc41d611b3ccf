import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { msgpackOf } from "../../src/kit/index.ts";
import { askDaemon, controlPathOf } from "../../src/server/index.ts";
import { freePort } from "./free_port.ts";
import { Place } from "./hotaka.ts";

let place: Place;
beforeEach(() => void (place = new Place()));
afterEach(async () => place.remove());

const EVENTS = 200;

test("what was acknowledged is there after kill -9, and a query that came later sees nothing of what was kept without its fields", async () => {
  const port = await freePort();
  const windows = (count: number): string => `win:length_batch(${count * EVENTS})`;
  place.write(
    "hotaka.yaml",
    `data_dir: data
server: { listen: 127.0.0.1:0 }
rpc: { listen: off }
sources:
  - forward: { listen: "127.0.0.1:${port}", target: access }
queries:
  - { name: hosts, sql: "SELECT host, count(*) AS n FROM access.${windows(4)} GROUP BY host" }
`,
  );
  const first = await place.startReady();
  // The first chunk tells which fields there are, and comes whole; of the second nobody asks for more than the host.
  await send(port, "a", "/one");
  await send(port, "b", "/two");
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(first.err + first.out)?.[0] ?? "";
  const sql = `SELECT path, count(*) AS n FROM access.${windows(3)} GROUP BY path`;
  const headers = { "content-type": "application/json" };
  const { status } = await fetch(`${url}/v1/queries/paths`, { method: "PUT", headers, body: JSON.stringify({ sql }) });
  expect(status).toBe(201);
  await send(port, "c", "/three");
  first.kill("SIGKILL");
  await first.ended;

  const second = await place.startReady();
  // A chunk that was acknowledged and is sent again is taken once.
  await send(port, "c", "/three");
  await send(port, "d", "/four");
  await second.until(async () => ((await rows("paths")).length > 0 ? true : undefined));
  // What was kept whole can be taken again by who came later; what has no path must not be a row without one.
  expect(await rows("paths")).toEqual([
    { path: "/one", n: EVENTS },
    { path: "/three", n: EVENTS },
    { path: "/four", n: EVENTS },
  ]);
  expect(await rows("hosts")).toEqual(["a", "b", "c", "d"].map((host) => ({ host, n: EVENTS })));
});

/** Sends events of one host as one chunk with its name for an id, and resolves when that is acknowledged. */
async function send(port: number, host: string, path: string): Promise<void> {
  const entry = [1_763_632_800, { host, path, agent: "Mozilla/5.0 (X11; Linux x86_64)" }];
  const message = msgpackOf(["web", Array.from({ length: EVENTS }, () => entry), { chunk: host }]);
  const socket = connect(port, "127.0.0.1");
  socket.write(message);
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer).toEqual(msgpackOf({ ack: host }));
  socket.destroy();
}

async function rows(query: string): Promise<unknown[]> {
  const answer = await askDaemon(controlPathOf(place.path("data")), "GET", `/v1/queries/${query}/rows`);
  return answer.objects("rows").map((row) => Reflect.get(row.json, "row") as unknown);
}
