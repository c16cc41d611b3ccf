import { appendFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { askDaemon, controlPathOf } from "../../src/server/index.ts";
import { Place, readJson, type Running } from "./hotaka.ts";
import { accessLine } from "./lines.ts";

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(async () => {
  await place.remove();
});

const SETTINGS = `server: { listen: 127.0.0.1:0 }
checkpoint_every: 100ms
sources:
  - tail: { path: access.log, format: combined, target: access, poll_interval: 10ms }
targets:
  access: { idle_after: off }
queries:
  - { name: block.failures, sql: SELECT host FROM access WHERE code = 401 }
  - name: count.per_minute
    sql: |
      SELECT host, count(*) AS requests, min(time) AS since
      FROM access.win:time_batch(1 min)
      GROUP BY host
actions:
  - { match: block.**, block: { for: 1h } }
  - { match: count.**, log: {} }
enforcers:
  - table: {}
`;

function append(...lines: string[]): void {
  appendFileSync(place.path("access.log"), lines.join(""));
}

async function blocked(): Promise<string[]> {
  const answer = await askDaemon(controlPathOf(place.path("data")), "GET", "/v1/blocks");
  return answer.objects("blocks").flatMap((block) => {
    const isEnforced = block.objects("enforcement").every((point) => point.text("state") === "enforced");
    return isEnforced ? [block.text("cidr")] : [];
  });
}

async function untilBlocked(daemon: Running, cidr: string): Promise<void> {
  await daemon.until(async () => ((await blocked()).includes(cidr) ? true : undefined));
}

describe("a line that is appended to the log", () => {
  test("becomes a block that is enforced and shown by the API", async () => {
    place.write("access.log", accessLine({ host: "203.0.113.1", timeMs: Date.now(), code: 401 }));
    place.write("hotaka.yaml", SETTINGS);
    const daemon = await place.startReady();
    append(
      accessLine({ host: "203.0.113.7", timeMs: Date.now(), code: 401 }),
      accessLine({ host: "10.0.0.1", timeMs: Date.now(), code: 401 }),
    );
    await untilBlocked(daemon, "203.0.113.7/32");
    // What stood in the log before the start is not news, and a private address is never blocked.
    expect(await blocked()).toEqual(["203.0.113.7/32"]);

    const url = /the API is at (http:[\w:/.]+\d)/.exec(daemon.err)?.[1] ?? "";
    const answer = await readJson(`${url}/v1/blocks/203.0.113.7`);
    expect(answer.objects("decisions")[0]?.json).toMatchObject({ made_by: "block.failures", row_json: '{"host":"203.0.113.7"}' });
  });

  test("while the daemon did not run is read at the next start, and what was blocked is so again", async () => {
    place.write("access.log", "");
    place.write("hotaka.yaml", SETTINGS);
    const first = await place.startReady();
    append(accessLine({ host: "203.0.113.7", timeMs: Date.now(), code: 401 }));
    await untilBlocked(first, "203.0.113.7/32");
    first.kill("SIGTERM");
    expect((await first.ended).status).toBe(0);

    append(accessLine({ host: "203.0.113.8", timeMs: Date.now(), code: 401 }));
    const second = await place.startReady();
    await untilBlocked(second, "203.0.113.8/32");
    expect((await blocked()).toSorted()).toEqual(["203.0.113.7/32", "203.0.113.8/32"]);
  });
});

test("a daemon that is killed again and again loses no line and counts none twice", async () => {
  place.write("access.log", "");
  place.write("hotaka.yaml", SETTINGS);
  // Twenty minutes of an hour ago at the latest, forty lines each by four hosts; a minute closes when a line of the next one comes.
  const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 30 * 60_000;
  const [minutes, linesPerMinute] = [20, 40];
  let daemon = await place.startReady();
  let said = "";
  for (let minute = 0; minute < minutes; minute++) {
    for (let line = 0; line < linesPerMinute; line++) {
      append(accessLine({ host: `203.0.113.${line % 4}`, timeMs: startMs + minute * 60_000 + line * 1000 }));
      // Killed at some other point of its work each time, mostly in the middle of a minute.
      if (line !== (minute * 7) % linesPerMinute || minute % 3 !== 0) continue;
      daemon.kill("SIGKILL");
      said += (await daemon.ended).err;
      daemon = await place.startReady();
    }
  }
  append(accessLine({ host: "203.0.113.0", timeMs: startMs + minutes * 60_000 }));
  const expected = (minutes * 4).toString();
  const found = await daemon.until(() => {
    const rows = rowsOf(said + daemon.err);
    return rows.size >= Number(expected) ? rows : undefined;
  });
  expect(found.size).toBe(minutes * 4);
  expect(new Set([...found.values()].flatMap((counts) => [...counts]))).toEqual(new Set([linesPerMinute / 4]));
}, 60_000);

/** The counts that were written for each host and minute; a row may be written twice when the kill came before it was known to be done. */
function rowsOf(log: string): Map<string, Set<number>> {
  const rows = new Map<string, Set<number>>();
  for (const [, host, requests, since] of log.matchAll(/\{\\"host\\":\\"([\d.]+)\\",\\"requests\\":(\d+),\\"since\\":(\d+)\}/g)) {
    const key = `${host} ${since}`;
    rows.set(key, (rows.get(key) ?? new Set()).add(Number(requests)));
  }
  return rows;
}
