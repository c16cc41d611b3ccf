// How many lines does `tail` and how many events does `forward` bring in for a second of one processor, through the whole daemon to a query that counts
// them, and what do a thousand idle files and the memory cost?

import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeBusyLog } from "./busy_log.ts";
import type { Bench, Figure } from "./figure.ts";
import { ForwardLoad } from "./forward_load.ts";
import { type Reading, WatchingDaemon } from "./watching_daemon.ts";

export const collect: Bench = {
  name: "collect",
  async run(note, wants) {
    if (!existsSync("/proc")) {
      note("nothing was measured: this system has no /proc.");
      return [];
    }
    const figures: Figure[] = [];
    for (const [name, measure] of MEASURES) {
      if (!wants(`collect/${name}`)) continue;
      const folder = mkdtempSync(join(tmpdir(), "hotaka-bench-"));
      try {
        figures.push(...(await measure(folder, note)));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
    return figures;
  },
};

type Measure = (folder: string, note: (sentence: string) => void) => Promise<Figure[]>;

/** By the beginning of the names of their figures. */
const MEASURES: readonly (readonly [string, Measure])[] = [
  ["tail_one_query", async (folder, note) => tail("tail_one_query", COUNTING, 3e6, folder, note)],
  ["tail_all_fields", async (folder, note) => tail("tail_all_fields", ALL_FIELDS, 1.5e6, folder, note)],
  ["tail_all_fields_used", async (folder, note) => tail("tail_all_fields_used", ALL_TEXTS, undefined, folder, note)],
  ["forward", forward],
  ["idle_files", idleFiles],
];

/** The log is moved into its place under the daemon's eyes once its start is over, so that this is not in the figure. */
async function tail(
  name: string,
  sql: string,
  aim: number | undefined,
  folder: string,
  note: (sentence: string) => void,
): Promise<Figure[]> {
  const log = join(folder, "access.log");
  const { lines } = writeBusyLog(`${log}.new`, LINES);
  note(`${name}: ${lines} lines, ${(statSync(`${log}.new`).size / 1e6).toFixed(0)} MB`);
  writeFileSync(log, "");
  const source = "tail: { path: access.log, format: combined, target: access }";
  return watched(folder, settings(source, sql), async (daemon) => {
    await sleep(SETTLE_MS);
    const before = await daemon.read();
    renameSync(`${log}.new`, log);
    return figuresOf(name, "lines/s", aim, before, await daemon.reached(lines));
  });
}

async function forward(folder: string, note: (sentence: string) => void): Promise<Figure[]> {
  const load = new ForwardLoad(100, 4000);
  note(
    `forward: ${FORWARD_ROUNDS} rounds, after ${WARM_ROUNDS} to warm up, of ${load.events} events, ${Math.round(load.bytes / load.events)} bytes each, 4,000 a message, acknowledged`,
  );
  const port = await freePort();
  return watched(folder, settings(`forward: { listen: "127.0.0.1:${port}", target: access }`, COUNTING), async (daemon) => {
    // Before that the target learns its fields, code is compiled, and the log of what is received has no files yet to be written over.
    for (let round = 0; round < WARM_ROUNDS; round++) await load.sendTo(port);
    const before = await daemon.read();
    for (let round = 0; round < FORWARD_ROUNDS; round++) await load.sendTo(port);
    const after = await daemon.read();
    const wanted = before.events + load.events * FORWARD_ROUNDS;
    if (after.events !== wanted) throw new Error(`${after.events} of ${wanted} events were counted.`);
    return figuresOf("forward", "events/s", 2.6e6, before, after);
  });
}

async function idleFiles(folder: string): Promise<Figure[]> {
  for (let index = 0; index < IDLE_FILES; index++) writeFileSync(join(folder, `${index}.log`), "");
  const source = 'tail: { path: "*.log", format: combined, target: access }';
  return watched(folder, settings(source, COUNTING), async (daemon) => {
    // What is done once is over by then: compiling, and V8 looks for what the start has left behind, up to three times, eight seconds apart.
    await sleep(IDLE_SETTLE_MS);
    const before = await daemon.read();
    await sleep(IDLE_MS);
    const share = ((await daemon.read()).cpuSeconds - before.cpuSeconds) / (IDLE_MS / 1000);
    return [{ name: "collect/idle_files", value: share * 100, unit: "% of a core", peer: "aim of 1 %", ratio: 0.01 / share }];
  });
}

async function watched(folder: string, text: string, watch: (daemon: WatchingDaemon) => Promise<Figure[]>): Promise<Figure[]> {
  const daemon = await WatchingDaemon.start(folder, text);
  try {
    return await watch(daemon);
  } finally {
    await daemon.stop();
  }
}

function figuresOf(name: string, unit: string, aim: number | undefined, before: Reading, after: Reading): Figure[] {
  const rate = (after.events - before.events) / (after.cpuSeconds - before.cpuSeconds);
  const peak = after.peakBytes;
  return [
    { name: `collect/${name}`, value: rate, unit: `${unit}/core`, ...(aim === undefined ? { peer: "no aim" } : against(rate, aim)) },
    { name: `collect/${name}/peak_resident`, value: peak / 1e6, unit: "MB", peer: "aim of 150 MB", ratio: 150e6 / peak },
  ];
}

function against(rate: number, aim: number): Pick<Figure, "peer" | "ratio"> {
  return { peer: `aim of ${aim / 1e6} M`, ratio: rate / aim };
}

function settings(source: string, sql: string): string {
  return `sources:\n  - ${source}\nqueries:\n  - name: q\n    sql: ${sql}\n`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

const COUNTING = "SELECT host, count(*) AS requests FROM access.win:time_batch(1 min) GROUP BY host HAVING count(*) >= 1000";
const ALL_FIELDS = "SELECT host, user, method, path, code, size, referer, agent FROM access WHERE code = 1";
/** Its condition takes the text of every string field of every line, and holds for none. */
const ALL_TEXTS = `SELECT host, path FROM access WHERE ${["host", "user", "method", "path", "referer", "agent"].map((name) => `coalesce(${name}.length(), 0)`).join(" + ")} < 0`;
const LINES = 1_000_000;
const WARM_ROUNDS = 12;
const FORWARD_ROUNDS = 5;
const IDLE_FILES = 1000;
/** V8's threads compile for so long what the start left behind. */
const SETTLE_MS = 1500;
const IDLE_SETTLE_MS = 40_000;
const IDLE_MS = 20_000;
