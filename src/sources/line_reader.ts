import { readSync } from "node:fs";

/** How far a file has been read. */
export interface LineCursor {
  /** Of the first byte that was not handed out: the beginning of a line, unless `isSkipping`. */
  offset: number;
  /** The byte at `offset` is inside a line that is longer than the bound; reading goes on behind its end. */
  isSkipping: boolean;
}

/**
 * Reads regions of whole lines into one buffer that is used over and over, for one file after the other.
 *
 * A last line without its newline is not handed out until it is complete (or `readRest` asks for it). A line longer than `lineBytesMax`
 * is skipped and counted, and never held in memory. Which lines those are depends on the lines alone, not on how they came to be read:
 * reading again after a crash gives the same events.
 */
export class LineReader {
  /** Behind the longest line there is room for a newline, and for reading a word at a time across the end. */
  readonly bytes: Buffer;
  /** The region that was read last: whole lines, the last byte is a newline. Empty where part of a line was skipped. */
  start = 0;
  end = 0;
  /** Lines skipped for their length, of all files. */
  skipped = 0;
  readonly #lineBytesMax: number;
  readonly #regionBytes: number;
  readonly #isSequential: boolean;
  /** Only when sequential: bytes that were read already and stand behind the region. */
  #restStart = 0;
  #restEnd = 0;

  constructor({ lineBytesMax, regionBytes = REGION_BYTES, isSequential = false }: LineReaderOptions) {
    this.#lineBytesMax = lineBytesMax;
    // A region begins with a line, so none of its whole lines is longer than the bound as long as the region is not.
    this.#regionBytes = Math.min(regionBytes, lineBytesMax + 1);
    this.#isSequential = isSequential;
    this.bytes = Buffer.allocUnsafeSlow(lineBytesMax + 1 + ROOM_BYTES);
  }

  /** Reads on from `cursor` and moves it. False when there is no whole line more now; the cursor then stands at what is left, if any. */
  read(fd: number, cursor: LineCursor): boolean {
    let filled = this.#keepRest();
    this.start = this.end = 0;
    for (;;) {
      const wanted = filled < this.#regionBytes ? this.#regionBytes : this.#lineBytesMax + 1;
      const count = readSync(fd, this.bytes, filled, wanted - filled, this.#isSequential ? null : cursor.offset + filled);
      if (count === 0) {
        this.#restEnd = this.#isSequential ? filled : 0;
        return false;
      }
      const regionEnd = lastNewline(this.bytes, filled, filled + count) + 1;
      filled += count;
      if (regionEnd > 0) {
        this.#handOut(cursor, regionEnd, filled);
        return true;
      }
      if (cursor.isSkipping || filled > this.#lineBytesMax) {
        if (!cursor.isSkipping) this.skipped++;
        cursor.isSkipping = true;
        cursor.offset += filled;
        return true;
      }
    }
  }

  /** After `read` gave false: takes what is left as a last line. False when nothing is, or only the rest of a line that is skipped. */
  readRest(fd: number, cursor: LineCursor): boolean {
    const filled = this.#isSequential ? this.#keepRest() : readSync(fd, this.bytes, 0, this.#lineBytesMax, cursor.offset);
    this.start = this.end = 0;
    if (filled === 0 || cursor.isSkipping) return false;
    this.bytes[filled] = NEWLINE;
    // Lines that were put back have their newlines.
    this.end = this.bytes[filled - 1] === NEWLINE ? filled : filled + 1;
    cursor.offset += filled;
    return true;
  }

  /** Takes the lines from `at` on out of the region again: the next read hands them out, with what follows them. */
  putBack(cursor: LineCursor, at: number): void {
    cursor.offset -= this.end - at;
    if (this.#isSequential) this.#restStart -= this.end - at;
    this.end = at;
  }

  #handOut(cursor: LineCursor, regionEnd: number, filled: number): void {
    this.start = cursor.isSkipping ? this.bytes.indexOf(NEWLINE) + 1 : 0;
    this.end = regionEnd;
    cursor.isSkipping = false;
    cursor.offset += regionEnd;
    if (this.#isSequential) [this.#restStart, this.#restEnd] = [regionEnd, filled];
  }

  #keepRest(): number {
    const kept = this.#restEnd - this.#restStart;
    this.bytes.copyWithin(0, this.#restStart, this.#restEnd);
    this.#restStart = this.#restEnd = 0;
    return kept;
  }
}

export interface LineReaderOptions {
  readonly lineBytesMax: number;
  /** How much is read at once, as long as that holds a whole line. Small enough to stay in the processor's cache until it is scanned. */
  readonly regionBytes?: number;
  /** For what cannot be read at an offset, such as a pipe: one reader then reads one input only. */
  readonly isSequential?: boolean;
}

function lastNewline(bytes: Buffer, start: number, end: number): number {
  const at = bytes.lastIndexOf(NEWLINE, end - 1);
  return at < start ? -1 : at;
}

/** The longest line that is read unless a setting says otherwise, without its newline. */
export const LINE_BYTES_MAX = 1 << 20;

/** How much is read at once unless it is said otherwise. */
export const REGION_BYTES = 1 << 18;
const ROOM_BYTES = 4;
const NEWLINE = 0x0a;
