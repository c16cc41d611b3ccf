// How many decisions a second does the ledger take, what do 100,000 blocks cost in memory, and how soon is a row enforced?

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { z } from "zod";
import { Blocks, type DecisionRequest, DEFAULT_POLICY, EnforcerMemory, LEDGER_MIGRATIONS, Protection } from "../src/blocks/index.ts";
import { Enforcement } from "../src/enforcers/enforcement.ts";
import { httpAuth } from "../src/enforcers/http_auth/http_auth.ts";
import { nftables } from "../src/enforcers/nftables/nftables.ts";
import { table } from "../src/enforcers/table/table.ts";
import { Counters, openDatabase, parseAddress, silentLog, Steps, wallClock } from "../src/kit/index.ts";
import { Tables } from "../src/tables/index.ts";
import type { Asking } from "./auth_client.ts";
import { type Bench, type Figure, median } from "./figure.ts";

export const blocks: Bench = {
  name: "blocks",
  async run(note, wants) {
    const figures: Figure[] = [];
    // The timers of a daemon keep no process alive.
    const alive = setInterval(() => {}, 1000);
    const parts: readonly (readonly [string, () => Promise<Figure[]>])[] = [
      ["blocks/ledger", async () => ledgerFigures()],
      ["blocks/memory", async () => memoryFigures()],
      ["blocks/table", async () => tableFigures()],
      ["blocks/nftables", async () => nftablesFigures(note)],
      ["blocks/http_auth", async () => httpAuthFigures()],
    ];
    for (const [name, measure] of parts) if (wants(name)) figures.push(...(await measure()));
    clearInterval(alive);
    return figures;
  },
};

/** Waves of decisions by rows, as the block action hands them over. */
async function ledgerFigures(): Promise<Figure[]> {
  return withRig(async ({ list }) => {
    const requests = Array.from({ length: DECISIONS }, (_, index) => rowOf(index));
    const began = process.hrtime.bigint();
    for (let at = 0; at < requests.length; at += WAVE) list.decideAll(requests.slice(at, at + WAVE));
    const together = DECISIONS / secondsSince(began);
    const alone = process.hrtime.bigint();
    for (let index = 0; index < ALONE; index++) list.decide(rowOf(DECISIONS + index));
    return [
      { name: "blocks/ledger_in_waves", value: together, unit: "decisions/s" },
      { name: "blocks/ledger_one_by_one", value: ALONE / secondsSince(alone), unit: "decisions/s" },
    ];
  });
}

async function memoryFigures(): Promise<Figure[]> {
  return withRig(async ({ list }) => {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    fill(list, ACTIVE);
    globalThis.gc?.();
    const bytes = process.memoryUsage().heapUsed - before;
    const asked = Array.from({ length: 1000 }, (_, index) => parseAddress(addressOf(index * 131))!);
    const began = process.hrtime.bigint();
    let held = 0;
    for (let round = 0; round < LOOK_UPS / asked.length; round++)
      for (const address of asked) if (list.holding(address) !== undefined) held++;
    const ns = (secondsSince(began) * 1e9) / LOOK_UPS;
    if (held === 0) throw new Error("none of the addresses that were asked for is held");
    return [
      { name: "blocks/memory_of_100k", value: bytes / 1e6, unit: "MB" },
      { name: "blocks/look_up_among_100k", value: ns, unit: "ns" },
    ];
  });
}

/** From the row to a table in the process, one at a time, and ten thousand at once with the longest that nothing else could run. */
async function tableFigures(): Promise<Figure[]> {
  return withRig(async (rig) => {
    const enforcer = await table.open({ name: "blocked", entries_max: 1_000_000 }, rig.context);
    const enforcement = new Enforcement({ ...rig.context, enforcer, blocks: rig.list });
    const figures = await soonFigures("blocks/table", rig, enforcement);
    fill(rig.list, ACTIVE);
    await enforcement.settled();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    // As every minute: all of it is looked at.
    enforcement.refresh();
    await enforcement.settled();
    delay.disable();
    await enforcement.close();
    return [
      ...figures,
      { name: "blocks/table_100k_longest_stall", value: delay.max / 1e6, unit: "ms", peer: "aim of 50 ms", ratio: 50e6 / delay.max },
    ];
  });
}

async function nftablesFigures(note: (sentence: string) => void): Promise<Figure[]> {
  const namespace = `hotaka-bench-${randomBytes(3).toString("hex")}`;
  try {
    execFileSync("ip", ["netns", "add", namespace], { stdio: "pipe" });
    execFileSync("ip", ["netns", "exec", namespace, "nft", "list", "ruleset"], { stdio: "pipe" });
  } catch {
    note("nftables was not measured: a network namespace and nft take root.");
    return [];
  }
  try {
    return await withRig(async (rig) => {
      const config = nftables.config(z).parse({ command: ["ip", "netns", "exec", namespace, "nft"] });
      const enforcement = new Enforcement({ ...rig.context, enforcer: await nftables.open(config, rig.context), blocks: rig.list });
      const figures = await soonFigures("blocks/nftables", rig, enforcement);
      await enforcement.close();
      return figures;
    });
  } finally {
    execFileSync("ip", ["netns", "delete", namespace], { stdio: "pipe" });
  }
}

/** How long a block takes until it was read back, alone and in a wave. */
async function soonFigures(name: string, { list }: Rig, enforcement: Enforcement): Promise<Figure[]> {
  await enforcement.settled();
  const times: number[] = [];
  for (let index = 0; index < SINGLES; index++) {
    const began = process.hrtime.bigint();
    const { cidr } = list.decide(rowOf(index));
    await enforcement.settled();
    if (enforcement.stateOf(cidr)?.state !== "enforced") throw new Error(`${cidr} is not enforced`);
    times.push(secondsSince(began) * 1000);
  }
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const requests = Array.from({ length: 10_000 }, (_, index) => rowOf(100_000 + index));
  const began = process.hrtime.bigint();
  for (let at = 0; at < requests.length; at += WAVE) {
    list.decideAll(requests.slice(at, at + WAVE));
    await turn();
  }
  await enforcement.settled();
  const wave = secondsSince(began) * 1000;
  delay.disable();
  const missing = requests.filter(({ address }) => enforcement.stateOf(`${address}/32`)?.state !== "enforced").length;
  if (missing > 0) throw new Error(`${missing} of the wave are not enforced: ${JSON.stringify(enforcement.status())}`);
  return [
    { name: `${name}_row_to_enforced`, value: median(times), unit: "ms", peer: "aim of 100 ms", ratio: 100 / median(times) },
    { name: `${name}_10k_at_once`, value: wave, unit: "ms" },
    { name: `${name}_10k_longest_stall`, value: delay.max / 1e6, unit: "ms", peer: "aim of 50 ms", ratio: 50e6 / delay.max },
  ];
}

/** Questions of a proxy on kept connections, among 100,000 blocks; the proxy is another thread. */
async function httpAuthFigures(): Promise<Figure[]> {
  return withRig(async (rig) => {
    const config = httpAuth.config(z).parse({ listen: "127.0.0.1:0", trusted_proxies: ["127.0.0.1"] });
    const enforcer = await httpAuth.open(config, rig.context);
    const enforcement = new Enforcement({ ...rig.context, enforcer, blocks: rig.list });
    fill(rig.list, ACTIVE);
    await enforcement.settled();
    const asking: Asking = {
      url: "url" in enforcer ? String(enforcer.url) : "",
      connections: CONNECTIONS,
      warm: QUESTIONS,
      questions: QUESTIONS,
      clients: Array.from({ length: ACTIVE + ACTIVE / 10 }, (_, index) => addressOf(index)),
      blocked: ACTIVE,
    };
    const times = await timesOf(asking);
    await enforcement.close();
    const p99 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!;
    return [
      { name: "blocks/http_auth_p50", value: median(times), unit: "ms" },
      { name: "blocks/http_auth_p99", value: p99, unit: "ms", peer: "aim of 1 ms", ratio: 1 / p99 },
    ];
  });
}

function timesOf(asking: Asking): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const client = new Worker(new URL("auth_client.js", import.meta.url), { workerData: asking });
    client.once("message", resolve);
    client.once("error", reject);
  });
}

type Rig = Awaited<ReturnType<typeof openRig>>;

/** A block list on a file of its own, as a daemon has it, but that no policy holds anything back. */
async function openRig(folder: string) {
  const steps = new Steps(wallClock);
  const counters = new Counters();
  const database = await openDatabase({ path: join(folder, "blocks.db"), migrations: LEDGER_MIGRATIONS });
  const policy = { ...DEFAULT_POLICY, blocksPerMinuteMax: 10_000_000, blocksMax: 10_000_000 };
  const shared = { clock: wallClock, steps, log: silentLog, counters };
  const list = new Blocks({ ...shared, database, rules: { policy, protection: new Protection([]) } });
  const context = { ...shared, name: "enforcers[0]", folder, memory: new EnforcerMemory(database), tables: new Tables(shared) };
  const close = async (): Promise<void> => {
    await steps.stop();
    list.close();
    context.tables.close();
    database.close();
  };
  return { list, context, close };
}

async function withRig<Result>(work: (rig: Rig) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "hotaka-bench-"));
  const rig = await openRig(folder);
  try {
    return await work(rig);
  } finally {
    await rig.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function fill(list: Blocks, count: number): void {
  for (let at = 0; at < count; at += 5000)
    list.decideAll(Array.from({ length: Math.min(5000, count - at) }, (_, index) => rowOf(at + index)));
}

function rowOf(index: number): DecisionRequest {
  const address = addressOf(index);
  return {
    rowKey: `block.flood ${index}`,
    address,
    forMs: 3_600_000,
    mode: "block",
    reason: "1,200 requests in a minute",
    madeBy: "block.flood",
    rowJson: `{"host":"${address}","requests":1200}`,
    eventTimeMs: wallClock.nowMs(),
  };
}

/** One of 16 million, in one network after the other. */
function addressOf(index: number): string {
  return `${45 + (index >>> 24)}.${(index >>> 16) & 255}.${(index >>> 8) & 255}.${index & 255}`;
}

function secondsSince(began: bigint): number {
  return Number(process.hrtime.bigint() - began) / 1e9;
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

const DECISIONS = 20_000;
const ALONE = 500;
/** As many as the outbox hands to the block action at once. */
const WAVE = 200;
const ACTIVE = 100_000;
const LOOK_UPS = 1_000_000;
const SINGLES = 30;
const QUESTIONS = 20_000;
const CONNECTIONS = 4;
