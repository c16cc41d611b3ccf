import { closeSync, readSync, type Stats, statSync } from "node:fs";
import type { SourceContext, SourceStatus } from "../../component/index.ts";
import { type Backoff, backoffMs, errnoOf, type ErrorCode, HotakaError } from "../../kit/index.ts";
import type { EventFeed } from "../event_feed.ts";
import { beginsAlike, CHECK_BYTES_MAX, continues, type FilePosition, headOf, positionAt } from "../file_position.ts";
import { LineCounters } from "../line_counters.ts";
import type { LineCursor, LineReader } from "../line_reader.ts";
import { cannotOpen, cannotRead, type LogFile, openLog } from "../log_file.ts";
import { type KeptPosition, parseKeptPosition } from "./kept_position.ts";
import { rotatedFiles, type RotatedNames } from "./rotated.ts";
import type { Transcoder } from "./transcoder.ts";
import { type HeldRecords, TailedFile } from "./tailed_file.ts";

/**
 * Follows one log through all the files it becomes.
 *
 * Renamed away: the old file is read to its end, and let go once it has not grown for `rotatedWaitMs`; files that came and went between
 * two looks are found by their names. Truncated: the copy that copytruncate made is looked for and read on from where the log was, then
 * the log from its beginning. Both likewise after a restart. So each line is an event once, unless it was gone before anybody looked.
 */
export class LogFollower {
  readonly #options: LogFollowerOptions;
  readonly #counters: LineCounters;
  /** The oldest first. The last one stands at the path, or did until it was renamed and another has not come yet. */
  readonly #files: TailedFile[] = [];
  #finished: FilePosition[] = [];
  #trouble: Trouble | undefined;
  /** Until it has begun. */
  #opened: LogFile | undefined;

  /** Throws HOTAKA_SOURCE_OPEN when there is a log that cannot be read; one that is not there yet is waited for. */
  constructor(options: LogFollowerOptions) {
    this.#options = options;
    this.#counters = new LineCounters(options.context, options.path);
    this.#opened = this.#openIfThere();
  }

  /**
   * To be called once, before all else: finds where to go on. `folders` is what stands beside the log, read after this was made: of what is
   * rotated away from then on the log is still the file that is open.
   */
  begin(folders: RotatedNames): void {
    const { context, positionKey } = this.#options;
    const file = this.#opened;
    const kept = parseKeptPosition(context.positions.get(positionKey)) ?? this.#imported(folders);
    if (kept === undefined) this.#beginNew(file, folders);
    else this.#resume(kept, file);
    this.#opened = undefined;
    this.#keepPosition();
  }

  status(): SourceStatus {
    const { path, context, rotatedWaitMs } = this.#options;
    const last = this.#files.at(-1);
    if (this.#trouble?.isMissing === true && last !== undefined && context.clock.nowMs() - last.grownMs < rotatedWaitMs) {
      return { sentence: `waiting for ${path}: it was renamed, and there is no new one yet`, ok: true };
    }
    if (this.#trouble !== undefined) return { sentence: this.#trouble.sentence, ok: false };
    const unreadBytes = this.#files.reduce((sum, file) => sum + file.unreadBytes, 0);
    if (unreadBytes < BEHIND_BYTES_MIN) return { sentence: `following ${path}`, ok: true };
    const bytes = this.#files.reduce((sum, file) => sum + file.sizeBytes, 0);
    return { sentence: `reading ${path} at ${Math.floor(((bytes - unreadBytes) * 100) / bytes)} %`, ok: true };
  }

  /** Looks what has become of the log. Costs a system call or two as long as nothing has. */
  look(nowMs: number): void {
    if (this.#isWaiting(nowMs)) return;
    if (this.#files.length > 1) for (const file of this.#files.slice(0, -1)) if (!file.look(nowMs)) this.#finish(file);
    const current = this.#files.at(-1);
    try {
      const stats = statSync(this.#options.path);
      if (current === undefined || !current.isSame(stats)) this.#openNext(current, nowMs);
      else this.#lookAt(current, nowMs, stats);
      if (this.#trouble?.code !== "HOTAKA_SOURCE_READ") this.#recover();
    } catch (thrown) {
      current?.look(nowMs);
      this.#fail(thrown instanceof HotakaError ? thrown : cannotOpen(this.#options.path, thrown), nowMs);
    }
  }

  /** Looks at the file at the end of the list; one that was truncated is begun anew, behind the copies that were made of it. */
  #lookAt(current: TailedFile, nowMs: number, stats?: Stats): void {
    const { unread_since_ms: unreadSinceMs } = current.position;
    const changesBefore = current.changes;
    if (!current.look(nowMs, stats)) this.#beginAnew(current);
    else if (unreadSinceMs !== undefined && current.changes !== changesBefore) {
      // Of a file of which nothing was read nobody can tell whether it was truncated: then there is a copy that is newer than it was.
      this.#addSuccessors(unreadSinceMs, { before: current });
      current.settle();
      this.#keepPosition();
    }
  }

  /** Whether `read` may give something: of a rotated file it is to be asked also whether its time is over. */
  get isPending(): boolean {
    return this.#files.length > 1 || this.#files[0]?.isPending === true;
  }

  /** Reads one region at most, of the oldest file that has one, and hands over its events. False when there is nothing to read now. */
  read(nowMs: number): boolean {
    if (this.#isWaiting(nowMs)) return false;
    for (const [at, file] of this.#files.entries()) {
      const isOld = at < this.#files.length - 1;
      const isOver = isOld && (nowMs - file.grownMs >= this.#options.rotatedWaitMs || this.#files.length > FILES_MAX);
      const found = this.#readFile(file, isOver, nowMs);
      if (isOver && !found) this.#finish(file);
      if (found || isOver) return true;
    }
    return false;
  }

  /** Whether the log is no longer there, and what was known of it is read to its end. */
  isGone(nowMs: number): boolean {
    if (this.#trouble?.isMissing !== true) return false;
    return this.#files.every((file) => file.unreadBytes === 0 && nowMs - file.grownMs >= this.#options.rotatedWaitMs);
  }

  /** When it was last found longer, or 0. */
  get grownMs(): number {
    return this.#files.at(-1)?.grownMs ?? 0;
  }

  close(): void {
    for (const file of this.#files.splice(0)) file.close();
    if (this.#opened !== undefined) closeSync(this.#opened.fd);
    this.#opened = undefined;
  }

  #readFile(file: TailedFile, isOver: boolean, nowMs: number): boolean {
    const { reader, feed, transcoder } = this.#options;
    const { offset, isSkipping } = file.cursor;
    const skippedBefore = reader.skipped;
    let isFound: boolean;
    try {
      isFound = file.read(reader, nowMs, isOver) || (isOver && file.readRest(reader));
    } catch (thrown) {
      this.#fail(cannotRead(this.#options.path, offset, thrown), nowMs);
      return false;
    }
    if (this.#trouble?.code === "HOTAKA_SOURCE_READ") this.#recover();
    if (!isFound) return false;
    if (!file.isStill()) {
      // It was truncated since it was looked at: these are bytes of what was written anew.
      file.cursor.offset = offset;
      file.cursor.isSkipping = isSkipping;
      this.#beginAnew(file);
      return true;
    }
    const { unread_since_ms: unreadSinceMs } = file.position;
    // Nor can it be told otherwise whether this is the beginning of what stood here when it was looked at.
    if (unreadSinceMs !== undefined && file === this.#files.at(-1)) {
      const head = Buffer.from(reader.bytes.subarray(reader.start, Math.min(reader.end, reader.start + CHECK_BYTES_MAX)));
      this.#addSuccessors(unreadSinceMs, { before: file, head });
    }
    if (transcoder === undefined) feed.feed(reader.bytes, reader.start, reader.end, offset, nowMs, this.#counters.refused);
    else this.#feedTranscoded(transcoder, offset, nowMs);
    this.#counters.skipped(reader.skipped - skippedBefore);
    file.settle(reader.bytes.subarray(reader.start, reader.end));
    this.#keepPosition();
    return true;
  }

  #feedTranscoded(transcoder: Transcoder, offset: number, nowMs: number): void {
    const { reader, feed } = this.#options;
    const text = transcoder.utf8(reader.bytes, reader.start, reader.end);
    // Where a line begins in the text is not where it begins in the log.
    feed.feed(text, 0, text.length, 0, nowMs, (reason) => this.#counters.refused(reason, offset));
  }

  /** Nothing is known of this log: it is read from where the settings say. */
  #beginNew(file: LogFile | undefined, folders: RotatedNames): void {
    // What was rotated away before is none of ours, wherever it turns up later.
    const rotated = rotatedFiles(this.#options.path, folders).filter(({ stats }) => stats.ino !== file?.stats.ino);
    for (const { path } of rotated.slice(-FINISHED_MAX)) {
      const before = openIfPossible(path);
      if (before === undefined) continue;
      this.#finished.push(positionAt(before.fd, before.stats.ino, { offset: before.stats.size, isSkipping: false }));
      closeSync(before.fd);
    }
    if (file !== undefined) this.#add(file, this.#options.from === "end" ? cursorAtEnd(file) : { offset: 0, isSkipping: false });
  }

  /** Where another program was in this log, as a position of ours; undefined when it was not, or its file is gone. */
  #imported(folders: RotatedNames): KeptPosition | undefined {
    const { path, imported } = this.#options;
    if (imported === undefined) return undefined;
    const paths = [path, ...rotatedFiles(path, folders).map((rotated) => rotated.path)];
    for (const candidate of paths) {
      const file = openIfPossible(candidate);
      if (file === undefined) continue;
      const isIt = file.stats.ino === imported.inode && file.stats.size >= imported.offset;
      const position = isIt ? positionAt(file.fd, imported.inode, { offset: imported.offset, isSkipping: false }) : undefined;
      closeSync(file.fd);
      if (position !== undefined) return { files: [position], finished: [] };
    }
    return undefined;
  }

  /** The log was being read when the daemon ended: goes on there, in whichever file that is now. */
  #resume(kept: KeptPosition, file: LogFile | undefined): void {
    this.#finished = [...kept.finished];
    const last = kept.files.at(-1);
    const isCurrent = file !== undefined && last !== undefined && continues(file.fd, last, file.stats);
    for (const position of isCurrent ? kept.files.slice(0, -1) : kept.files) this.#addRotated(position, file);
    const newest = this.#files.at(-1);
    if (isCurrent) {
      const current = this.#add(file, cursorOf(last));
      if (last.unread_since_ms !== undefined) this.#addSuccessors(last.unread_since_ms, { before: current });
      return;
    }
    if (newest !== undefined) {
      if (last?.unread_since_ms !== undefined) this.#addSuccessors(last.unread_since_ms, { before: newest });
      this.#addSuccessors(newest.modifiedMs, { current: file });
    }
    if (file !== undefined) this.#add(file, { offset: 0, isSkipping: false });
  }

  /** Goes on with a file that was rotated away while nobody looked. */
  #addRotated(position: FilePosition, current: LogFile | undefined): void {
    const { path, context } = this.#options;
    const file = this.#findRotated(position, current);
    if (file !== undefined) this.#add(file, cursorOf(position));
    else context.log.warn(`${context.name}: ${path}: a file that was read up to byte ${position.offset} is gone; what followed is lost.`);
  }

  /** The path has another file than before, or its first one. */
  #openNext(old: TailedFile | undefined, nowMs: number): void {
    const file = openLog(this.#options.path);
    if (old?.isSame(file.stats) === true) {
      closeSync(file.fd);
      return;
    }
    if (old !== undefined) {
      // It may have been truncated too since, before it was renamed.
      this.#lookAt(old, nowMs);
      old.grownMs = nowMs;
      this.#addSuccessors(old.modifiedMs, { current: file });
      this.#options.context.log.info(`${this.#options.context.name}: ${this.#options.path} was rotated; the old file is read to its end.`);
    }
    // A file that was read to its end before has come back.
    const known = this.#finished.find((position) => position.inode === file.stats.ino && continues(file.fd, position, file.stats));
    this.#finished = this.#finished.filter((position) => position !== known);
    this.#add(file, known === undefined ? { offset: 0, isSkipping: false } : cursorOf(known));
    this.#keepPosition();
  }

  /**
   * Files that were written last at `sinceMs` or later and were rotated away before anybody looked: those that stood at the path, and copies of
   * what did.
   */
  #addSuccessors(
    sinceMs: number,
    { current, before, head = before?.head ?? (current === undefined ? NO_BYTES : headOf(current.fd)) }: Successors,
  ): void {
    const untilMs = before?.modifiedMs ?? Number.POSITIVE_INFINITY;
    const behind = before === undefined ? [] : this.#files.splice(this.#files.indexOf(before));
    for (const { path, stats } of rotatedFiles(this.#options.path)) {
      const isKnown = current?.stats.ino === stats.ino || [...this.#files, ...behind].some((file) => file.isSame(stats));
      if (isKnown || stats.size === 0 || stats.mtimeMs < sinceMs || stats.mtimeMs > untilMs) continue;
      const file = openIfPossible(path);
      if (file === undefined) continue;
      const isFinished = this.#finished.some((position) => position.inode === stats.ino && continues(file.fd, position, file.stats));
      // A copy that was made, of a log that has not been truncated yet, holds nothing of its own; once it is truncated it is looked for again.
      const isCopy = beginsAlike(file.fd, head);
      if (isFinished || isCopy) closeSync(file.fd);
      else this.#add(file, { offset: 0, isSkipping: false });
    }
    this.#files.push(...behind);
  }

  /** The file was truncated. Whoever copied it before has what was not read yet. */
  #beginAnew(current: TailedFile): void {
    const { path, context } = this.#options;
    const copy = this.#findRotated(current.position, undefined);
    if (copy !== undefined) {
      this.#files.splice(this.#files.indexOf(current), 1);
      const { modifiedMs } = this.#add(copy, cursorOf(current.position));
      this.#files.push(current);
      this.#addSuccessors(modifiedMs, { before: current });
    }
    const found = copy === undefined ? "" : "; the rest is read from its copy";
    context.log.info(`${context.name}: ${path} was truncated at byte ${current.cursor.offset} or later${found}.`);
    current.rewind();
    this.#keepPosition();
  }

  /** The rotated file that continues at `position`: the same one by its number if there is one, or a copy. */
  #findRotated(position: FilePosition, current: LogFile | undefined): LogFile | undefined {
    const candidates = rotatedFiles(this.#options.path)
      .filter(({ stats }) => stats.ino !== current?.stats.ino && !this.#files.some((file) => file.isSame(stats)))
      .toReversed()
      .toSorted((left, right) => Number(right.stats.ino === position.inode) - Number(left.stats.ino === position.inode));
    for (const { path } of candidates) {
      const file = openIfPossible(path);
      if (file === undefined) continue;
      if (continues(file.fd, position, file.stats)) return file;
      closeSync(file.fd);
    }
    return undefined;
  }

  #add(file: LogFile, cursor: LineCursor): TailedFile {
    const { context, records } = this.#options;
    const added = new TailedFile(file, cursor, context.clock.nowMs(), records);
    this.#files.push(added);
    return added;
  }

  #finish(file: TailedFile): void {
    this.#files.splice(this.#files.indexOf(file), 1);
    this.#finished = [...this.#finished, file.position].slice(-FINISHED_MAX);
    file.close();
    this.#keepPosition();
  }

  #keepPosition(): void {
    const { context, positionKey } = this.#options;
    const position: KeptPosition = { files: this.#files.map((file) => file.position), finished: this.#finished };
    context.positions.set(positionKey, position);
  }

  #openIfThere(): LogFile | undefined {
    try {
      return openLog(this.#options.path);
    } catch (thrown) {
      if (!(thrown instanceof HotakaError) || errnoOf(thrown.cause) !== "ENOENT") throw thrown;
      this.#fail(thrown, 0);
      return undefined;
    }
  }

  #isWaiting(nowMs: number): boolean {
    return this.#trouble !== undefined && nowMs < this.#trouble.retryAtMs;
  }

  /** A log that is not there is looked for at every look; other trouble is left alone for longer and longer, up to a minute. */
  #fail(error: HotakaError, nowMs: number): void {
    const { path, context } = this.#options;
    const isMissing = errnoOf(error.cause) === "ENOENT";
    const sentence = isMissing ? `waiting for ${path}: there is no such file yet` : error.message;
    if (this.#trouble?.sentence !== sentence) {
      if (isMissing) context.log.info(`${context.name}: ${sentence}.`);
      else context.log.warn(`${context.name}: ${sentence} It is tried again.`, { code: error.code });
    }
    const failures = (this.#trouble?.failures ?? 0) + 1;
    this.#trouble = { code: error.code, sentence, isMissing, failures, retryAtMs: isMissing ? 0 : nowMs + backoffMs(RETRY, failures) };
  }

  #recover(): void {
    const { path, context } = this.#options;
    if (this.#trouble !== undefined) context.log.info(`${context.name}: ${path} can be read.`);
    this.#trouble = undefined;
  }
}

export interface LogFollowerOptions {
  /** Absolute. */
  readonly path: string;
  readonly from: "start" | "end";
  readonly rotatedWaitMs: number;
  readonly positionKey: string;
  readonly context: SourceContext;
  /** Shared by all logs of a source: one is read at a time. */
  readonly reader: LineReader;
  readonly feed: EventFeed;
  /** How far another program has read this log. */
  readonly imported?: { readonly inode: number; readonly offset: number } | undefined;
  /** Where the log is not in UTF-8. */
  readonly transcoder?: Transcoder | undefined;
  /** Where an event may be of several lines. */
  readonly records?: HeldRecords | undefined;
}

interface Trouble {
  readonly code: ErrorCode;
  readonly sentence: string;
  readonly isMissing: boolean;
  readonly failures: number;
  readonly retryAtMs: number;
}

/** Behind the last byte. If that is not a newline, the rest of its line is not taken for a line. */
function cursorAtEnd({ fd, stats }: LogFile): LineCursor {
  const last = Buffer.alloc(1);
  const isInLine = stats.size > 0 && readSync(fd, last, 0, 1, stats.size - 1) === 1 && last[0] !== 0x0a;
  return { offset: stats.size, isSkipping: isInLine };
}

function cursorOf(position: FilePosition): LineCursor {
  return { offset: position.offset, isSkipping: position.is_skipping };
}

function openIfPossible(path: string): LogFile | undefined {
  try {
    return openLog(path);
  } catch {
    // It was renamed or compressed since its name was read, or is not ours to read.
    return undefined;
  }
}

/** A log that is no further behind counts as read. */
const BEHIND_BYTES_MIN = 1 << 20;
/** More rotated files than this are not waited for: the oldest is let go at its end. */
const FILES_MAX = 16;
const FINISHED_MAX = 8;
const RETRY: Backoff = { firstMs: 500, mostMs: 60_000 };

/** Which files are successors. */
interface Successors {
  /** The file that stands at the path now, and is not in the list yet. */
  readonly current?: LogFile | undefined;
  /** They are put before this file, as far as they are older than it is now. */
  readonly before?: TailedFile;
  /** How the log begins of which a copy that was just made holds nothing of its own; without it that of `before` or `current`. */
  readonly head?: Buffer;
}

const NO_BYTES = Buffer.alloc(0);
