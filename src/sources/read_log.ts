import { closeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { Format, Intake } from "../component/index.ts";
import { EventFeed, type Refusals } from "./event_feed.ts";
import { LINE_BYTES_MAX, type LineCursor, LineReader } from "./line_reader.ts";
import { cannotRead, openLog } from "./log_file.ts";
import { RecordHold } from "./record_hold.ts";

/** What reading a log gave. */
export interface ReadSummary {
  /** All lines: `events`, the refused and the skipped. */
  readonly lines: number;
  readonly events: number;
  /** By reason, with where the first one stands. */
  readonly refusals: ReadonlyMap<string, Readonly<Refusals>>;
  /** Lines that were longer than the bound, and so were not read. */
  readonly skipped: number;
  readonly bytes: number;
  /** False when `signal` aborted before the end. */
  readonly isComplete: boolean;
}

/** How far reading has come. */
export interface ReadProgress {
  readonly bytes: number;
  /** Undefined for a pipe. */
  readonly bytesTotal: number | undefined;
  readonly events: number;
}

/**
 * Reads a log, or a pipe such as `/dev/stdin`, from its beginning to its end and hands its events to `intake`, with as little around it as
 * can be: no daemon, no positions, no settings. A last line without a newline counts. Gives way to the event loop every 4 MiB, and is
 * stopped there by `signal`. `nowMs` is the time of events whose format has none.
 *
 * Throws HOTAKA_SOURCE_OPEN, or HOTAKA_SOURCE_READ when it breaks off on the way; what was accepted until then stays accepted.
 */
export async function readLog({ path, format, intake, nowMs, ...options }: ReadLogOptions): Promise<ReadSummary> {
  const { fd, stats } = openLog(path, { isPipeAllowed: true });
  try {
    const bytesTotal = stats.isFile() ? stats.size : undefined;
    const reader = new LineReader({ lineBytesMax: options.lineBytesMax ?? LINE_BYTES_MAX, isSequential: !stats.isFile() });
    const feed = new EventFeed({ format, intake });
    const cursor: LineCursor = { offset: 0, isSkipping: false };
    const hold = format.records === undefined ? undefined : new RecordHold(format.records);
    let isAtEnd = false;
    for (let turn = 1; !isAtEnd && options.signal?.aborted !== true; turn++) {
      while (!isAtEnd && cursor.offset < turn * TURN_BYTES) isAtEnd = !readRegion({ path, fd, reader, cursor, feed, nowMs, hold });
      options.onProgress?.({ bytes: cursor.offset, bytesTotal, events: feed.events });
      if (!isAtEnd) await setImmediate();
    }
    const lines = feed.lines + reader.skipped;
    const { events, refusals } = feed;
    return { lines, events, refusals, skipped: reader.skipped, bytes: cursor.offset, isComplete: isAtEnd };
  } finally {
    closeSync(fd);
  }
}

export interface ReadLogOptions {
  readonly path: string;
  readonly format: Format;
  readonly intake: Intake;
  readonly nowMs: number;
  /** 1 MiB unless given. */
  readonly lineBytesMax?: number;
  readonly onProgress?: (progress: ReadProgress) => void;
  readonly signal?: AbortSignal;
}

/** Reads and feeds one region, or at the end the last line without a newline. False when there is nothing more. */
function readRegion({ path, fd, reader, cursor, feed, nowMs, hold }: Reading): boolean {
  const offset = cursor.offset;
  let isMore: boolean;
  let isRest = false;
  try {
    // Where nothing more comes, the last record is over, and takes a last line without a newline with it.
    isMore = hold?.isStuck !== true && reader.read(fd, cursor);
    if (!isMore) isMore = isRest = reader.readRest(fd, cursor);
  } catch (thrown) {
    throw cannotRead(path, offset, thrown);
  }
  if (isMore && !isRest && hold?.release(reader, cursor, false) === false) return true;
  feed.feed(reader.bytes, reader.start, reader.end, offset, nowMs);
  return isMore;
}

interface Reading {
  readonly path: string;
  readonly fd: number;
  readonly reader: LineReader;
  readonly cursor: LineCursor;
  readonly feed: EventFeed;
  readonly nowMs: number;
  readonly hold: RecordHold | undefined;
}

const TURN_BYTES = 4 << 20;
