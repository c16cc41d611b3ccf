/** What a framer finds. */
export interface Frames {
  /** A whole message `[start, end)` of the bytes. */
  message(bytes: Buffer, start: number, end: number): void;
  /** A message is longer than the bound; it is read over. */
  tooLong(): void;
}

/**
 * Finds the messages of a stream of syslog, which come in one of two ways; which one, the beginning of each message says:
 *
 *     counted   = length SP message          ; length = the bytes of message, no leading zero; message begins with "<"
 *     delimited = message LF
 *
 * Between messages LF, CR and NUL are read over: some senders count and delimit. What begins with digits, but not so, is delimited.
 * @see RFC 6587, section 3.4; RFC 5425, section 4.3
 */
export class MessageFramer {
  readonly #bytesMax: number;
  readonly #frames: Frames;
  /** How many more bytes of a counted message are read over. */
  #skipBytes = 0;
  #isSkippingLine = false;
  /** Of the message that has begun: bytes that were looked through for its end. */
  #scannedBytes = 0;

  constructor(bytesMax: number, frames: Frames) {
    this.#bytesMax = bytesMax;
    this.#frames = frames;
  }

  /** Whether a message has begun that has not ended, beside what `scan` left. */
  get isSkipping(): boolean {
    return this.#skipBytes > 0 || this.#isSkippingLine;
  }

  /** Takes what is whole in `bytes`. Returns where a message begins that is not, and is to be given again with what follows it. */
  scan(bytes: Buffer): number {
    let at = 0;
    for (;;) {
      at = this.#between(bytes, at);
      if (at >= bytes.length) return bytes.length;
      const next = this.#frame(bytes, at);
      if (next === at) return at;
      at = next;
    }
  }

  /** No more comes: what `scan` left is a message, unless its own count says that it is cut off. False when it is. */
  end(bytes: Buffer): boolean {
    if (bytes.length === 0) return this.#skipBytes === 0;
    if (countedAt(bytes, 0) !== undefined) return false;
    if (!this.#isSkippingLine) this.#frames.message(bytes, 0, bytes.length);
    return true;
  }

  /** Reads over what is between messages, and what is too long. */
  #between(bytes: Buffer, start: number): number {
    let at = start;
    if (this.#isSkippingLine) {
      const end = bytes.indexOf(NEWLINE, at);
      if (end < 0) return bytes.length;
      this.#isSkippingLine = false;
      at = end + 1;
    }
    const skipped = Math.min(this.#skipBytes, bytes.length - at);
    this.#skipBytes -= skipped;
    at += skipped;
    while (at < bytes.length && (bytes[at] === NEWLINE || bytes[at] === RETURN || bytes[at] === NUL)) at++;
    return at;
  }

  /** Takes the message that begins at `at`. Returns what is behind it, or `at` when it is not whole. */
  #frame(bytes: Buffer, at: number): number {
    const counted = countedAt(bytes, at);
    if (counted === "cut") return at;
    if (counted === undefined) return this.#delimited(bytes, at);
    const { start, length } = counted;
    if (length > this.#bytesMax) {
      this.#frames.tooLong();
      this.#skipBytes = length;
      return start;
    }
    if (start + length > bytes.length) return at;
    this.#frames.message(bytes, start, start + length);
    return start + length;
  }

  #delimited(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(NEWLINE, at + this.#scannedBytes);
    this.#scannedBytes = 0;
    const length = (end < 0 ? bytes.length : end) - at;
    if (length > this.#bytesMax) {
      this.#frames.tooLong();
      this.#isSkippingLine = end < 0;
      return end < 0 ? bytes.length : end + 1;
    }
    if (end < 0) {
      this.#scannedBytes = length;
      return at;
    }
    this.#frames.message(bytes, at, end);
    return end + 1;
  }
}

/** The message that is counted at `at`; undefined when none is, and "cut" when that cannot be said yet. */
function countedAt(bytes: Buffer, at: number): { readonly start: number; readonly length: number } | "cut" | undefined {
  if (bytes[at]! < ONE || bytes[at]! > NINE) return undefined;
  let length = 0;
  let digit = at;
  while (digit < bytes.length && digit - at < DIGITS_MAX && bytes[digit]! >= ZERO && bytes[digit]! <= NINE) {
    length = length * 10 + bytes[digit++]! - ZERO;
  }
  if (digit === bytes.length) return "cut";
  if (bytes[digit] !== SPACE) return undefined;
  if (digit + 1 === bytes.length) return "cut";
  return bytes[digit + 1] === LESS ? { start: digit + 1, length } : undefined;
}

const DIGITS_MAX = 9;
const NUL = 0;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const ZERO = 0x30;
const ONE = 0x31;
const NINE = 0x39;
const LESS = 0x3c;
