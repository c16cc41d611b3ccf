import type { Records } from "../component/index.ts";
import { type LineCursor, type LineReader, REGION_BYTES } from "./line_reader.ts";

/**
 * Lets only whole records of several lines out of one input. The last one, which may go on, is given back to the reader, so that the
 * position stands at its beginning, and whatever was read is read again after a crash. A record that does not fit half a region
 * goes out as far as it was read.
 */
export class RecordHold {
  /** After `release` gave false: nothing has come since it did so the last time. */
  isStuck = false;
  readonly #records: Records;
  #heldEnd = -1;

  constructor(records: Records) {
    this.#records = records;
  }

  /**
   * Shortens what the reader has just read to records that are over; all of it where the input `isOver`. False when that leaves nothing:
   * more has to come, or the input to be over.
   */
  release(reader: LineReader, cursor: LineCursor, isOver: boolean): boolean {
    const { bytes, start, end } = reader;
    if (start === end || isOver) return true;
    const last = this.#records.lastStart(bytes, start, end);
    if (last === end || (last === start && end - start >= REGION_BYTES / 2)) return true;
    this.isStuck = last === start && cursor.offset === this.#heldEnd;
    this.#heldEnd = cursor.offset;
    reader.putBack(cursor, last);
    return last > start;
  }
}
