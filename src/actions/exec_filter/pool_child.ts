import { backoffMs, type Clock, type Counter, formatDuration, HotakaError, type Log, type Timer } from "../../kit/index.ts";
import { Program } from "./program.ts";
import { ResultReader, type Result } from "./result_reader.ts";
import type { PipeFormat } from "./row_bytes.ts";

export interface PoolChildOptions {
  /** For messages: `actions[0] (exec_filter)`. */
  readonly name: string;
  readonly run: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly restarts: Counter;
  readonly restartWaitMaxMs: number;
  readonly stopWaitMs: number;
  readonly answers: "any" | "each";
  readonly answerTimeoutMs: number;
  readonly settleWaitMs: number;
  readonly out: { readonly format: PipeFormat; readonly fields: readonly string[]; readonly bytesMax: number };
  /** Told of each result, with the key of the row that it answers where that is known. Resolves when it is safe. */
  readonly result: (result: Result, rowKey: string | undefined) => Promise<void>;
  readonly said: (piece: Buffer) => void;
  /** Told that it can be given rows again. */
  readonly ready: () => void;
}

/** A row that was written and is not done. */
interface Pending {
  readonly key: string;
  readonly resolve: () => void;
  readonly reject: (thrown: unknown) => void;
  readonly timer: Timer;
}

/** A program that is started again whenever it ends, and the rows that it has and that are not done. */
export class PoolChild {
  readonly #options: PoolChildOptions;
  #program: Program | undefined;
  readonly #pending: Pending[] = [];
  #failures = 0;
  #startedMs = 0;
  #timer: Timer | undefined;
  #isClosed = false;
  #isDraining = false;
  #trouble: string | undefined;

  constructor(options: PoolChildOptions) {
    this.#options = options;
    this.#start();
  }

  get isReady(): boolean {
    return this.#program !== undefined;
  }

  /** Why it does not run, as a sentence. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /**
   * Writes a row. Resolves when it is done; rejects with HOTAKA_ACTION_FAILED when the program has ended before: then nobody knows whether it
   * had taken the row, which is to be written again.
   */
  async deliver(key: string, bytes: Buffer): Promise<void> {
    const program = this.#program;
    if (program === undefined) throw this.#ended(this.#trouble ?? "it does not run");
    await new Promise<void>((resolve, reject) => {
      const { clock, answers, answerTimeoutMs, settleWaitMs } = this.#options;
      const timer =
        answers === "each"
          ? clock.after(answerTimeoutMs, () => this.#tooLate(program))
          : clock.after(settleWaitMs, () => this.#settle(pending));
      const pending: Pending = { key, resolve, reject, timer };
      this.#pending.push(pending);
      void program.write(bytes);
    });
  }

  /** Rows that are not done are given back at once; they are written again when they come again. */
  giveBack(thrown: HotakaError): void {
    for (const { reject, timer } of this.#pending.splice(0)) {
      timer.cancel();
      reject(thrown);
    }
  }

  /**
   * Ends the input of the program and takes what it puts out until it ends, for `stopWaitMs`. It is not started again. Rows that it was given and
   * that are not done stay so until they are given back, unless it ends well: then it has read them all.
   */
  async drain(): Promise<void> {
    this.#isClosed = true;
    this.#isDraining = true;
    this.#timer?.cancel();
    await this.#program?.drain(this.#options.stopWaitMs);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    const { stopWaitMs } = this.#options;
    await this.#program?.close(stopWaitMs, this.#isDraining ? 0 : stopWaitMs);
  }

  #start(): void {
    const { run, folder, environment, clock, out, said } = this.#options;
    this.#startedMs = clock.nowMs();
    this.#trouble = undefined;
    const reader = new ResultReader(out);
    const program: Program = new Program({
      run,
      folder,
      environment,
      clock,
      said,
      out: async (piece) => {
        for (const result of reader.read(piece)) await this.#take(result);
      },
      ended: (how, isClean) => this.#afterEnd(how, isClean),
    });
    this.#program = program;
    this.#options.ready();
  }

  async #take(result: Result): Promise<void> {
    const answered = this.#options.answers === "each" && !isNoise(result, this.#options.out.format) ? this.#pending[0] : undefined;
    // The row is done only when its result is safe: what was not is given by the program once more.
    await this.#options.result(result, answered?.key);
    if (answered !== undefined) this.#settle(answered);
  }

  #settle(pending: Pending): void {
    const at = this.#pending.indexOf(pending);
    if (at < 0) return;
    this.#pending.splice(at, 1);
    pending.timer.cancel();
    pending.resolve();
  }

  #tooLate(program: Program): void {
    const wait = formatDuration(this.#options.answerTimeoutMs);
    this.#trouble = `it did not answer for ${wait} (answer_timeout) and was ended; does it put out one result for each row (answers: each)`;
    this.#options.log.warn(`${this.#options.name}: ${this.#trouble}?`);
    program.kill();
  }

  #afterEnd(how: string, isClean: boolean): void {
    const { clock, log, name, restartWaitMaxMs, restarts, answers } = this.#options;
    this.#program = undefined;
    if (this.#isDraining) {
      for (const { timer } of this.#pending) timer.cancel();
      if (isClean && answers === "any") for (const { resolve } of this.#pending.splice(0)) resolve();
      return;
    }
    this.giveBack(this.#ended(how));
    if (this.#isClosed) return;
    // One that ran for a while was well; one that ends at once waits longer and longer.
    this.#failures = clock.nowMs() - this.#startedMs >= WELL_AFTER_MS ? 1 : this.#failures + 1;
    const waitMs = backoffMs({ firstMs: 1000, mostMs: restartWaitMaxMs }, this.#failures);
    this.#trouble = `${how}; it is started again in ${formatDuration(waitMs)}`;
    log.warn(`${name}: ${this.#trouble}.`);
    this.#timer = clock.after(waitMs, () => {
      restarts.add();
      this.#start();
    });
  }

  #ended(how: string): HotakaError {
    return new HotakaError("HOTAKA_ACTION_FAILED", `${this.#options.name}: the program did not take the row: ${how}.`);
  }
}

/** Bytes that are no map are no answer: a program that prints a word puts out a value of MessagePack with every letter. */
function isNoise(result: Result, format: PipeFormat): boolean {
  return format === "msgpack" && "refused" in result && result.refused === "format";
}

const WELL_AFTER_MS = 60_000;
