import { closeSync } from "node:fs";
import { resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Format, Source, SourceContext, SourceStatus } from "../../component/index.ts";
import type { FormatChoice } from "../../formats/index.ts";
import type { HotakaError } from "../../kit/index.ts";
import { EventFeed } from "../event_feed.ts";
import { continues, parseFilePosition, positionAt } from "../file_position.ts";
import { openFormat } from "../format_setting.ts";
import { LineCounters } from "../line_counters.ts";
import { openDestination } from "../line_settings.ts";
import { type LineCursor, LineReader } from "../line_reader.ts";
import { cannotRead, type LogFile, openLog } from "../log_file.ts";
import { RecordHold } from "../record_hold.ts";
import { lastTimeMs } from "./last_time.ts";

/** Settings of a replay, as its schema makes them. */
export interface ReplayConfig {
  readonly path: string;
  readonly format: FormatChoice;
  readonly target: string;
  readonly time: "recorded" | "ends_now";
  readonly line_bytes_max: number;
}

/** Opens the log and begins to read it. Throws HOTAKA_SOURCE_OPEN. */
export function openReplay(config: ReplayConfig, context: SourceContext): Source {
  const path = resolve(context.folder, config.path);
  const file = openLog(path);
  try {
    return new ReplaySource(config, context, path, file);
  } catch (thrown) {
    closeSync(file.fd);
    throw thrown;
  }
}

/**
 * Reads one log to its end, a region a step. While it is at work its position is kept, so that after a crash it goes on where the state of
 * the statements stands; at its end the position is given up, and the next start reads the log anew.
 */
class ReplaySource implements Source {
  readonly finished: Promise<void>;
  readonly #context: SourceContext;
  readonly #path: string;
  readonly #file: LogFile;
  readonly #positionKey: string;
  readonly #shiftMs: number;
  readonly #cursor: LineCursor = { offset: 0, isSkipping: false };
  readonly #reader: LineReader;
  readonly #counters: LineCounters;
  readonly #feed: EventFeed;
  #running: Promise<void> = Promise.resolve();
  readonly #hold: RecordHold | undefined;
  #isClosing = false;
  #isAtEnd = false;
  #failure: HotakaError | undefined;

  constructor(config: ReplayConfig, context: SourceContext, path: string, file: LogFile) {
    this.#context = context;
    this.#path = path;
    this.#file = file;
    this.#positionKey = `replay:${config.target}:${path}`;
    const format = openFormat(config.format);
    this.#shiftMs = this.#takeUpPosition() ?? (config.time === "ends_now" ? this.#shiftToNow(format) : 0);
    this.#reader = new LineReader({ lineBytesMax: config.line_bytes_max });
    this.#hold = format.records === undefined ? undefined : new RecordHold(format.records);
    this.#counters = new LineCounters(context, path);
    this.#feed = new EventFeed({
      format,
      intake: openDestination(context, config, format),
      shiftMs: this.#shiftMs,
    });
    this.finished = new Promise((finish, fail) => {
      this.#running = this.#readAll().then((isAtEnd) => (isAtEnd ? finish() : undefined), fail);
    });
    // Whoever looks at `finished` learns of a failure, and so does whoever asks for the status; nobody need look.
    this.finished.catch(() => {});
  }

  status(): SourceStatus {
    if (this.#failure !== undefined) return { sentence: this.#failure.message, ok: false };
    const { size } = this.#file.stats;
    if (this.#isAtEnd) return { sentence: `read ${this.#path} to its end: ${this.#feed.events} events`, ok: true };
    const percent = size === 0 ? 100 : Math.min(100, Math.floor((this.#cursor.offset * 100) / size));
    return { sentence: `reading ${this.#path} at ${percent} %`, ok: true };
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#running;
  }

  /** True at the end of the log, false when it was stopped before. */
  async #readAll(): Promise<boolean> {
    const { steps } = this.#context;
    try {
      while (!this.#isAtEnd) {
        // Others have a turn after each region, and before the first: what is opened together with this source is open by then.
        await setImmediate();
        await this.#context.room();
        if (steps.stopping || this.#isClosing) return false;
        await steps.run(`replay ${this.#path}`, () => this.#readRegion());
      }
      return true;
    } finally {
      closeSync(this.#file.fd);
    }
  }

  #readRegion(): void {
    const { fd, stats } = this.#file;
    const reader = this.#reader;
    const { offset } = this.#cursor;
    const skippedBefore = reader.skipped;
    let isRest = false;
    try {
      // Where nothing more comes, the last record is over, and takes a last line without a newline with it.
      const isWhole = this.#hold?.isStuck !== true && reader.read(fd, this.#cursor);
      isRest = !isWhole && reader.readRest(fd, this.#cursor);
      this.#isAtEnd = !isWhole && !isRest;
    } catch (thrown) {
      this.#failure = cannotRead(this.#path, offset, thrown);
      throw this.#failure;
    }
    if (!this.#isAtEnd && !isRest && this.#hold?.release(reader, this.#cursor, false) === false) return;
    this.#feed.feed(reader.bytes, reader.start, reader.end, offset, this.#context.clock.nowMs(), this.#counters.refused);
    this.#counters.skipped(reader.skipped - skippedBefore);
    if (this.#isAtEnd) this.#context.positions.delete(this.#positionKey);
    else this.#context.positions.set(this.#positionKey, { ...positionAt(fd, stats.ino, this.#cursor), shift_ms: this.#shiftMs });
  }

  /** Goes on where it was when the daemon ended, if the log is the same. Gives by how much times were moved then. */
  #takeUpPosition(): number | undefined {
    const kept = this.#context.positions.get(this.#positionKey);
    const position = parseFilePosition(kept);
    if (position === undefined || typeof kept !== "object" || kept === null || !("shift_ms" in kept)) return undefined;
    if (typeof kept.shift_ms !== "number" || !continues(this.#file.fd, position, this.#file.stats)) return undefined;
    this.#cursor.offset = position.offset;
    this.#cursor.isSkipping = position.is_skipping;
    return kept.shift_ms;
  }

  #shiftToNow(format: Format): number {
    const nowMs = this.#context.clock.nowMs();
    const lastMs = lastTimeMs(this.#file.fd, this.#file.stats.size, format, nowMs);
    return lastMs === undefined ? 0 : nowMs - lastMs;
  }
}
