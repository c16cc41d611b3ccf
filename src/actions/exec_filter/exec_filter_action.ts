import { randomBytes } from "node:crypto";
import type { Action, ActionContext, ActionRow } from "../../component/index.ts";
import type { Row, Value } from "../../event/index.ts";
import { type Counter, HotakaError, oneLine } from "../../kit/index.ts";
import { PoolChild } from "./pool_child.ts";
import type { Result } from "./result_reader.ts";
import { checkLength, type PipeFormat, rowBytes } from "./row_bytes.ts";
import { SaidLines } from "./said_lines.ts";

/** Settings of an exec_filter, as its schema makes them. Times are milliseconds, sizes bytes. */
export interface ExecFilterConfig {
  readonly run: readonly string[];
  readonly in: PipeConfig & { readonly query_field?: string | undefined; readonly query_prefix?: string | undefined };
  readonly out: PipeConfig & { readonly tag_field?: string | undefined };
  readonly tag: string;
  readonly add_prefix?: string | undefined;
  readonly children: number;
  readonly answers: "any" | "each";
  readonly answer_timeout: number;
  readonly settle_wait: number;
  readonly line_bytes_max: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly restart_wait_max: number;
  readonly stop_wait: number;
}

interface PipeConfig {
  readonly format: PipeFormat;
  readonly fields: readonly string[];
  readonly time_field?: string | undefined;
}

/** An event that an action gives back. */
export interface GivenEvent {
  readonly tag: string;
  /** The same event after a crash has the same key, where that can be known. */
  readonly key: string;
  /** Epoch ms. */
  readonly timeMs: number;
  readonly event: Row;
}

/** What an exec_filter needs beside the rest. */
export interface ExecFilterContext extends ActionContext {
  /**
   * Takes an event that an action gives back: to the target that its tag leads to, and to the actions whose `match` fits the tag. Resolves when
   * it is on the disk and taken, and waits while there is no room. Rejects with HOTAKA_STOPPING.
   */
  readonly give: (given: GivenEvent) => Promise<void>;
}

/** Rows through programs that run on. */
export class ExecFilter implements Action {
  readonly atOnce: number;
  readonly #config: ExecFilterConfig;
  readonly #context: ExecFilterContext;
  readonly #children: PoolChild[] = [];
  /** Rows that are done, so that one that comes again is not written again. */
  readonly #done = new Set<string>();
  readonly #run = randomBytes(6).toString("hex");
  readonly #written: Counter;
  readonly #results: Counter;
  readonly #refused: Readonly<Record<"format" | "length", Counter>>;
  #next = 0;
  #given = 0;
  #isDraining = false;
  readonly #waiting: (() => void)[] = [];

  private constructor(config: ExecFilterConfig, context: ExecFilterContext) {
    this.#config = config;
    this.#context = context;
    this.atOnce = context.dryRun ? 1 : ROWS_AT_ONCE;
    const { counters, name: action } = context;
    this.#written = counters.counter("exec_filter_rows", "Rows that were written to programs, those written again included.", { action });
    this.#results = counters.counter("exec_filter_results", "Results of programs that became events.", { action });
    const refused = (reason: string): Counter =>
      counters.counter("exec_filter_results_refused", "What programs put out and is no record, or too long.", { action, reason });
    this.#refused = { format: refused("format"), length: refused("length") };
    context.steps.signal.addEventListener("abort", () => this.#stop(), { once: true });
  }

  /** Starts the programs. One that cannot be started is tried again, as one that ends. */
  static open(config: ExecFilterConfig, context: ExecFilterContext): ExecFilter {
    const opened = new ExecFilter(config, context);
    if (!context.dryRun) for (let child = 0; child < config.children; child++) opened.#children.push(opened.#child());
    return opened;
  }

  async perform(row: ActionRow): Promise<string> {
    const program = oneLine(this.#config.run.join(" "), 100);
    const sentence = `wrote a row of ${row.query} to ${program}`;
    if (this.#context.dryRun) return `would have written a row of ${row.query} to ${program}`;
    if (row.key.startsWith(this.#keyPrefix)) return `left alone what ${program} has given itself`;
    if (this.#done.has(row.key)) return sentence;
    const bytes = rowBytes(this.#recordOf(row), this.#config.in.format, this.#config.in.fields);
    checkLength(bytes, this.#config.line_bytes_max);
    const child = await this.#readyChild();
    this.#written.add();
    await child.deliver(row.key, bytes);
    this.#done.add(row.key);
    if (this.#done.size > DONE_MAX) this.#done.delete(this.#done.values().next().value!);
    return sentence;
  }

  /** What programs still put out when their input has ended becomes events as before; rows wait for the next start. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await Promise.all(this.#children.map(async (child) => child.drain()));
  }

  async close(): Promise<void> {
    this.#stop();
    await Promise.all(this.#children.map(async (child) => child.close()));
  }

  get #keyPrefix(): string {
    return `exec_filter ${this.#context.route} `;
  }

  #child(): PoolChild {
    const { name, folder, clock, log, counters } = this.#context;
    const config = this.#config;
    const said = new SaidLines({
      clock,
      dropped: counters.counter("exec_filter_lines_dropped", "Lines of standard error beyond those that are told.", { action: name }),
      tell: (line) => log.info(`${name}: ${line}`),
    });
    return new PoolChild({
      name,
      run: config.run,
      folder,
      environment: config.environment,
      clock,
      log,
      restarts: counters.counter("exec_filter_restarts", "Times a program was started again.", { action: name }),
      restartWaitMaxMs: config.restart_wait_max,
      stopWaitMs: config.stop_wait,
      answers: config.answers,
      answerTimeoutMs: config.answer_timeout,
      settleWaitMs: config.settle_wait,
      out: { ...config.out, bytesMax: config.line_bytes_max },
      result: async (result, rowKey) => this.#take(result, rowKey),
      said: (piece) => said.add(piece),
      ready: () => {
        for (const resolve of this.#waiting.splice(0)) resolve();
      },
    });
  }

  /** The next child in turn that runs. One that is being started again is waited for, as long as an answer would be. */
  async #readyChild(): Promise<PoolChild> {
    const { clock, steps } = this.#context;
    const untilMs = clock.nowMs() + this.#config.answer_timeout;
    for (;;) {
      if (steps.stopping) throw stopping();
      if (this.#isDraining) {
        await new Promise<void>((resolve) => {
          this.#waiting.push(resolve);
        });
        continue;
      }
      for (let tried = 0; tried < this.#children.length; tried++) {
        const child = this.#children[this.#next++ % this.#children.length]!;
        if (child.isReady) return child;
      }
      if (clock.nowMs() >= untilMs) {
        const trouble = this.#children.map((child) => child.trouble).find((found) => found !== undefined);
        throw new HotakaError("HOTAKA_ACTION_FAILED", `${this.#context.name}: the program does not run: ${trouble ?? "it has ended"}.`);
      }
      await new Promise<void>((resolve) => {
        const timer = clock.after(untilMs - clock.nowMs(), resolve);
        this.#waiting.push(() => {
          timer.cancel();
          resolve();
        });
      });
    }
  }

  #recordOf({ row, query, timeMs }: ActionRow): Row {
    const { query_field: queryField, query_prefix: prefix, time_field: timeField } = this.#config.in;
    const more: [string, Value][] = [];
    if (queryField !== undefined) more.push([queryField, prefix === undefined ? query : `${prefix}.${query}`]);
    if (timeField !== undefined) more.push([timeField, timeMs / 1000]);
    return more.length === 0 ? row : { ...row, ...Object.fromEntries(more) };
  }

  async #take(result: Result, rowKey: string | undefined): Promise<void> {
    if ("refused" in result) {
      const counter = this.#refused[result.refused];
      if (counter.value === 0) {
        const why = result.refused === "format" ? `is no record of ${this.#config.out.format}` : "is longer than line_bytes_max";
        this.#context.log.warn(`${this.#context.name}: what the program put out ${why}; it is passed over and counted.`);
      }
      counter.add();
      return;
    }
    const { tag, timeMs, event } = this.#eventOf(result.record);
    // A result of which the row is known has the same key when the row is written again after a crash.
    const key = `${this.#keyPrefix}${rowKey ?? `${this.#run} ${this.#given++}`}`;
    await this.#context.give({ tag, key, timeMs, event });
    this.#results.add();
  }

  #eventOf(record: Row): { readonly tag: string; readonly timeMs: number; readonly event: Row } {
    const { tag_field: tagField, time_field: timeField } = this.#config.out;
    const { tag, add_prefix: prefix } = this.#config;
    const own = tagField === undefined ? undefined : ownValue(record, tagField);
    const seconds = timeField === undefined ? undefined : Number(ownValue(record, timeField) ?? Number.NaN);
    const isTagged = typeof own === "string" && own !== "" && own.length <= TAG_CHARS_MAX;
    const taken = Object.entries(record).filter(([name]) => name !== timeField && !(isTagged && name === tagField));
    return {
      tag: isTagged ? (prefix === undefined ? own : `${prefix}.${own}`) : tag,
      timeMs: seconds === undefined || !Number.isFinite(seconds) ? this.#context.clock.nowMs() : seconds * 1000,
      event: Object.fromEntries<Value>(taken),
    };
  }

  /** What programs have and is not done is written again at the next start. */
  #stop(): void {
    for (const child of this.#children) child.giveBack(stopping());
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function ownValue(record: Row, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function stopping(): HotakaError {
  return new HotakaError("HOTAKA_STOPPING", "the daemon is stopping; the row is written again at the next start.");
}

/** Rows that programs have at a time and that are not done. */
const ROWS_AT_ONCE = 1000;
const DONE_MAX = 10_000;
const TAG_CHARS_MAX = 512;
