import type { EventWriter, FieldSink } from "../event/index.ts";
import { HotakaError } from "../kit/index.ts";
import type { SinksByKey } from "./keyed_events.ts";
import type { EventsTaken } from "./msgpack_events.ts";

/**
 * Reads events out of JSON into columns, byte by byte: of the values nobody wants nothing is made, but all of it is checked to be JSON. A
 * number with a point or an exponent is a float, any other an integer. Bytes in a text that are not UTF-8 read as U+FFFD.
 * @see RFC 8259
 */
export class JsonEvents {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;

  /**
   * Takes an object a line as arrived at `timeMs`. Blank lines are none; a line that is no object is left out, and `told` of it, where it
   * begins.
   */
  takeLines(bytes: Buffer, columns: EventWriter, timeMs: number, told: (start: number) => void = () => {}): EventsTaken {
    let [taken, refused] = [0, 0];
    for (let start = 0; start < bytes.length;) {
      const found = bytes.indexOf(LINE_FEED, start);
      const end = found === -1 ? bytes.length : found;
      if (this.#open(bytes, start, end) !== undefined) {
        if (this.#object(columns, timeMs, true)) taken++;
        else {
          refused++;
          told(start);
        }
      }
      start = end + 1;
    }
    columns.flush();
    return { taken, refused };
  }

  /** Hands the values of the object `[start, end)`, which is known to be JSON, to the sinks of their keys. */
  putObject(bytes: Buffer, start: number, end: number, sinks: SinksByKey): void {
    this.#open(bytes, start, end);
    this.#members(sinks);
  }

  /** Throws HOTAKA_EVENTS_JSON unless the bytes are one value of JSON. */
  check(bytes: Buffer): void {
    this.#open(bytes, 0, bytes.length);
    try {
      this.#skip(0);
      if (!this.#isAtEnd()) throw WRONG;
    } catch (thrown) {
      throw this.#failureOf(thrown);
    }
  }

  /**
   * Takes one object, or an array of them, as arrived at `timeMs`; an item that is no object is left out. Throws HOTAKA_EVENTS_JSON when
   * the bytes as a whole are not JSON: the events before the place in the message are taken.
   */
  takeDocument(bytes: Buffer, columns: EventWriter, timeMs: number): EventsTaken {
    const first = this.#open(bytes, 0, bytes.length);
    const counts = { taken: 0, refused: 0 };
    const takeOne = (): void => {
      const start = this.#at;
      if (this.#bytes[start] === OPEN_BRACE && this.#object(columns, timeMs, false)) counts.taken++;
      else {
        this.#at = start;
        this.#skip(0);
        counts.refused++;
      }
    };
    try {
      if (first === OPEN_BRACKET) {
        this.#at++;
        for (let more = this.#peek() !== CLOSE_BRACKET; more; more = this.#comma()) {
          this.#blanks();
          takeOne();
        }
        this.#expect(CLOSE_BRACKET);
      } else {
        takeOne();
      }
      if (!this.#isAtEnd()) throw WRONG;
    } catch (thrown) {
      throw this.#failureOf(thrown);
    } finally {
      columns.flush();
    }
    return counts;
  }

  #failureOf(thrown: unknown): unknown {
    if (thrown !== WRONG) return thrown;
    return new HotakaError(
      "HOTAKA_EVENTS_JSON",
      `The body is not JSON from byte ${this.#at} on; one object was wanted, or an array of objects.`,
    );
  }

  /** The first byte that is no blank, at which the reader then stands; undefined when there is none. */
  #open(bytes: Buffer, start: number, end: number): number | undefined {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    return this.#peek();
  }

  /** Takes the object at which the reader stands, behind which `isAlone` lets nothing come. False, and nothing is taken, when it is none. */
  #object(columns: EventWriter, timeMs: number, isAlone: boolean): boolean {
    const start = this.#at;
    try {
      do {
        this.#at = start;
        columns.begin(timeMs);
        this.#members(columns);
        if (isAlone && !this.#isAtEnd()) throw WRONG;
      } while (!columns.end());
      return true;
    } catch (thrown) {
      if (thrown !== WRONG) throw thrown;
      return false;
    }
  }

  #members(columns: SinksByKey): void {
    this.#expect(OPEN_BRACE);
    if (this.#peek() === CLOSE_BRACE) {
      this.#at++;
      return;
    }
    do {
      if (this.#peek() !== QUOTE) throw WRONG;
      const start = this.#at + 1;
      const isPlain = this.#text();
      const sink = isPlain ? columns.sinkOfBytes(this.#bytes, start, this.#at - 1) : columns.sink(this.#escaped(start));
      if (this.#peek() !== COLON) throw WRONG;
      this.#at++;
      this.#value(sink);
    } while (this.#comma());
    this.#expect(CLOSE_BRACE);
  }

  #value(sink: FieldSink): void {
    const first = this.#peek();
    if (!sink.isWanted) return this.#skip(0);
    const start = this.#at;
    switch (first) {
      case QUOTE:
        if (this.#text()) sink.bytes(this.#bytes, start + 1, this.#at - 1);
        else sink.text(this.#escaped(start + 1));
        return;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        this.#skip(0);
        return sink.container(JSON.parse(this.#bytes.toString("utf8", start, this.#at)) as object);
      case SMALL_T:
        this.#word(TRUE);
        return sink.truth(true);
      case SMALL_F:
        this.#word(FALSE);
        return sink.truth(false);
      case SMALL_N:
        this.#word(NULL);
        return sink.nothing();
      default:
        return this.#number(sink);
    }
  }

  #number(sink: FieldSink): void {
    const bytes = this.#bytes;
    const start = this.#at;
    const isFloat = this.#skipNumber();
    const length = this.#at - start;
    if (isFloat) return sink.float(Number(bytes.toString("latin1", start, this.#at)));
    if (length > SAFE_DIGITS) {
      const text = bytes.toString("latin1", start, Math.min(this.#at, start + DIGITS_MAX));
      return length > DIGITS_MAX ? sink.float(Number(text)) : sink.integer(BigInt(text));
    }
    const isNegative = bytes[start] === MINUS;
    let value = 0;
    for (let at = isNegative ? start + 1 : start; at < this.#at; at++) value = value * 10 + (bytes[at]! - ZERO);
    sink.integer(isNegative ? -value : value);
  }

  /** True when the number has a point or an exponent. */
  #skipNumber(): boolean {
    if (this.#bytes[this.#at] === MINUS) this.#at++;
    if (this.#bytes[this.#at] === ZERO && this.#at < this.#end) this.#at++;
    else this.#digits();
    let isFloat = false;
    if (this.#at < this.#end && this.#bytes[this.#at] === POINT) {
      isFloat = true;
      this.#at++;
      this.#digits();
    }
    const exponent = this.#at < this.#end ? this.#bytes[this.#at] : undefined;
    if (exponent === SMALL_E || exponent === LARGE_E) {
      isFloat = true;
      this.#at++;
      const sign = this.#bytes[this.#at];
      if (sign === PLUS || sign === MINUS) this.#at++;
      this.#digits();
    }
    return isFloat;
  }

  #digits(): void {
    const start = this.#at;
    while (this.#at < this.#end && this.#bytes[this.#at]! >= ZERO && this.#bytes[this.#at]! <= NINE) this.#at++;
    if (this.#at === start) throw WRONG;
  }

  /** Goes behind the text at which the reader stands. True when it has no escapes, so that its bytes are what it says. */
  #text(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let isPlain = true;
    let at = this.#at + 1;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return isPlain;
      }
      if (byte === BACKSLASH) {
        isPlain = false;
        at = this.#escape(at);
      } else if (byte < SPACE) {
        throw WRONG;
      }
    }
    throw WRONG;
  }

  /** The last byte of the escape that begins at `at`. */
  #escape(at: number): number {
    const kind = this.#bytes[at + 1];
    if (kind !== SMALL_U) {
      if (kind === undefined || !ESCAPED.includes(kind)) throw WRONG;
      return at + 1;
    }
    if (!HEX.test(this.#bytes.toString("latin1", at + 2, Math.min(at + 6, this.#end)))) throw WRONG;
    return at + 5;
  }

  /** The text that began at `start` and that the reader is behind. */
  #escaped(start: number): string {
    return JSON.parse(this.#bytes.toString("utf8", start - 1, this.#at)) as string;
  }

  /** Goes behind the value at which the reader stands, checking that it is one. */
  #skip(depth: number): void {
    if (depth > DEPTH_MAX) throw WRONG;
    switch (this.#peek()) {
      case QUOTE:
        this.#text();
        return;
      case OPEN_BRACE:
        return this.#skipItems(CLOSE_BRACE, depth);
      case OPEN_BRACKET:
        return this.#skipItems(CLOSE_BRACKET, depth);
      case SMALL_T:
        return this.#word(TRUE);
      case SMALL_F:
        return this.#word(FALSE);
      case SMALL_N:
        return this.#word(NULL);
      default:
        this.#skipNumber();
    }
  }

  #skipItems(close: number, depth: number): void {
    this.#at++;
    for (let more = this.#peek() !== close; more; more = this.#comma()) {
      if (close === CLOSE_BRACE) {
        if (this.#peek() !== QUOTE) throw WRONG;
        this.#text();
        if (this.#peek() !== COLON) throw WRONG;
        this.#at++;
      }
      this.#skip(depth + 1);
    }
    this.#expect(close);
  }

  #word(word: Buffer): void {
    for (const byte of word) {
      if (this.#at >= this.#end || this.#bytes[this.#at] !== byte) throw WRONG;
      this.#at++;
    }
  }

  #comma(): boolean {
    if (this.#peek() !== COMMA) return false;
    this.#at++;
    return true;
  }

  #expect(byte: number): void {
    if (this.#peek() !== byte) throw WRONG;
    this.#at++;
  }

  #isAtEnd(): boolean {
    return this.#peek() === undefined;
  }

  /** The next byte that is no blank, at which the reader then stands. */
  #peek(): number | undefined {
    this.#blanks();
    return this.#at < this.#end ? this.#bytes[this.#at] : undefined;
  }

  #blanks(): void {
    const bytes = this.#bytes;
    while (this.#at < this.#end) {
      const byte = bytes[this.#at]!;
      if (byte !== SPACE && byte !== LINE_FEED && byte !== CARRIAGE_RETURN && byte !== TAB) return;
      this.#at++;
    }
  }
}

/** What is thrown at bytes that are no JSON: one for all, because it is caught right above, and a stack is dear. */
const WRONG = new Error("this is not JSON");

const [TAB, LINE_FEED, CARRIAGE_RETURN, SPACE, QUOTE, PLUS, COMMA, MINUS, POINT] = [9, 10, 13, 32, 34, 43, 44, 45, 46];
const [ZERO, NINE, COLON, LARGE_E, OPEN_BRACKET, BACKSLASH, CLOSE_BRACKET] = [48, 57, 58, 69, 91, 92, 93];
const [SMALL_E, SMALL_F, SMALL_N, SMALL_T, SMALL_U, OPEN_BRACE, CLOSE_BRACE] = [101, 102, 110, 116, 117, 123, 125];
const [TRUE, FALSE, NULL] = [Buffer.from("true"), Buffer.from("false"), Buffer.from("null")];
/** `" \ / b f n r t` */
const ESCAPED: readonly number[] = [34, 92, 47, 98, 102, 110, 114, 116];
const HEX = /^[0-9a-fA-F]{4}$/;
const DEPTH_MAX = 64;
const SAFE_DIGITS = 15;
/** A longer integer is no field's; how large it is is enough to know. */
const DIGITS_MAX = 400;
