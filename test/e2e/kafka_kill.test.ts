import { setImmediate } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { askDaemon, controlPathOf } from "../../src/server/index.ts";
import { consumed } from "../suites/kafka/consumed.ts";
import { KafkaBroker } from "../suites/kafka/kafka_broker.ts";
import { Place, type Running } from "./hotaka.ts";

const found = await KafkaBroker.open();
const absence = typeof found === "string" ? ` (skipped: ${found})` : "";
const broker = found as KafkaBroker;
afterAll(async () => (absence === "" ? broker.close() : undefined));

let place: Place;
beforeEach(() => void (place = new Place()));
afterEach(async () => place.remove());

const KILLS = 3;
const BURST = 150;

test.skipIf(absence !== "")(
  `records are counted once by a daemon that is killed again and again while it reads them${absence}`,
  async () => {
    await broker.createTopic("access", 3);
    await broker.createTopic("totals");
    place.write("hotaka.yaml", settingsOf(broker.address));
    let daemon = await place.startReady();
    let written = 0;
    const write = async (): Promise<void> => {
      const numbers = Array.from({ length: BURST }, () => JSON.stringify({ id: ++written }));
      await broker.produce("access", numbers, written % 3);
    };
    for (let kill = 0; kill < KILLS; kill++) {
      for (let bursts = 0; bursts < 4; bursts++) await write();
      // What was read before stands in a checkpoint, and what comes now may or may not.
      await totals(daemon, written - BURST);
      await write();
      for (let turns = 200 * kill; turns > 0; turns--) await setImmediate();
      daemon.kill("SIGKILL");
      await daemon.ended;
      await write();
      daemon = place.start("run");
    }
    const wanted = { n: written, s: (written * (written + 1)) / 2 };
    expect(await totals(daemon, written)).toEqual(wanted);
    expect(await rows("repeated")).toEqual([]);
    daemon.kill("SIGTERM");
    expect(await daemon.ended).toMatchObject({ status: 0 });
    // Rows that were under way when it was killed may come twice, with the same key.
    const sent = await consumed(broker.address, "totals", 1);
    expect(sent.every(({ headers }) => headers["hotaka-key"] !== undefined)).toBe(true);
  },
);

function settingsOf(address: string): string {
  return `data_dir: data
server: { listen: 127.0.0.1:0 }
rpc: { listen: off }
checkpoint_every: 100ms
catalog: { pool_rows_max: 10 }
sources:
  - kafka: { brokers: ["${address}"], topics: [access], from: start, target: access, session_timeout: 1s }
queries:
  - { name: totals, sql: "SELECT count(*) AS n, sum(id) AS s FROM access" }
  - { name: repeated, sql: "SELECT id, count(*) AS times FROM access GROUP BY id HAVING count(*) > 1" }
actions:
  - match: totals
    kafka: { brokers: ["${address}"], topic: totals }
`;
}

/** The totals once so many records were read, or when no more are for a while. */
async function totals(daemon: Running, records: number): Promise<unknown> {
  let [last, sinceMs] = ["", Date.now()];
  return daemon.until(async () => {
    const newest = (await rows("totals").catch(() => [])).at(-1) as { n: number } | undefined;
    const text = JSON.stringify(newest ?? null);
    if (text !== last) [last, sinceMs] = [text, Date.now()];
    return (newest?.n ?? 0) >= records || Date.now() - sinceMs > GIVEN_UP_AFTER_MS ? (newest ?? {}) : undefined;
  });
}

async function rows(query: string): Promise<unknown[]> {
  const answer = await askDaemon(controlPathOf(place.path("data")), "GET", `/v1/queries/${query}/rows`);
  return answer.objects("rows").map((row) => Reflect.get(row.json, "row") as unknown);
}

const GIVEN_UP_AFTER_MS = 30_000;
