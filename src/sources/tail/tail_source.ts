import { resolve } from "node:path";
import type { Format, Source, SourceContext, SourceStatus } from "../../component/index.ts";
import type { FormatChoice } from "../../formats/index.ts";
import { assert, messageOf, type Timer } from "../../kit/index.ts";
import { EventFeed } from "../event_feed.ts";
import { openFormat } from "../format_setting.ts";
import { type DestinationConfig, openDestination } from "../line_settings.ts";
import { LineReader } from "../line_reader.ts";
import { type Glob, globOf } from "./glob.ts";
import { LogFollower } from "./log_follower.ts";
import { type FollowedLog, LogSet } from "./log_set.ts";
import { readPosFile } from "./pos_file.ts";
import { Transcoder } from "./transcoder.ts";

/** Settings of a tail, as its schema makes them. */
export interface TailConfig extends DestinationConfig {
  readonly path: readonly string[];
  readonly format: FormatChoice;
  readonly from: "end" | "start";
  readonly line_bytes_max: number;
  /** Milliseconds. */
  readonly poll_interval: number;
  /** Milliseconds. */
  readonly poll_interval_max: number;
  /** Milliseconds. */
  readonly rotated_wait: number;
  readonly exclude: readonly string[];
  /** Milliseconds. */
  readonly rescan_interval: number;
  readonly files_max: number;
  readonly encoding: string;
  readonly fluentd_pos_file?: string | undefined;
}

/** Opens the logs that are there and begins to follow all of them. Throws HOTAKA_SOURCE_OPEN for one that cannot be read. */
export function openTail(config: TailConfig, context: SourceContext): Source {
  const { from, rotated_wait: rotatedWaitMs, encoding, fluentd_pos_file: posFile } = config;
  const format = openFormat(config.format);
  const reader = new LineReader({ lineBytesMax: config.line_bytes_max });
  const feedOf = feeds(config, format, context);
  const records = format.records === undefined ? undefined : { records: format.records, flushAfterMs: format.flushAfterMs ?? 0 };
  const transcoder = isUtf8(encoding) ? undefined : Transcoder.of(encoding);
  const imported = posFile === undefined ? undefined : readPosFile(resolve(context.folder, posFile));
  const name = config.target ?? config.tag ?? "";
  const positionKey = (path: string): string => `tail:${name}:${path}`;
  const paths = [...new Set(config.path.map((path) => resolve(context.folder, path)))];
  const logs = new LogSet({
    globs: paths.map((path) => ({ path, glob: globFor(path) })),
    excluded: config.exclude.map((path) => globFor(resolve(context.folder, path))),
    filesMax: config.files_max,
    context,
    positionKey,
    key: `tail:${name}:found ${paths.join(" ")}`,
    open: (path, isAtStart) =>
      new LogFollower({
        path,
        from: isAtStart ? from : "start",
        rotatedWaitMs,
        positionKey: positionKey(path),
        context,
        reader,
        feed: feedOf(path),
        records,
        transcoder,
        imported: imported?.get(path),
      }),
  });
  return new TailSource(logs, config, context);
}

/** Where the lines of a log go: all to one place, or each to that of its own tag. */
function feeds({ target, tag }: TailConfig, format: Format, context: SourceContext): (path: string) => EventFeed {
  const feedTo = (destination: DestinationConfig): EventFeed =>
    new EventFeed({ format, intake: openDestination(context, destination, format) });
  if (tag?.includes("*") !== true) {
    const feed = feedTo({ target, tag });
    return () => feed;
  }
  // Of a log that was rotated and is found again under its path the feed stands.
  const known = new Map<string, EventFeed>();
  return (path) => {
    const own = tag.replaceAll("*", tagOfPath(path));
    const feed = known.get(own) ?? feedTo({ tag: own });
    if (known.size >= FEEDS_MAX) known.clear();
    known.set(own, feed);
    return feed;
  };
}

/** `/var/log/app/web.log` as `var.log.app.web.log`. */
function tagOfPath(path: string): string {
  return path.replaceAll(/\/+/g, ".").replace(/^\./, "");
}

/** Whether lines may be handed to a format as they are. */
export function isUtf8(encoding: string): boolean {
  return /^utf-?8$/i.test(encoding);
}

function globFor(path: string): Glob {
  const glob = globOf(path);
  assert(typeof glob !== "string", `"${path}" was taken for a pattern`);
  return glob;
}

/**
 * Looks at its logs by asking for their size, the less often the longer they have been quiet: 1,000 quiet logs take half a hundredth of one
 * processor, and no log is missed because a watch was lost. Each turn is a step: a region of each log that has one, again and again for 10 ms
 * at most, so that no log has to wait for another to be read to its end, and nobody has to wait for the logs.
 */
class TailSource implements Source {
  readonly finished: Promise<void>;
  readonly #logs: LogSet;
  readonly #config: TailConfig;
  readonly #context: SourceContext;
  #fail: (thrown: unknown) => void = () => {};
  #timer: Timer | undefined;
  #turn: Promise<void> = Promise.resolve();
  #rescanMs: number;
  /** When the next look is due of all. */
  #dueMs = 0;
  /** Logs of which there may be more to read. */
  readonly #unread: FollowedLog[] = [];
  #closing: Promise<void> | undefined;
  #failure: string | undefined;

  constructor(logs: LogSet, config: TailConfig, context: SourceContext) {
    this.#logs = logs;
    this.#config = config;
    this.#context = context;
    this.#rescanMs = context.clock.nowMs() + config.rescan_interval;
    this.finished = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    // Whoever looks at `finished` learns of a failure, and so does whoever asks for the status; nobody need look.
    this.finished.catch(() => {});
    setImmediate(() => this.#takeTurn());
  }

  status(): SourceStatus {
    if (this.#failure !== undefined) return { sentence: this.#failure, ok: false };
    const all = this.#logs.logs.map(({ follower }) => follower.status());
    if (all.length === 0) return { sentence: `waiting for ${this.#config.path.join(", ")}: there is no such file yet`, ok: true };
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
    this.#logs.close();
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
    if (this.#logs.hasPatterns && startMs >= this.#rescanMs) {
      this.#logs.rescan(startMs);
      this.#rescanMs = startMs + this.#config.rescan_interval;
    }
    const isMore = !this.#look(startMs);
    // In their order, each of which there is more behind all others: so each comes up as often as any other.
    const unread = this.#unread;
    for (let at = 0, reads = 0; at < unread.length; at++) {
      const nowMs = clock.nowMs();
      if (steps.stopping || reads >= TURN_READS_MAX || (at > 0 && nowMs - startMs >= TURN_MS_MAX)) {
        unread.splice(0, at);
        return true;
      }
      const log = unread[at]!;
      log.isUnread = log.follower.read(nowMs);
      if (!log.isUnread) continue;
      reads++;
      unread.push(log);
    }
    unread.length = 0;
    return isMore;
  }

  /** Looks at the logs whose time it is. False when the time of the turn was over before that. */
  #look(startMs: number): boolean {
    let nowMs = startMs;
    let looks = 0;
    this.#dueMs = Number.POSITIVE_INFINITY;
    for (const log of this.#logs.logs) {
      if (nowMs >= log.dueMs) {
        if (++looks % LOOKS_A_CLOCK === 0) {
          nowMs = this.#context.clock.nowMs();
          if (nowMs - startMs >= TURN_MS_MAX) return false;
        }
        log.follower.look(nowMs);
        log.dueMs = nowMs + this.#intervalMs(nowMs - log.follower.grownMs) - TIMER_MS;
        if (!log.isUnread && log.follower.isPending) {
          log.isUnread = true;
          this.#unread.push(log);
        }
      }
      if (log.dueMs < this.#dueMs) this.#dueMs = log.dueMs;
    }
    return true;
  }

  /** How long a log is left alone that has been quiet for so long. */
  #intervalMs(quietMs: number): number {
    const { poll_interval: leastMs, poll_interval_max: mostMs } = this.#config;
    return Math.max(leastMs, Math.min(mostMs, quietMs * QUIET_SHARE));
  }

  #arm(isMore: boolean): void {
    if (this.#closing !== undefined) return;
    if (isMore) {
      setImmediate(() => this.#takeTurn());
      return;
    }
    const dueMs = Math.min(this.#dueMs + TIMER_MS, this.#logs.hasPatterns ? this.#rescanMs : Number.POSITIVE_INFINITY);
    const waitMs = Math.max(this.#config.poll_interval, dueMs - this.#context.clock.nowMs());
    this.#timer = this.#context.clock.after(waitMs, () => this.#takeTurn());
  }

  /** Logs that cannot be read are no reason to come here: this is a defect, and reading on would count lines twice or not at all. */
  #break(thrown: unknown): void {
    this.#failure = `stopped by a defect: ${messageOf(thrown)}`;
    this.#context.log.error(`${this.#context.name}: ${this.#failure}`);
    this.#fail(thrown);
  }
}

/** Feeds that are remembered by their tags, beside those of the logs that are followed. */
const FEEDS_MAX = 1000;
const TURN_MS_MAX = 10;
/** Regions of 256 KiB: bounds a turn also where the clock stands still. */
const TURN_READS_MAX = 64;
/** So many logs are looked at before the clock is. */
const LOOKS_A_CLOCK = 64;
/** Of the time that a log has been quiet, it is left alone for so much more. */
const QUIET_SHARE = 1 / 4;
/** A timer may be this much early. */
const TIMER_MS = 2;
