import type { Refused } from "../../component/index.ts";
import { CLF_TIME_BYTES } from "./clf_time.ts";
import { KnownTime } from "./known_time.ts";
import {
  AGENTS_AT,
  CODES_AT,
  ENDS,
  HOSTS_AT,
  type LineKernel,
  MARKS_AT,
  newLineMemory,
  REFERERS_AT,
  REQUESTS_AT,
  SIZES_AT,
  STOPPED_AT,
  STRETCH_AT,
  STRETCH_BYTES,
  TIMES_AT,
  USERS_AT,
} from "./line_kernel.ts";

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
  readonly #kernel: LineKernel | undefined;
  /** The stretch of lines that is read now, as the kernel has it, and where it begins. */
  readonly #stretch: Buffer;
  #stretchStart = 0;
  /** Where the quotes and newlines of the stretch stand, how many they are, and the next of them. */
  readonly #kernelMarks: Int32Array;
  #longMarks = new Int32Array(0);
  #marks: Int32Array;
  #markCount = 0;
  #mark = 0;
  /** The row and the mark at which the kernel stopped. */
  readonly #stopped: Int32Array;
  readonly #time: KnownTime;
  #view: DataView = new DataView(new ArrayBuffer(0));

  /** For `rows` lines at a time, LINE_ROWS_MAX at most. Most lines are read by the kernel of `memory`, and those that are not usual by `#readLine`. */
  constructor(rows: number, { buffer, kernel } = newLineMemory()) {
    const column = (at: number): Int32Array => new Int32Array(buffer, at, rows);
    this.#rows = rows;
    this.#kernel = kernel;
    this.#time = new KnownTime(buffer);
    this.#stopped = new Int32Array(buffer, STOPPED_AT, 2);
    this.#stretch = Buffer.from(buffer, STRETCH_AT, STRETCH_BYTES);
    this.#marks = this.#kernelMarks = new Int32Array(buffer, MARKS_AT, STRETCH_BYTES);
    this.timesMs = new Float64Array(buffer, TIMES_AT, rows);
    this.codes = new Float64Array(buffer, CODES_AT, rows);
    this.sizes = new Float64Array(buffer, SIZES_AT, rows);
    [this.hostStarts, this.hostEnds] = [column(HOSTS_AT), column(HOSTS_AT + ENDS)];
    [this.userStarts, this.userEnds] = [column(USERS_AT), column(USERS_AT + ENDS)];
    [this.requestStarts, this.requestEnds] = [column(REQUESTS_AT), column(REQUESTS_AT + ENDS)];
    [this.refererStarts, this.refererEnds] = [column(REFERERS_AT), column(REFERERS_AT + ENDS)];
    [this.agentStarts, this.agentEnds] = [column(AGENTS_AT), column(AGENTS_AT + ENDS)];
  }

  /** Reads lines from `start` until all rows are used or `end`, just past a newline, is reached. Returns where it stopped. */
  read(bytes: Buffer, start: number, end: number, refused: Refused): number {
    const view = this.#viewOf(bytes);
    const rows = this.#rows;
    this.size = 0;
    let lineStart = start;
    while (lineStart < end && this.size < rows) {
      const stretchEnd = this.#markLines(bytes, lineStart, end);
      for (;;) {
        lineStart = this.#readUsual(lineStart);
        if (lineStart >= stretchEnd || this.size === rows) break;
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

  /** Finds the quotes and newlines of one whole line or more, from `start` on. Returns where the last of these lines ends. */
  #markLines(bytes: Buffer, start: number, end: number): number {
    this.#mark = 0;
    this.#stretchStart = start;
    for (let wanted = STRETCH_BYTES; ; wanted *= 2) {
      const length = Math.min(wanted, end - start);
      let last = this.#markStretch(bytes, start, length) - 1;
      while (last >= 0 && bytes[this.#marks[last]!] !== NEWLINE) last--;
      this.#markCount = last + 1;
      if (last >= 0) return this.#marks[last]! + 1;
    }
  }

  /** Finds the quotes and newlines of `length` bytes. Returns how many they are. */
  #markStretch(bytes: Buffer, start: number, length: number): number {
    if (this.#kernel !== undefined && length <= STRETCH_BYTES) {
      bytes.copy(this.#stretch, 0, start, start + length);
      this.#marks = this.#kernelMarks;
      return this.#kernel.mark(length, start);
    }
    if (this.#longMarks.length < length) this.#longMarks = new Int32Array(length);
    const marks = (this.#marks = this.#longMarks);
    let count = 0;
    for (let at = start; at < start + length; at++) if (bytes[at] === QUOTE || bytes[at] === NEWLINE) marks[count++] = at;
    return count;
  }

  /** Reads lines as nearly all are, from `start` on. Returns where the first begins that is not, or that has no row any more. */
  #readUsual(start: number): number {
    if (this.#kernel === undefined || this.#marks !== this.#kernelMarks) return start;
    const end = this.#kernel.read(start, this.#mark, this.#markCount, this.size, this.#rows, STRETCH_AT - this.#stretchStart);
    this.size = this.#stopped[0]!;
    this.#mark = this.#stopped[1]!;
    return end;
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
    const places = this.#marks;
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

    const timeMs = this.#time.read(bytes, view, timeAt);
    this.timesMs[row] = timeMs;
    if (Number.isNaN(timeMs) || bytes[timeAt + 26] !== CLOSE || bytes[timeAt + 27] !== SPACE || bytes[timeAt + 28] !== QUOTE) return -TIME;

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
    const places = this.#marks;
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
