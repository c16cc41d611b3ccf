import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { askDaemon, controlPathOf } from "../../src/server/index.ts";
import { Place, type Running } from "./hotaka.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGQUIT"] as const;

/** A daemon whose one work is a step of `stepMs` that a timer of `periodMs` starts again and again. */
const LONG_STEPS = `
  import { Steps, wallClock } from ${JSON.stringify(join(import.meta.dirname, "../../dist/kit/index.js"))};
  import { obeySignals } from ${JSON.stringify(join(import.meta.dirname, "../../dist/cli/signals.js"))};
  const [periodMs, stepMs] = process.argv.slice(1).map(Number);
  const steps = new Steps(wallClock);
  const step = async () => {
    console.log("begun");
    await new Promise((resolve) => void wallClock.after(stepMs, resolve));
    console.log("ended");
  };
  steps.every("the step", periodMs, step, console.error);
  obeySignals(process, { stop: async () => steps.stop(), reload: async () => {}, failed: console.error });
  setInterval(() => {}, 60_000);
  console.log("started");
`;

class LongSteps {
  readonly #child;
  readonly ended: Promise<unknown>;
  out = "";

  constructor(periodMs: number, stepMs: number) {
    this.#child = spawn(process.execPath, ["--input-type=module", "--eval", LONG_STEPS, String(periodMs), String(stepMs)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child.stdout.on("data", (chunk: Buffer) => void (this.out += chunk.toString()));
    this.ended = once(this.#child, "close");
  }

  async says(word: string): Promise<void> {
    while (!this.out.includes(word)) await once(this.#child.stdout, "data");
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Its exit status, and the words it said. */
  async end(): Promise<{ status: number | null; said: string[] }> {
    await this.ended;
    return { status: this.#child.exitCode, said: this.out.trim().split("\n") };
  }
}

describe("a signal during a step that a timer started", () => {
  test("of ten seconds, by a timer of three: the step ends, no second one begins, and the exit status is 0", async () => {
    const work = new LongSteps(3000, 10_000);
    await work.says("begun");
    work.kill("SIGTERM");
    expect(await work.end()).toEqual({ status: 0, said: ["started", "begun", "ended"] });
  });

  test.each(SIGNALS)("%s: likewise", async (signal) => {
    const work = new LongSteps(60, 600);
    await work.says("begun");
    work.kill(signal);
    expect(await work.end()).toEqual({ status: 0, said: ["started", "begun", "ended"] });
  });

  test.each(SIGNALS)("%s as the second one: it ends at once, and not with 0", async (signal) => {
    const work = new LongSteps(10, 60_000);
    await work.says("begun");
    work.kill("SIGTERM");
    work.kill(signal === "SIGTERM" ? "SIGINT" : signal);
    // Two signals that are pending together come in the order of their numbers, so either may be the second.
    const { status, said } = await work.end();
    expect([130, 131, 143]).toContain(status);
    expect(said).toEqual(["started", "begun"]);
  });

  test("between two steps: it ends at once with 0", async () => {
    const work = new LongSteps(60_000, 10);
    await work.says("started");
    work.kill("SIGQUIT");
    expect(await work.end()).toEqual({ status: 0, said: ["started"] });
  });
});

describe("a daemon", () => {
  const SETTINGS = `server: { listen: 127.0.0.1:0 }
sources:
  - tail: { path: access.log, format: combined, target: access, from: start }
queries:
  - { name: block.failures, sql: SELECT host FROM access WHERE code = 401 }
actions:
  - { match: block.**, block: {} }
enforcers:
  - table: {}
`;
  let place: Place;
  let daemon: Running;

  beforeEach(async () => {
    place = new Place();
    place.write("access.log", "");
    place.write("hotaka.yaml", SETTINGS);
    daemon = await place.startReady();
  });
  afterEach(async () => {
    await place.remove();
  });

  async function queries(): Promise<string[]> {
    const answer = await askDaemon(controlPathOf(place.path("data")), "GET", "/v1/queries");
    return answer.objects("queries").map((query) => query.text("name"));
  }

  test.each(SIGNALS)("ends at %s with 0, having said so", async (signal) => {
    daemon.kill(signal);
    const { status, err } = await daemon.ended;
    expect(status).toBe(0);
    expect(err).toContain(`${signal}: stopping.`);
    expect(err).toContain("stopped: positions are written.");
  });

  test("reads its settings again at SIGHUP: queries and actions change, what runs as declared goes on", async () => {
    place.write(
      "hotaka.yaml",
      `${SETTINGS.replace("enforcers:", "  - { match: detect.**, log: {} }\nenforcers:").replace(
        "actions:",
        "  - { name: detect.errors, sql: SELECT host FROM access WHERE code >= 500 }\nactions:",
      )}never_block: [203.0.113.9]\ncheckpoint_every: 1s\n`,
    );
    daemon.kill("SIGHUP");
    await daemon.until(() => (daemon.err.includes("were read again") ? true : undefined));
    expect(await queries()).toEqual(["block.failures", "detect.errors"]);
    await daemon.until(() =>
      daemon.err.includes("checkpoint_every was changed too; that takes effect at the next start") ? true : undefined,
    );
    expect((await place.run("block", "203.0.113.9")).err).toContain("203.0.113.9 is on the never-block list");
  });

  test("refuses bad settings at SIGHUP with the reason, and the old ones stay", async () => {
    place.write("hotaka.yaml", SETTINGS.replace("code = 401", "cod = 401").replace("actions:", "acts:"));
    daemon.kill("SIGHUP");
    await daemon.until(() => (daemon.err.includes("refused") ? true : undefined));
    expect(daemon.err).toContain("hotaka.yaml:6:1 HOTAKA_CONFIG_UNKNOWN_KEY");
    expect(await queries()).toEqual(["block.failures"]);

    place.write("hotaka.yaml", SETTINGS.replace("code = 401", "cod = 401"));
    daemon.kill("SIGHUP");
    await daemon.until(() => (daemon.err.includes("HOTAKA_SQL_UNKNOWN_FIELD") ? true : undefined));
    expect(await queries()).toEqual(["block.failures"]);
  });
});
