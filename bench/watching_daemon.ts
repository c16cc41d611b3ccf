import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { controlPathOf } from "../src/server/index.ts";

/** What a daemon says of itself at one instant. */
export interface Reading {
  readonly cpuSeconds: number;
  /** The most memory it had in use so far. */
  readonly peakBytes: number;
  /** Events that its query was handed. */
  readonly events: number;
}

/** The built daemon at work in a folder of its own, for a bench to watch. */
export class WatchingDaemon {
  readonly #child: ChildProcess;
  readonly #control: string;
  #said = "";

  private constructor(child: ChildProcess, control: string) {
    this.#child = child;
    this.#control = control;
    child.stderr?.on("data", (bytes: Buffer) => (this.#said = (this.#said + bytes.toString()).slice(-4000)));
  }

  /** Starts one with these settings, in YAML, and waits until it is ready. */
  static async start(folder: string, settings: string): Promise<WatchingDaemon> {
    const config = join(folder, "hotaka.yaml");
    writeFileSync(config, `data_dir: data\nserver: { listen: 127.0.0.1:0 }\n${settings}`);
    const args = [join(import.meta.dirname, "../../bin/hotaka"), "run", "--config", config];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    const daemon = new WatchingDaemon(child, controlPathOf(join(folder, "data")));
    while ((await daemon.#ask("/readyz")) === undefined) await sleep(POLL_MS);
    return daemon;
  }

  /** Resolves with how it stands when its query was handed `events`. */
  async reached(events: number): Promise<Reading> {
    for (;;) {
      const reading = await this.read();
      if (reading.events >= events) return reading;
      await sleep(POLL_MS);
    }
  }

  async read(): Promise<Reading> {
    const text = (await this.#ask("/metrics")) ?? "";
    const value = (name: string): number => Number(new RegExp(`^hotaka_${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(text)?.[1] ?? 0);
    return { cpuSeconds: value("cpu_seconds"), peakBytes: this.#peakBytes(), events: value("query_events_total") };
  }

  #peakBytes(): number {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.#child.pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }

  /** Undefined while it does not answer, or with another status than 200. Throws when it has ended. */
  async #ask(path: string): Promise<string | undefined> {
    if (this.#child.exitCode !== null) throw new Error(`the daemon ended: ${this.#said}`);
    return new Promise((resolve) => {
      const asked = request({ socketPath: this.#control, path }, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => (text += part));
        answer.once("end", () => resolve(answer.statusCode === 200 ? text : undefined));
      });
      asked.once("error", () => resolve(undefined));
      asked.end();
    });
  }
}

/** Seldom, for what the daemon does to answer is in its figure: asked fifty times a second it took a tenth of the time of a million lines. */
const POLL_MS = 100;
