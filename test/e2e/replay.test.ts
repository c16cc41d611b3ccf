import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";

const folder = mkdtempSync(join(tmpdir(), "hotaka-e2e-replay-"));
afterAll(() => rmSync(folder, { recursive: true }));

const LOG = "examples/first_look/access.log";

describe("the process of a replay", () => {
  test("ends without a word when its reader has seen enough", async () => {
    const command = `bin/hotaka replay --log ${LOG} --json --sql "SELECT host FROM access" | head -1`;
    const { out, err } = await ended(spawn("bash", ["-c", `set -o pipefail; ${command}`]));
    expect(out).toBe('{"query":"query","time":1794301200000,"row":{"host":"198.51.100.1"}}\n');
    expect(err).not.toMatch(/EPIPE|rror/);
  });

  test("reads a pipe", async () => {
    const { status, out } = await ended(
      spawn("bash", ["-c", `cat ${LOG} | bin/hotaka replay --log /dev/stdin --json --sql "${CALENDAR_MINUTES.replace("1000", "300")}"`]),
    );
    expect(out.split("\n")).toHaveLength(3);
    expect(status).toBe(0);
  });

  test.each(["SIGINT", "SIGTERM", "SIGQUIT"] as const)("prints what it has found when %s ends it", async (signal) => {
    // A log that does not end; `exec`, so that the signal meets the replay itself.
    const endless = `exec bin/hotaka replay --log <(while cat ${LOG}; do :; done) --json --sql "SELECT host FROM access"`;
    const child = spawn("bash", ["-c", endless]);
    const found = ended(child);
    await once(child.stdout, "data");
    child.kill(signal);
    const { status, out, err } = await found;
    expect(err).toContain("Stopped before the end");
    expect(out.endsWith("}\n")).toBe(true);
    expect(status).toBe(0);
  });
});

const SHARED = resolve("../shared");
const GENERATOR = join(SHARED, "tools/genlog.mjs");
const REAL_LOG = join(SHARED, "corpus/logs/elastic_apache_combined_10k.log");

test.runIf(existsSync(GENERATOR))(
  `finds the floods of a million lines, and no others${absence(GENERATOR)}`,
  { timeout: 300_000 },
  async () => {
    const [log, truthPath] = [join(folder, "million.log"), join(folder, "truth.json")];
    execFileSync(process.execPath, [GENERATOR, "--lines", "1000000", "--seed", "42", "--out", log, "--truth", truthPath], {
      stdio: "ignore",
    });
    const truth = Truth.parse(JSON.parse(readFileSync(truthPath, "utf8")));
    const sliding = "SELECT host, count(*) AS requests FROM access.win:time(1 min) GROUP BY host HAVING count(*) >= 1000";
    const { out } = await replayed(log, "--name", "minutes", "--sql", CALENDAR_MINUTES, "--name", "sliding", "--sql", sliding);
    const rows = out
      .trimEnd()
      .split("\n")
      .map((line) => Found.parse(JSON.parse(line)));
    const minutes = rows.filter(({ query }) => query === "minutes");
    // The time of a row is the end of its window; the truth names its beginning.
    expect(minutes.map(({ time, row }) => `${time - 60_000} ${row.host} ${row.requests}`).toSorted()).toEqual(
      truth.tumbling1m.map(({ minute, ip, count }) => `${Date.parse(minute)} ${ip} ${count}`).toSorted(),
    );
    expect(minutes).toHaveLength(17);
    const slidingHosts = new Set(rows.flatMap(({ query, row }) => (query === "sliding" ? [row.host] : [])));
    expect([...slidingHosts].toSorted()).toEqual(truth.sliding60s.map(({ ip }) => ip).toSorted());
  },
);

test.runIf(existsSync(REAL_LOG))(`takes every line of a real log out of order, and tells how late${absence(REAL_LOG)}`, async () => {
  const count = "SELECT count(*) AS n FROM access.win:ext_timed_batch(time, 1 day, 0L)";
  const asItIs = await replayed(REAL_LOG, "--sql", count);
  // One of its lines is cut off within its agent, and is an event all the same.
  expect(asItIs.err).toContain("10,000 events taken, 9,448 of them late, by at most 59s");
  const inOrder = await replayed(REAL_LOG, "--lateness", "60s", "--sql", count);
  expect(inOrder.err).toContain("10,000 events taken, none late");
  for (const { out } of [asItIs, inOrder]) {
    expect([...out.matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n)).reduce((sum, n) => sum + n)).toBe(10_000);
  }
});

const CALENDAR_MINUTES =
  "SELECT host, count(*) AS requests FROM access.win:ext_timed_batch(time, 1 min, 0L) GROUP BY host HAVING count(*) >= 1000";

const Truth = z.object({
  tumbling1m: z.array(z.object({ ip: z.string(), minute: z.string(), count: z.number() })),
  sliding60s: z.array(z.object({ ip: z.string() })),
});

const Found = z.object({ query: z.string(), time: z.number(), row: z.object({ host: z.string(), requests: z.number() }) });

function replayed(log: string, ...words: readonly string[]): Promise<Ended> {
  return ended(spawn(process.execPath, ["bin/hotaka", "replay", "--log", log, "--json", ...words]));
}

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function ended(child: ChildProcess): Promise<Ended> {
  let [out, err] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  // A child that has ended takes no more input.
  child.stdin?.on("error", () => {});
  return new Promise((done, failed) => {
    child.once("error", failed);
    child.once("close", (status) => done({ status, out, err }));
  });
}

function absence(path: string): string {
  return existsSync(path) ? "" : ` (did not run: no ${path})`;
}
