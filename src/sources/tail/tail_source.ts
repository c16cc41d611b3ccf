import { resolve } from "node:path";
import type { Source, SourceContext, SourceStatus } from "../../component/index.ts";
import type { FormatChoice } from "../../formats/index.ts";
import { messageOf, type Timer } from "../../kit/index.ts";
import { EventFeed } from "../event_feed.ts";
import { openFormat } from "../format_setting.ts";
import { LineReader } from "../line_reader.ts";
import { LogFollower } from "./log_follower.ts";

/** Settings of a tail, as its schema makes them. */
export interface TailConfig {
  readonly path: readonly string[];
  readonly format: FormatChoice;
  readonly target: string;
  readonly from: "end" | "start";
  readonly line_bytes_max: number;
  /** Milliseconds. */
  readonly poll_interval: number;
  /** Milliseconds. */
  readonly rotated_wait: number;
}

/** Opens the logs that are there and begins to follow all of them. Throws HOTAKA_SOURCE_OPEN for one that cannot be read. */
export function openTail(config: TailConfig, context: SourceContext): Source {
  const format = openFormat(config.format);
  const reader = new LineReader({ lineBytesMax: config.line_bytes_max });
  const feed = new EventFeed({ format, intake: context.intake(config.target, format.fields) });
  const records = format.records === undefined ? undefined : { records: format.records, flushAfterMs: format.flushAfterMs ?? 0 };
  const followers: LogFollower[] = [];
  try {
    for (const path of new Set(config.path.map((written) => resolve(context.folder, written)))) {
      const positionKey = `tail:${config.target}:${path}`;
      const { from, rotated_wait: rotatedWaitMs } = config;
      followers.push(new LogFollower({ path, from, rotatedWaitMs, positionKey, context, reader, feed, records }));
    }
  } catch (thrown) {
    for (const follower of followers) follower.close();
    throw thrown;
  }
  return new TailSource(followers, config.poll_interval, context);
}

/**
 * Looks at its logs at every poll, by asking for their size: 1,000 logs four times a second take half a hundredth of one processor, and
 * no log is missed because a watch was lost. Each turn is a step: a region of each log that has one, again and again for 10 ms at most, so
 * that no log has to wait for another to be read to its end, and nobody has to wait for the logs.
 */
class TailSource implements Source {
  readonly finished: Promise<void>;
  readonly #followers: readonly LogFollower[];
  readonly #pollMs: number;
  readonly #context: SourceContext;
  #fail: (thrown: unknown) => void = () => {};
  #timer: Timer | undefined;
  #turn: Promise<void> = Promise.resolve();
  #lastReadMs: number;
  #next = 0;
  #closing: Promise<void> | undefined;
  #failure: string | undefined;

  constructor(followers: readonly LogFollower[], pollMs: number, context: SourceContext) {
    this.#followers = followers;
    this.#pollMs = pollMs;
    this.#context = context;
    this.#lastReadMs = context.clock.nowMs();
    this.finished = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    // Whoever looks at `finished` learns of a failure, and so does whoever asks for the status; nobody need look.
    this.finished.catch(() => {});
    setImmediate(() => this.#takeTurn());
  }

  status(): SourceStatus {
    if (this.#failure !== undefined) return { sentence: this.#failure, ok: false };
    const all = this.#followers.map((follower) => follower.status());
    const [first] = all;
    if (first !== undefined && all.length === 1) return first;
    const troubled = all.filter(({ ok }) => !ok);
    if (troubled.length > 0) return { sentence: `${troubled.length} of ${all.length} logs: ${troubled[0]!.sentence}`, ok: false };
    const behind = all.filter(({ sentence }) => sentence.startsWith("reading"));
    return { sentence: behind[0]?.sentence ?? `following ${all.length} logs`, ok: true };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#timer?.cancel();
    await this.#turn;
    for (const follower of this.#followers) follower.close();
  }

  #takeTurn(): void {
    if (this.#closing !== undefined || this.#context.steps.stopping) return;
    this.#turn = this.#workWithRoom().then(
      (isMore) => this.#arm(isMore),
      (thrown: unknown) => this.#break(thrown),
    );
  }

  /** True when there is more to read at once. */
  async #workWithRoom(): Promise<boolean> {
    const { name, steps } = this.#context;
    await this.#context.room();
    // The wait may have been long.
    if (this.#closing !== undefined || steps.stopping) return false;
    return steps.run(name, () => this.#work());
  }

  /** True when there is more to read at once. */
  #work(): boolean {
    const { clock, steps } = this.#context;
    const startMs = clock.nowMs();
    for (const follower of this.#followers) follower.look(startMs);
    let idle = 0;
    for (let reads = 0; idle < this.#followers.length; reads++) {
      if (steps.stopping || reads >= TURN_READS_MAX || clock.nowMs() - startMs >= TURN_MS_MAX) return true;
      // The next turn goes on with the next log, so that each comes up as often as any other.
      const follower = this.#followers[this.#next++ % this.#followers.length];
      if (follower?.read(clock.nowMs()) === true) {
        idle = 0;
        this.#lastReadMs = clock.nowMs();
      } else {
        idle++;
      }
    }
    return false;
  }

  #arm(isMore: boolean): void {
    if (this.#closing !== undefined) return;
    if (isMore) {
      setImmediate(() => this.#takeTurn());
      return;
    }
    const isIdle = this.#context.clock.nowMs() - this.#lastReadMs >= IDLE_AFTER_MS;
    this.#timer = this.#context.clock.after(this.#pollMs * (isIdle ? IDLE_POLLS : 1), () => this.#takeTurn());
  }

  /** Logs that cannot be read are no reason to come here: this is a defect, and reading on would count lines twice or not at all. */
  #break(thrown: unknown): void {
    this.#failure = `stopped by a defect: ${messageOf(thrown)}`;
    this.#context.log.error(`${this.#context.name}: ${this.#failure}`);
    this.#fail(thrown);
  }
}

const TURN_MS_MAX = 10;
/** Regions of 256 KiB: bounds a turn also where the clock stands still. */
const TURN_READS_MAX = 64;
const IDLE_AFTER_MS = 30_000;
const IDLE_POLLS = 4;
