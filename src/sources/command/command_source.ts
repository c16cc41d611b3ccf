import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Source, SourceContext, SourceStatus } from "../../component/index.ts";
import type { FormatChoice } from "../../formats/index.ts";
import { backoffMs, type Counter, formatDuration, messageOf, oneLine, signalGroup, type Timer } from "../../kit/index.ts";
import { openFormat } from "../format_setting.ts";
import { LineInbox, LineStream } from "../line_inbox.ts";
import type { DestinationConfig } from "../line_settings.ts";

/** Settings of a command source, as its schema makes them. Times are milliseconds. */
export interface CommandConfig extends DestinationConfig {
  readonly run: readonly string[];
  readonly format: FormatChoice;
  readonly line_bytes_max: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly restart: "always" | "never";
  readonly restart_wait_max: number;
  readonly stop_wait: number;
}

/** Starts the program. One that cannot be started is tried again, as one that ends. */
export function openCommand(config: CommandConfig, context: SourceContext): Source {
  const { line_bytes_max: lineBytesMax, run } = config;
  const lines = new LineInbox({
    context,
    key: `command ${run.join(" ")}`,
    format: openFormat(config.format),
    destination: config,
    lineBytesMax,
  });
  return new CommandSource(config, context, lines);
}

class CommandSource implements Source {
  readonly finished: Promise<void>;
  readonly #config: CommandConfig;
  readonly #context: SourceContext;
  readonly #lines: LineInbox;
  readonly #restarts: Counter;
  #child: Child | undefined;
  #ended: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;
  #failures = 0;
  #startedMs = 0;
  #trouble: string | undefined;
  #isClosed = false;
  #finish: () => void = () => {};

  constructor(config: CommandConfig, context: SourceContext, lines: LineInbox) {
    this.#config = config;
    this.#context = context;
    this.#lines = lines;
    this.#restarts = context.counters.counter("command_restarts", "Times a program was started again.", { source: context.name });
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#start();
  }

  status(): SourceStatus {
    const name = oneLine(this.#config.run.join(" "), 100);
    if (this.#trouble !== undefined) return { sentence: `${name}: ${this.#trouble}`, ok: false };
    return { sentence: `reading the lines of ${name}, ${this.#lines.events} events`, ok: true };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    const child = this.#child;
    if (child !== undefined) {
      signalGroup(child.pid, "SIGTERM");
      const timer = this.#context.clock.after(this.#config.stop_wait, () => {
        signalGroup(child.pid, "SIGKILL");
        // Somebody who left the group may still hold the pipes.
        child.stdout.destroy();
        child.stderr.destroy();
      });
      await this.#ended;
      timer.cancel();
    }
    await this.#ended;
  }

  #start(): void {
    if (this.#isClosed || this.#context.steps.stopping) return;
    const [program = "", ...args] = this.#config.run;
    const env = { ...process.env, ...this.#config.environment };
    const child = spawn(program, args, { cwd: this.#context.folder, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    this.#child = child;
    this.#startedMs = this.#context.clock.nowMs();
    const stream = new LineStream(this.#lines, child.stdout);
    child.stdout.on("data", (bytes: Buffer) => stream.receive(bytes));
    child.stderr.on("data", (bytes: Buffer) => this.#say(bytes));
    this.#ended = new Promise((resolve) => {
      let problem: string | undefined;
      child.on("error", (error) => (problem = `it cannot be started: ${messageOf(error)}`));
      // Comes after all of its output, also when it could not be started.
      child.on("close", (code, signal) => {
        this.#child = undefined;
        void stream.end().then(() => {
          resolve();
          return this.#afterEnd(problem ?? `it ended with ${signal ?? `status ${code ?? 0}`}`);
        });
      });
    });
  }

  #afterEnd(how: string): void {
    if (this.#isClosed || this.#context.steps.stopping) return;
    const { clock, log, name } = this.#context;
    if (this.#config.restart === "never") {
      log.info(`${name}: ${how}.`);
      this.#finish();
      return;
    }
    // One that ran for a while was well; one that ends at once waits longer and longer.
    this.#failures = clock.nowMs() - this.#startedMs >= WELL_AFTER_MS ? 1 : this.#failures + 1;
    const waitMs = backoffMs({ firstMs: 1000, mostMs: this.#config.restart_wait_max }, this.#failures);
    this.#trouble = `${how}; it is started again in ${formatDuration(waitMs)}.`;
    log.warn(`${name}: ${this.#trouble}`);
    this.#timer = clock.after(waitMs, () => {
      this.#trouble = undefined;
      this.#restarts.add();
      this.#start();
    });
  }

  /** What it says on standard error; to leave it unread would stop the program once the pipe is full. */
  #say(bytes: Buffer): void {
    for (const line of bytes.toString("utf8", 0, STDERR_BYTES_MAX).split("\n")) {
      if (line.trim() !== "") this.#context.log.info(`${this.#context.name}: ${oneLine(line, 500)}`);
    }
  }
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

const WELL_AFTER_MS = 60_000;
const STDERR_BYTES_MAX = 4096;
