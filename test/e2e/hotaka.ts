import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { Answer, askDaemon, controlPathOf } from "../../src/server/index.ts";

/** A folder of its own, with settings and logs, in which the real binary is run. */
export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), "hotaka-e2e-"));
  readonly #running: Running[] = [];

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string | Buffer): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** Starts `hotaka` with these words. */
  start(...words: string[]): Running {
    const running = new Running(words, this.folder);
    this.#running.push(running);
    return running;
  }

  /** Runs `hotaka` to its end. */
  async run(...words: string[]): Promise<Ended> {
    return this.start(...words).ended;
  }

  /** Starts a daemon, and waits until it says that it is ready. */
  async startReady(...words: string[]): Promise<Running> {
    const running = this.start("run", ...words);
    await running.ready(this.path("data"));
    return running;
  }

  async remove(): Promise<void> {
    for (const running of this.#running) running.kill("SIGKILL");
    await Promise.all(this.#running.map(async ({ ended }) => ended));
    rmSync(this.folder, { recursive: true });
  }
}

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export class Running {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  out = "";
  err = "";

  constructor(words: readonly string[], cwd: string) {
    const env = { ...process.env, NO_COLOR: "1", SSH_CONNECTION: "" };
    const child = spawn(process.execPath, [BINARY, ...words], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    child.stdout.on("data", (chunk: Buffer) => void (this.out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => void (this.err += chunk.toString()));
    this.ended = once(child, "close").then(() => ({ status: child.exitCode, signal: child.signalCode, out: this.out, err: this.err }));
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Resolves when `seen` gives something other than undefined. Throws when the process has ended before, or the test takes too long. */
  async until<Seen>(seen: () => Promise<Seen | undefined> | Seen | undefined): Promise<Seen> {
    for (;;) {
      const found = await seen();
      if (found !== undefined) return found;
      if (this.hasEnded) throw new Error(`hotaka ended while it was waited for:\n${this.out}${this.err}`);
      await setImmediate();
    }
  }

  /** Resolves with what the data folder's daemon answers once it is ready. */
  async ready(dataDir: string): Promise<void> {
    await this.until(async () => {
      const answer = await askDaemon(controlPathOf(dataDir), "GET", "/readyz").catch(() => undefined);
      return answer?.json !== undefined && "ready" in answer.json && answer.json.ready === true ? true : undefined;
    });
  }
}

/** The JSON at an address of the API. */
export function readJson(url: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, (answer) => {
      let text = "";
      answer.on("data", (chunk: Buffer) => void (text += chunk.toString()));
      answer.once("end", () => resolve(Answer.parse(text)));
    }).once("error", reject);
  });
}

const BINARY = join(import.meta.dirname, "../../bin/hotaka");
