import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { type Clock, messageOf, signalGroup, type Timer } from "../../kit/index.ts";

export interface ProgramOptions {
  readonly run: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Told of what it puts out; while the promise is pending no more is read. */
  readonly out: (piece: Buffer) => Promise<void>;
  readonly said: (piece: Buffer) => void;
  /** Told once, after all of its output; `isClean` when its status was 0. */
  readonly ended: (how: string, isClean: boolean) => void;
}

/** One run of a program, with a pipe at each end. */
export class Program {
  readonly #child: Child;
  readonly #options: ProgramOptions;
  readonly #ended: Promise<void>;

  constructor(options: ProgramOptions) {
    this.#options = options;
    const [program = "", ...args] = options.run;
    const env = { ...process.env, ...options.environment };
    const child = spawn(program, args, { cwd: options.folder, env, stdio: ["pipe", "pipe", "pipe"], detached: true });
    this.#child = child;
    // A program that has ended reads no more; that it has is told by `close`.
    child.stdin.on("error", () => {});
    child.stderr.on("data", (piece: Buffer) => options.said(piece));
    const reading = this.#read();
    this.#ended = new Promise((resolve) => {
      let problem: string | undefined;
      child.on("error", (error) => (problem = `it cannot be started: ${messageOf(error)}`));
      child.on("close", (code, signal) => {
        const how = problem ?? `it ended with ${signal ?? `status ${code ?? 0}`}`;
        void reading.finally(() => {
          options.ended(how, problem === undefined && code === 0);
          resolve();
        });
      });
    });
  }

  /** Resolves when the program has taken the bytes into its pipe. Never rejects: that it has ended is told by `ended`. */
  async write(bytes: Buffer): Promise<void> {
    const { stdin } = this.#child;
    if (stdin.destroyed || stdin.write(bytes)) return;
    await new Promise<void>((resolve) => {
      stdin.once("drain", resolve);
      stdin.once("close", resolve);
    });
  }

  kill(): void {
    signalGroup(this.#child.pid, "SIGKILL");
  }

  /** Ends its input and waits for it to end by itself, at most so long. */
  async drain(waitMs: number): Promise<void> {
    this.#child.stdin.end();
    const { clock } = this.#options;
    let giveUp: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      giveUp = clock.after(waitMs, resolve);
    });
    await Promise.race([this.#ended, late]);
    giveUp?.cancel();
  }

  /** Ends its input and waits for it to end by itself for `patienceMs`, then less and less kindly, after `stopWaitMs` each. */
  async close(stopWaitMs: number, patienceMs = stopWaitMs): Promise<void> {
    const { clock } = this.#options;
    this.#child.stdin.end();
    const terminate = clock.after(patienceMs, () => signalGroup(this.#child.pid, "SIGTERM"));
    const kill = clock.after(patienceMs + stopWaitMs, () => {
      this.kill();
      // Somebody who left the group may still hold the pipes.
      this.#child.stdout.destroy();
      this.#child.stderr.destroy();
    });
    await this.#ended;
    terminate.cancel();
    kill.cancel();
  }

  async #read(): Promise<void> {
    try {
      for await (const piece of this.#child.stdout) await this.#options.out(piece as Buffer);
    } catch {
      // It was destroyed, because somebody else held it.
    }
  }
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;
