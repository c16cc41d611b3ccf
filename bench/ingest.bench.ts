// How many events does a daemon take in a second that are sent to it over HTTP: through the RPC of Norikra, and as NDJSON to the API?

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MsgpackFloat, msgpackOf } from "../src/kit/index.ts";
import { askDaemon, controlPathOf } from "../src/server/index.ts";
import { accessRecords } from "./engine_events.ts";
import { type Bench, type Figure, median } from "./figure.ts";

export const ingest: Bench = {
  name: "ingest",
  async run(note) {
    const folder = mkdtempSync(join(tmpdir(), "hotaka-bench-"));
    const daemon = spawn(process.execPath, ["bin/hotaka", "run", "--config", settingsIn(folder)], { stdio: ["ignore", "ignore", "pipe"] });
    try {
      return await measured(await begun(daemon, folder), note);
    } finally {
      daemon.kill("SIGTERM");
      await new Promise((resolve) => {
        daemon.once("close", resolve);
      });
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measured(place: Place, note: (sentence: string) => void): Promise<Figure[]> {
  const records = accessRecords(HOSTS, POOL_EVENTS);
  const batches = Array.from({ length: POOL_EVENTS / BATCH_EVENTS }, (_, batch) =>
    records.slice(batch * BATCH_EVENTS, (batch + 1) * BATCH_EVENTS),
  );
  // A float of Ruby is a float on the wire, whole or not.
  const wired = batches.map((batch) => batch.map((event) => ({ ...event, rt: new MsgpackFloat(Number(event["rt"])) })));
  const ways: readonly Way[] = [
    {
      name: "rpc_send",
      peer: { name: "Norikra's engine path", rate: NORIKRA_EVENTS_PER_SECOND },
      bodies: wired.map((events, id) => msgpackOf([0, id, "send", ["access", events]])),
      post: { port: place.rpcPort, path: "/", type: "application/x-msgpack" },
    },
    {
      name: "http_ndjson",
      peer: { name: "aim of 600 k", rate: 600_000 },
      bodies: batches.map((batch) => Buffer.from(batch.map((event) => `${JSON.stringify(event)}\n`).join(""))),
      post: { port: place.httpPort, path: "/v1/targets/access/events", type: "application/x-ndjson" },
    },
  ];
  note(
    `batches of ${BATCH_EVENTS} events with six fields, ${HOSTS} hosts, Q1 registered, kept on disk before each answer; ${ROUNDS} rounds, interleaved; medians`,
  );
  await register(place);
  for (const way of ways) await sendAll(way, WARM_UP_ROUNDS);
  const rates = new Map<string, { cpu: number; wall: number }[]>(ways.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of ways) {
      const [cpuBefore, before] = [await cpuSeconds(place), performance.now()];
      const events = await sendAll(way, PASSES);
      const wall = (performance.now() - before) / 1000;
      rates.get(way.name)!.push({ cpu: events / ((await cpuSeconds(place)) - cpuBefore), wall: events / wall });
    }
  }
  const sent = (WARM_UP_ROUNDS + ROUNDS * PASSES) * POOL_EVENTS * ways.length;
  const taken = await eventsTaken(place);
  if (taken !== sent) throw new Error(`${sent} events were sent and acknowledged, and ${taken} were taken.`);
  return ways.flatMap(({ name, peer }) => {
    const runs = rates.get(name)!;
    const [cpu, wall] = [median(runs.map((run) => run.cpu)), median(runs.map((run) => run.wall))];
    return [
      { name: `ingest/${name}_per_cpu_second`, value: cpu, unit: "events/s", peer: `${peer.name} ${peer.rate}`, ratio: cpu / peer.rate },
      { name: `ingest/${name}_per_second`, value: wall, unit: "events/s", peer: `${peer.name} ${peer.rate}`, ratio: wall / peer.rate },
    ];
  });
}

interface Way {
  readonly name: string;
  readonly peer: { readonly name: string; readonly rate: number };
  readonly bodies: readonly Buffer[];
  readonly post: { readonly port: number; readonly path: string; readonly type: string };
}

interface Place {
  readonly control: string;
  readonly httpPort: number;
  readonly rpcPort: number;
}

/** Sends all bodies `passes` times over, a few at a time as several clients do. Gives the number of events. */
async function sendAll({ bodies, post: { port, path, type } }: Way, passes: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < bodies.length * passes) {
      const body = bodies[next++ % bodies.length]!;
      await new Promise<void>((resolve, reject) => {
        const headers = { "content-type": type, "content-length": body.length };
        const asked = request({ host: "127.0.0.1", port, path, method: "POST", agent, headers }, (answer) => {
          answer.resume();
          answer.once("end", () =>
            answer.statusCode === 200 ? resolve() : reject(new Error(`a request was answered with ${answer.statusCode}`)),
          );
        });
        asked.once("error", reject);
        asked.end(body);
      });
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  agent.destroy();
  return bodies.length * passes * BATCH_EVENTS;
}

async function register({ httpPort }: Place): Promise<void> {
  const put = async (path: string, body: object): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${httpPort}${path}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
  };
  await put("/v1/targets/access", {
    fields: { host: "string", path: "string", agent: "string", code: "integer", size: "integer", rt: "float" },
  });
  await put("/v1/queries/q1", { sql: Q1 });
}

async function cpuSeconds(place: Place): Promise<number> {
  return gauge(place, /^hotaka_cpu_seconds ([\d.]+)$/m);
}

async function eventsTaken(place: Place): Promise<number> {
  return gauge(place, /^hotaka_target_events_total\{target="access"\} (\d+)$/m);
}

async function gauge({ httpPort }: Place, pattern: RegExp): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${httpPort}/metrics`);
  return Number(pattern.exec(await answer.text())?.[1]);
}

function settingsIn(folder: string): string {
  const file = join(folder, "hotaka.yaml");
  writeFileSync(
    file,
    `data_dir: ${join(folder, "data")}\nserver: { listen: 127.0.0.1:${HTTP_PORT} }\nrpc: { listen: 127.0.0.1:${RPC_PORT} }\n`,
  );
  return file;
}

/** Waits until the daemon is ready. */
async function begun(daemon: ChildProcess, folder: string): Promise<Place> {
  let complaint = "";
  daemon.stderr?.on("data", (chunk: Buffer) => void (complaint += chunk.toString()));
  const control = controlPathOf(join(folder, "data"));
  for (;;) {
    if (daemon.exitCode !== null) throw new Error(`the daemon ended: ${complaint}`);
    const answer = await askDaemon(control, "GET", "/readyz").catch(() => undefined);
    if (answer !== undefined && "ready" in answer.json && answer.json.ready === true)
      return { control, httpPort: HTTP_PORT, rpcPort: RPC_PORT };
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}

const Q1 = "SELECT host, count(*) AS c FROM access.win:time_batch(1 min) GROUP BY host HAVING count(*) >= 1000";
const HTTP_PORT = 26_878;
const RPC_PORT = 26_871;
const HOSTS = 1000;
const POOL_EVENTS = 100_000;
const BATCH_EVENTS = 1000;
const CLIENTS = 4;
const WARM_UP_ROUNDS = 5;
const ROUNDS = 3;
const PASSES = 10;
/** `Norikra::Engine#send` without HTTP and MessagePack, the middle of 49,308, 57,833 and 63,564. */
const NORIKRA_EVENTS_PER_SECOND = 57_833;
