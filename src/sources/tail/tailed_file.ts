import { closeSync, fstatSync, type Stats } from "node:fs";
import type { Records } from "../../component/index.ts";
import { bytesBefore, bytesBehind, continues, type FilePosition, headOf, positionBehind } from "../file_position.ts";
import { type LineCursor, type LineReader, REGION_BYTES } from "../line_reader.ts";
import type { LogFile } from "../log_file.ts";
import { RecordHold } from "../record_hold.ts";

/** Records of several lines, and how long a file must not have grown for its last one to be over. */
export interface HeldRecords {
  readonly records: Records;
  readonly flushAfterMs: number;
}

/** One of the files that a log has been, held open: it can be read to its end whatever it is named by then. */
export class TailedFile {
  readonly inode: number;
  readonly #device: number;
  readonly cursor: LineCursor;
  readonly #fd: number;
  #position: FilePosition;
  /** The bytes before the position, as they were read. */
  #before: Buffer;
  #seenBytes: number;
  #seenMs: number;
  /** When it had been written last at the time it was opened, or looked at last. */
  #modifiedMs: number;
  #isDue = true;
  readonly #records: HeldRecords | undefined;
  readonly #hold: RecordHold | undefined;
  #isHolding = false;
  /** When it was last found longer. */
  grownMs: number;
  /** How often `look` found it changed. */
  changes = 0;

  constructor({ fd, stats }: LogFile, cursor: LineCursor, nowMs: number, records?: HeldRecords) {
    this.#fd = fd;
    this.inode = stats.ino;
    this.#device = stats.dev;
    this.cursor = cursor;
    this.grownMs = nowMs;
    this.#records = records;
    this.#hold = records === undefined ? undefined : new RecordHold(records.records);
    this.#seenBytes = stats.size;
    this.#seenMs = this.#modifiedMs = stats.mtimeMs;
    this.#before = bytesBefore(fd, cursor.offset);
    this.#position = positionBehind(this.#before, this.inode, cursor, stats.mtimeMs);
  }

  /** True when these are the stats of this very file. */
  isSame(stats: Stats): boolean {
    return stats.ino === this.inode && stats.dev === this.#device;
  }

  /** How far it has been read. */
  get position(): FilePosition {
    return this.#position;
  }

  /** Bytes that were there when it was last looked at and have not been read. */
  get unreadBytes(): number {
    return Math.max(0, this.#seenBytes - this.cursor.offset);
  }

  /** Whether `read` may give something, now or when time has passed. */
  get isPending(): boolean {
    return this.#isDue || this.#isHolding;
  }

  get sizeBytes(): number {
    return Math.max(0, this.#seenBytes);
  }

  /** Looks whether it has changed. False when it is not the same any more: it was truncated, and perhaps written anew. */
  look(nowMs: number, stats: Stats = fstatSync(this.#fd)): boolean {
    if (stats.size === this.#seenBytes && stats.mtimeMs === this.#seenMs) return true;
    this.#seenBytes = stats.size;
    this.#seenMs = this.#modifiedMs = stats.mtimeMs;
    this.grownMs = nowMs;
    this.changes++;
    this.#isDue = true;
    return continues(this.#fd, this.#position, stats);
  }

  /**
   * Reads the next region of whole lines, or of whole records. False, without a look at the disk, until there may be more: a last record
   * is over when the file has not grown for a while, or is as long as what is read at once, or `isOver`.
   */
  read(reader: LineReader, nowMs: number, isOver: boolean): boolean {
    // `readRest` takes the last record, with a last line that has no newline.
    if (this.#isHolding && isOver) return false;
    const isLastOver = this.#isHolding && (this.#isQuiet(nowMs) || this.unreadBytes >= REGION_BYTES);
    if (isLastOver) this.#isDue = true;
    if (this.#isDue) this.#isDue = reader.read(this.#fd, this.cursor);
    if (!this.#isDue || this.#hold === undefined) return this.#isDue;
    const isReleased = this.#hold.release(reader, this.cursor, isLastOver);
    this.#isHolding = !isReleased;
    this.#isDue = isReleased;
    return isReleased;
  }

  #isQuiet(nowMs: number): boolean {
    return this.#records !== undefined && nowMs - this.grownMs >= this.#records.flushAfterMs;
  }

  /** After `read` gave false: takes a last line without a newline. */
  readRest(reader: LineReader): boolean {
    this.#isHolding = false;
    return reader.readRest(this.#fd, this.cursor);
  }

  /**
   * To be called when what was read has been taken. With the bytes that were read nothing is read again: by now the file may have been truncated
   * and written anew.
   */
  settle(read?: Buffer): void {
    const follows = read !== undefined && this.#position.offset + read.length === this.cursor.offset;
    this.#before = follows ? bytesBehind(this.#before, read) : bytesBefore(this.#fd, this.cursor.offset);
    this.#position = positionBehind(this.#before, this.inode, this.cursor, this.#modifiedMs);
  }

  /** Begins again at the beginning. */
  rewind(): void {
    this.cursor.offset = 0;
    this.cursor.isSkipping = false;
    this.#isDue = true;
    this.settle();
  }

  /** The bytes that it begins with now. */
  get head(): Buffer {
    return headOf(this.#fd);
  }

  /** False when it was truncated since its position was taken: what was read behind that is not what followed. */
  isStill(): boolean {
    const stats = fstatSync(this.#fd);
    if (stats.size === this.#seenBytes && stats.mtimeMs === this.#seenMs) return true;
    return continues(this.#fd, this.#position, stats);
  }

  get modifiedMs(): number {
    return fstatSync(this.#fd).mtimeMs;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
