import type { Expression } from "../../kit/index.ts";

/** Tells where records of several lines begin and end, by the look of their first lines. Lines before the first such line are a record. */
export class RecordLines {
  readonly #firstLine: Expression;
  readonly #linesMax: number;
  readonly #lineBytesMax: number;

  /** A line longer than `lineBytesMax` is not tried, and is none that begins a record. */
  constructor(firstLine: Expression, linesMax: number, lineBytesMax: number) {
    this.#firstLine = firstLine;
    this.#linesMax = linesMax;
    this.#lineBytesMax = lineBytesMax;
  }

  /** Where the record ends that begins at `start`: its last newline, at `end - 1` at the latest. */
  recordEnd(bytes: Buffer, start: number, end: number): number {
    let newline = bytes.indexOf(NEWLINE, start);
    for (let lines = 1; lines < this.#linesMax && newline + 1 < end; lines++) {
      const next = bytes.indexOf(NEWLINE, newline + 1);
      if (this.#isFirst(bytes, newline + 1, next)) break;
      newline = next;
    }
    return newline;
  }

  /**
   * Where the last record of the lines `[start, end)` begins, which may go on behind them; `start` when there is but one. A record that
   * has all the lines it may have is over: then it is `end`.
   */
  lastStart(bytes: Buffer, start: number, end: number): number {
    let at = start;
    for (;;) {
      const newline = this.recordEnd(bytes, at, end);
      if (newline + 1 >= end) break;
      at = newline + 1;
    }
    let lines = 0;
    for (let newline = bytes.indexOf(NEWLINE, at); newline >= 0 && newline < end; newline = bytes.indexOf(NEWLINE, newline + 1)) lines++;
    return lines >= this.#linesMax ? end : at;
  }

  #isFirst(bytes: Buffer, start: number, end: number): boolean {
    return end - start <= this.#lineBytesMax && this.#firstLine.test(bytes.toString("utf8", start, end));
  }
}

const NEWLINE = 0x0a;
