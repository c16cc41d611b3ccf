import type { Refused } from "../../component/index.ts";
import { ByteMarks } from "../../kit/index.ts";
import { CLF_TIME_BYTES, clfTimeMs } from "./clf_time.ts";

/**
 * Where the parts of some lines stand, found by one pass over their bytes that checks every part, wanted or not. Lines are in the combined
 * log format of Apache and nginx, or in the common log format, which lacks the last two parts:
 *
 *     line     = host SP ident SP user SP "[" time "]" SP DQ request DQ SP status SP size
 *                [ SP DQ referer DQ [ SP DQ agent DQ ] ] [ CR ] LF
 *     host     = 1*( any byte but SP, DQ, LF )
 *     ident    = 1*( any byte but SP, DQ, LF )
 *     user     = 1*( any byte but LF and unescaped DQ ) / DQ DQ       ; SP only where ident is "-"
 *     time     = see clf_time.ts
 *     status   = 3DIGIT / "-"
 *     size     = 1*15DIGIT / "-"
 *     request, referer, agent = *( any byte but LF and unescaped DQ ) ; see `#closingQuote`
 *
 * A user may hold spaces, and Apache writes an empty one as two quotes, because a stranger chooses it: any name can be sent by Basic
 * authentication, and a line with an odd one must not be a way past the watch. But a log that puts a virtual host first must not be taken
 * for this format with the virtual host as the address, hence the rule about ident. For the same reason anything behind the last part is
 * refused: the line is then of another format. A referer or agent that the line ends in without a closing quote is taken as far as it
 * goes: loggers and syslog cut long lines, and who sends an agent of 10 KB must not be overlooked for it.
 *
 * Everything is an array by row. A part that the line does not have ends at 0.
 */
export class LineIndex {
  readonly timesMs: Float64Array;
  readonly hostStarts: Int32Array;
  readonly hostEnds: Int32Array;
  readonly userStarts: Int32Array;
  readonly userEnds: Int32Array;
  readonly requestStarts: Int32Array;
  readonly requestEnds: Int32Array;
  /** NaN where the line has `-`, and for `000`. */
  readonly codes: Float64Array;
  /** NaN where the line has `-`. */
  readonly sizes: Float64Array;
  readonly refererStarts: Int32Array;
  readonly refererEnds: Int32Array;
  readonly agentStarts: Int32Array;
  readonly agentEnds: Int32Array;
  size = 0;
  readonly #rows: number;
  /** Where the time of the last good line stands, -1 for none, and what it is. */
  #knownTimeAt = -1;
  #timeMs = Number.NaN;
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** The quotes and newlines of some lines, and the next of them. */
  readonly #marks = new ByteMarks(QUOTE, NEWLINE);
  #mark = 0;

  constructor(rows: number) {
    this.#rows = rows;
    this.timesMs = new Float64Array(rows);
    this.hostStarts = new Int32Array(rows);
    this.hostEnds = new Int32Array(rows);
    this.userStarts = new Int32Array(rows);
    this.userEnds = new Int32Array(rows);
    this.requestStarts = new Int32Array(rows);
    this.requestEnds = new Int32Array(rows);
    this.codes = new Float64Array(rows);
    this.sizes = new Float64Array(rows);
    this.refererStarts = new Int32Array(rows);
    this.refererEnds = new Int32Array(rows);
    this.agentStarts = new Int32Array(rows);
    this.agentEnds = new Int32Array(rows);
  }

  /** Reads lines from `start` until all rows are used or `end`, just past a newline, is reached. Returns where it stopped. */
  read(bytes: Buffer, start: number, end: number, refused: Refused): number {
    const view = this.#viewOf(bytes);
    const rows = this.#rows;
    this.#knownTimeAt = -1;
    this.size = 0;
    let lineStart = start;
    while (lineStart < end && this.size < rows) {
      const stretchEnd = this.#markLines(bytes, lineStart, end);
      while (lineStart < stretchEnd && this.size < rows) {
        const next = this.#readLine(bytes, view, lineStart);
        // A line never begins at 0 behind another one, so what is not above 0 says why the line was refused.
        if (next > 0) {
          lineStart = next;
          this.size++;
        } else {
          const newline = this.#nextNewline(bytes);
          refused(REFUSALS[-next]!, lineStart, newline);
          lineStart = newline + 1;
        }
      }
    }
    return lineStart;
  }

  /** Finds the quotes and newlines of one whole line or more, from `lineStart` on. Returns where the last of these lines ends. */
  #markLines(bytes: Buffer, lineStart: number, end: number): number {
    this.#mark = 0;
    for (let stretchBytes = STRETCH_BYTES; ; stretchBytes *= 2) {
      let last = this.#marks.mark(bytes, lineStart, Math.min(lineStart + stretchBytes, end)) - 1;
      const { places } = this.#marks;
      while (last >= 0 && bytes[places[last]!] !== NEWLINE) last--;
      if (last >= 0) return places[last]! + 1;
    }
  }

  /**
   * Reads the line that begins at `lineStart` into row `size`. Returns where the next line begins, or the refusal, negated. `#mark` is the
   * first of its marks, and the first of the next line afterwards; or one of its own where it is refused.
   *
   * One long function that is called for each line: V8 compiles it once and by itself. As a loop over lines it was compiled three times,
   * and cut into shorter ones each was compiled by itself and again in those that call it.
   */
  #readLine(bytes: Buffer, view: DataView, lineStart: number): number {
    const row = this.size;
    const { places } = this.#marks;
    let at = lineStart;
    let byte = bytes[at]!;
    while (byte > QUOTE || (byte !== SPACE && byte !== NEWLINE && byte !== QUOTE)) byte = bytes[++at]!;
    if (byte !== SPACE || at === lineStart) return isBlank(bytes, lineStart) ? -EMPTY : -HOST;
    this.hostStarts[row] = lineStart;
    this.hostEnds[row] = at;

    // Nearly every line goes on with `- - [`; the rest take the long way.
    let timeAt = at + 6;
    if (timeAt < bytes.length && view.getInt32(at + 1, true) === DASH_SPACE_DASH_SPACE && bytes[at + 5] === OPEN) {
      this.userEnds[row] = 0;
    } else {
      timeAt = this.#readUser(bytes, at + 1, row);
      if (timeAt < 0) return -USER;
      while (places[this.#mark]! < timeAt) this.#mark++;
    }

    // Most lines are of the same second as the good line before: its time is compared before this one is parsed.
    const knownTimeAt = this.#knownTimeAt;
    if (knownTimeAt >= 0 && timeAt + CLF_TIME_BYTES + 3 <= bytes.length && isSameTime(view, knownTimeAt, timeAt)) {
      this.timesMs[row] = this.#timeMs;
    } else {
      const timeMs = clfTimeMs(bytes, timeAt);
      this.#timeMs = timeMs;
      this.#knownTimeAt = Number.isNaN(timeMs) ? -1 : timeAt;
      this.timesMs[row] = timeMs;
    }
    if (this.#knownTimeAt < 0 || bytes[timeAt + 26] !== CLOSE || bytes[timeAt + 27] !== SPACE || bytes[timeAt + 28] !== QUOTE) return -TIME;

    this.requestStarts[row] = timeAt + 29;
    at = this.#closingQuote(bytes, places);
    if (bytes[at] !== QUOTE) return -REQUEST;
    this.requestEnds[row] = at;

    at += 2;
    const hundreds = bytes[at]! - ZERO;
    const tens = bytes[at + 1]! - ZERO;
    const ones = bytes[at + 2]! - ZERO;
    if (bytes[at - 1] === SPACE && isDigit(hundreds) && isDigit(tens) && isDigit(ones) && bytes[at + 3] === SPACE) {
      this.codes[row] = hundreds * 100 + tens * 10 + ones || Number.NaN;
      at += 4;
    } else if (bytes[at - 1] === SPACE && bytes[at] === DASH && bytes[at + 1] === SPACE) {
      this.codes[row] = Number.NaN;
      at += 2;
    } else {
      return -STATUS;
    }

    const sizeStart = at;
    let size = 0;
    for (let digit = bytes[at]! - ZERO; isDigit(digit); digit = bytes[++at]! - ZERO) size = size * 10 + digit;
    if (at === sizeStart && bytes[at] === DASH) {
      size = Number.NaN;
      at++;
    }
    if (at === sizeStart || at > sizeStart + SIZE_DIGITS_MAX) return -SIZE;
    this.sizes[row] = size;

    this.refererEnds[row] = 0;
    this.agentEnds[row] = 0;
    if (bytes[at] === SPACE && bytes[at + 1] === QUOTE) {
      this.refererStarts[row] = at + 2;
      at = this.#closingQuote(bytes, places);
      let isClosed = bytes[at] === QUOTE;
      this.refererEnds[row] = isClosed ? at++ : (at = cutEnd(bytes, at));
      if (isClosed && bytes[at] === SPACE && bytes[at + 1] === QUOTE) {
        this.agentStarts[row] = at + 2;
        at = this.#closingQuote(bytes, places);
        isClosed = bytes[at] === QUOTE;
        this.agentEnds[row] = isClosed ? at++ : (at = cutEnd(bytes, at));
      }
    }
    if (bytes[at] === RETURN) at++;
    if (bytes[at] !== NEWLINE) return -TRAILING;
    this.#mark++;
    return at + 1;
  }

  /**
   * Where the quoted string ends whose opening quote is the next mark: at its closing quote, which is passed over, or at the newline of the
   * line, which is not. A quote behind an odd number of backslashes is part of the string: Apache writes `"` as `\"` and `\` as `\\`,
   * nginx writes neither raw.
   */
  #closingQuote(bytes: Buffer, places: Int32Array): number {
    const from = places[this.#mark]! + 1;
    for (;;) {
      const at = places[++this.#mark]!;
      if (bytes[at] === NEWLINE) return at;
      if (bytes[at - 1] !== BACKSLASH || !isEscaped(bytes, from, at)) {
        this.#mark++;
        return at;
      }
    }
  }

  /** Where the line ends in which the next mark stands, which is passed over. */
  #nextNewline(bytes: Buffer): number {
    const { places } = this.#marks;
    while (bytes[places[this.#mark]!] !== NEWLINE) this.#mark++;
    return places[this.#mark++]!;
  }

  /** Reads `ident SP user SP "["` from `at` on. Returns where the time begins, or -1. */
  #readUser(bytes: Buffer, at: number, row: number): number {
    let identEnd = at;
    while (isTokenByte(bytes[identEnd]!)) identEnd++;
    if (identEnd === at || bytes[identEnd] !== SPACE) return -1;
    const userStart = identEnd + 1;
    const isTwoQuotes = bytes[userStart] === QUOTE && bytes[userStart + 1] === QUOTE;
    let quote = isTwoQuotes ? userStart + 2 : userStart;
    // The user is whatever stands before the time, and the time is what stands before the first quote: who chooses a user cannot write an
    // unescaped quote into it, so no user can pass for a time.
    while (bytes[quote] !== NEWLINE && (bytes[quote] !== QUOTE || bytes[quote - 1] === BACKSLASH)) quote++;
    const timeAt = quote - CLF_TIME_BYTES - 2;
    const userEnd = timeAt - 2;
    if (bytes[quote] !== QUOTE || userEnd <= userStart || bytes[userEnd] !== SPACE || bytes[userEnd + 1] !== OPEN) return -1;
    if (isTwoQuotes && userEnd !== userStart + 2) return -1;
    const isIdentAbsent = identEnd === at + 1 && bytes[at] === DASH;
    if (!isIdentAbsent && bytes.subarray(userStart, userEnd).includes(SPACE)) return -1;
    this.userStarts[row] = userStart;
    this.userEnds[row] = userEnd;
    return timeAt;
  }

  #viewOf(bytes: Buffer): DataView {
    const view = this.#view;
    if (view.buffer !== bytes.buffer || view.byteOffset !== bytes.byteOffset || view.byteLength !== bytes.byteLength) {
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.#view;
  }
}

/** Seven reads of four bytes (the last two overlap) instead of 26 of one; those that differ most often come first. */
function isSameTime(view: DataView, left: number, right: number): boolean {
  return (
    view.getInt32(left + 16, true) === view.getInt32(right + 16, true) &&
    view.getInt32(left + 12, true) === view.getInt32(right + 12, true) &&
    view.getInt32(left + 8, true) === view.getInt32(right + 8, true) &&
    view.getInt32(left + 4, true) === view.getInt32(right + 4, true) &&
    view.getInt32(left, true) === view.getInt32(right, true) &&
    view.getInt32(left + 20, true) === view.getInt32(right + 20, true) &&
    view.getInt32(left + 22, true) === view.getInt32(right + 22, true)
  );
}

function isEscaped(bytes: Buffer, from: number, quoteAt: number): boolean {
  let at = quoteAt;
  while (at > from && bytes[at - 1] === BACKSLASH) at--;
  return (quoteAt - at) % 2 === 1;
}

/** Where the last part of a line ends that is cut off: before its CR LF or LF. */
function cutEnd(bytes: Buffer, newline: number): number {
  return bytes[newline - 1] === RETURN ? newline - 1 : newline;
}

function isBlank(bytes: Buffer, at: number): boolean {
  return bytes[at] === NEWLINE || (bytes[at] === RETURN && bytes[at + 1] === NEWLINE);
}

function isTokenByte(byte: number): boolean {
  return byte !== SPACE && byte !== QUOTE && byte !== NEWLINE;
}

function isDigit(value: number): boolean {
  return value >= 0 && value <= 9;
}

/** Why a line was refused: the part of it that is not as the grammar has it. */
const REFUSALS = ["empty", "host", "user", "time", "request", "status", "size", "trailing"] as const;
const EMPTY = 0;
const HOST = 1;
const USER = 2;
const TIME = 3;
const REQUEST = 4;
const STATUS = 5;
const SIZE = 6;
const TRAILING = 7;

/** So many bytes are searched for marks at once; what a batch does not come to read of them is searched again. */
const STRETCH_BYTES = 1 << 14;
/** 10^15 - 1 is a whole number that a double holds, and more than any answer has. */
const SIZE_DIGITS_MAX = 15;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const DASH = 0x2d;
const ZERO = 0x30;
const OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE = 0x5d;
/** `- - ` read as a little-endian integer. */
const DASH_SPACE_DASH_SPACE = 0x202d202d;
