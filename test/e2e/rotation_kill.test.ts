import { appendFileSync, copyFileSync, renameSync, truncateSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askDaemon, controlPathOf } from "../../src/server/index.ts";
import { Place, type Running } from "./hotaka.ts";

let place: Place;
beforeEach(() => void (place = new Place()));
afterEach(async () => place.remove());

const ROTATIONS = 200;
const KILLS = 4;
const TEXT = "x".repeat(80);

test("a log that is rotated by both ways, hundreds of times while it is written, is read once by a daemon that is killed again and again", async () => {
  const seed = Number(process.env["HOTAKA_TEST_SEED"] ?? Date.now() % 1_000_000);
  const random = randomOf(seed);
  const log = new RotatedLog(place.path("app.log"), random);
  log.write(3);
  place.write("hotaka.yaml", SETTINGS);
  let daemon = await place.startReady();
  // A log that is copied and truncated before anything of it was read has nothing to be known by in its copy.
  await totals(daemon, 3);
  let [rotations, restarts] = [0, 0];
  const killsAt = Array.from({ length: KILLS }, (_, n) => Math.floor(((n + random()) * ROTATIONS) / KILLS));
  while (rotations < ROTATIONS) {
    for (let burst = Math.floor(random() * 4); burst >= 0; burst--) {
      log.write(1 + Math.floor(random() * 40));
      // Some milliseconds, in which the daemon reads, or none.
      for (let turns = Math.max(0, random() * 6000 - 2000); turns > 0; turns--) await setImmediate();
    }
    log.rotate();
    rotations++;
    if (rotations <= (killsAt[0] ?? ROTATIONS)) continue;
    killsAt.shift();
    daemon.kill("SIGKILL");
    await daemon.ended;
    for (let missed = Math.floor(random() * 4); missed > 0; missed--, rotations++) {
      log.write(1 + Math.floor(random() * 40));
      log.rotate();
    }
    daemon = place.start("run");
    restarts++;
  }
  const { written } = log;
  const wanted = { n: written, s: (written * (written + 1)) / 2, q: (written * (written + 1) * (2 * written + 1)) / 6 };
  const found = await totals(daemon, written);
  expect({ seed, restarts, repeated: await rows("repeated"), ...found }).toEqual({ seed, restarts: KILLS, repeated: [], ...wanted });
});

/** A log as programs and logrotate write it; each line has a number of its own. */
class RotatedLog {
  written = 0;
  readonly #path: string;
  readonly #random: () => number;
  #generation = 0;

  constructor(path: string, random: () => number) {
    this.#path = path;
    this.#random = random;
  }

  write(lines: number): void {
    const text = Array.from({ length: lines }, () => `id:${++this.written}\ttext:${TEXT}\n`);
    appendFileSync(this.#path, text.join(""));
  }

  rotate(): void {
    const to = `${this.#path}.${String(++this.#generation).padStart(4, "0")}`;
    if (this.#random() < 0.5) {
      renameSync(this.#path, to);
    } else {
      copyFileSync(this.#path, to);
      truncateSync(this.#path);
    }
    this.write(1);
  }
}

const SETTINGS = `data_dir: data
server: { listen: 127.0.0.1:0 }
rpc: { listen: off }
checkpoint_every: 100ms
catalog: { pool_rows_max: 10 }
sources:
  - tail: { path: app.log, from: start, poll_interval: 10ms, rotated_wait: 500ms, format: { ltsv: { types: { id: integer } } }, target: app }
queries:
  - { name: totals, sql: "SELECT count(*) AS n, sum(id) AS s, sum(id * id) AS q FROM app" }
  - { name: repeated, sql: "SELECT id, count(*) AS times FROM app GROUP BY id HAVING count(*) > 1" }
`;

/** The totals once so many lines were read, or when no more are for a while. */
async function totals(daemon: Running, lines: number): Promise<object> {
  let [last, sinceMs] = ["", Date.now()];
  return daemon.until(async () => {
    const found = await rows("totals").catch(() => undefined);
    // It may still be starting.
    if (found === undefined) return void (sinceMs = Date.now());
    const newest = found.at(-1);
    const text = JSON.stringify(newest ?? null);
    if (text !== last) [last, sinceMs] = [text, Date.now()];
    const isDone = typeof newest === "object" && newest !== null && "n" in newest && Number(newest.n) >= lines;
    return isDone || Date.now() - sinceMs > GIVEN_UP_AFTER_MS ? (newest ?? {}) : undefined;
  });
}

async function rows(query: string): Promise<unknown[]> {
  const answer = await askDaemon(controlPathOf(place.path("data")), "GET", `/v1/queries/${query}/rows`);
  return answer.objects("rows").map((row) => Reflect.get(row.json, "row") as unknown);
}

/** Mulberry32: a seed gives the same numbers in [0, 1) everywhere. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const GIVEN_UP_AFTER_MS = 10_000;
