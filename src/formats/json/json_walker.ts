/** Walks over the values of a JSON text in bytes and checks them, without making anything of them; in time proportional to their length. */
export class JsonWalker {
  /** Whether the string that was walked over last holds a backslash. */
  hasEscape = false;
  /** Whether a walk ended for values nested deeper than `DEPTH_MAX`. */
  isTooDeep = false;
  #bytes: Uint8Array = NO_BYTES;
  #end = 0;
  /** The containers that are open, innermost last: what closes each. */
  readonly #open = new Uint8Array(DEPTH_MAX);

  /** From here on it is about the text that ends at `end`. One walker serves one text after the other: making one takes as long as a short line. */
  open(bytes: Uint8Array, end: number): void {
    this.#bytes = bytes;
    this.#end = end;
    this.isTooDeep = false;
  }

  /** The next place from `at` on that is no blank. */
  blank(at: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d && byte !== 0x0a)) break;
    }
    return at;
  }

  /** Where the value ends that begins at `at`, or -1 when there is none. */
  value(at: number): number {
    const first = this.#bytes[at];
    return first === OPEN || first === OPEN_LIST ? this.#container(at) : this.#scalar(at);
  }

  #scalar(at: number): number {
    if (at >= this.#end) return -1;
    switch (this.#bytes[at]) {
      case QUOTE:
        return this.#string(at + 1);
      case 0x74:
        return this.#word(at, TRUE);
      case 0x66:
        return this.#word(at, FALSE);
      case 0x6e:
        return this.#word(at, NULL);
      default:
        return this.#number(at);
    }
  }

  #string(at: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    this.hasEscape = false;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      // As small letters are.
      if (byte > BACKSLASH) continue;
      if (byte === QUOTE) return at + 1;
      if (byte < 0x20) return -1;
      if (byte !== BACKSLASH) continue;
      this.hasEscape = true;
      const letter = bytes[++at]!;
      if (at >= end || !ESCAPES.includes(letter)) return -1;
      if (letter !== 0x75) continue;
      for (let digit = 0; digit < 4; digit++) if (!isHex(bytes[++at]!) || at >= end) return -1;
    }
    return -1;
  }

  #number(at: number): number {
    const bytes = this.#bytes;
    if (bytes[at] === MINUS) at++;
    const whole = this.#digits(at);
    if (whole === at || (bytes[at] === ZERO && whole > at + 1)) return -1;
    at = whole;
    if (at < this.#end && bytes[at] === POINT) {
      const fraction = this.#digits(at + 1);
      if (fraction === at + 1) return -1;
      at = fraction;
    }
    if (at < this.#end && (bytes[at] === 0x65 || bytes[at] === 0x45)) {
      const sign = bytes[at + 1] === MINUS || bytes[at + 1] === PLUS ? at + 2 : at + 1;
      const exponent = this.#digits(sign);
      return exponent === sign ? -1 : exponent;
    }
    return at;
  }

  #digits(at: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    while (at < end && bytes[at]! >= ZERO && bytes[at]! <= 0x39) at++;
    return at;
  }

  #word(at: number, word: Uint8Array): number {
    if (at + word.length > this.#end) return -1;
    for (let index = 0; index < word.length; index++) if (this.#bytes[at + index] !== word[index]) return -1;
    return at + word.length;
  }

  /** Goes through an object or array without calling itself: an attacker chooses how deep it is. */
  #container(at: number): number {
    const bytes = this.#bytes;
    let depth = 0;
    for (;;) {
      // Here a value begins.
      const first = bytes[at];
      if (first === OPEN || first === OPEN_LIST) {
        if (depth === DEPTH_MAX) {
          this.isTooDeep = true;
          return -1;
        }
        this.#open[depth++] = first === OPEN ? CLOSE : CLOSE_LIST;
        at = this.blank(at + 1);
        if (bytes[at] !== this.#open[depth - 1]) {
          at = first === OPEN ? this.#key(at) : at;
          if (at < 0 || at >= this.#end) return -1;
          continue;
        }
      } else {
        at = this.#scalar(at);
        if (at < 0) return -1;
        at = this.blank(at);
      }
      // Here a value has ended, or stands at what closes an empty container.
      while (at < this.#end && bytes[at] === this.#open[depth - 1]) {
        depth--;
        at++;
        if (depth === 0) return at;
        at = this.blank(at);
      }
      if (at >= this.#end || bytes[at] !== COMMA) return -1;
      at = this.blank(at + 1);
      if (this.#open[depth - 1] === CLOSE) at = this.#key(at);
      if (at < 0) return -1;
    }
  }

  /** Goes over a key and its colon; gives where the value begins, or -1. */
  #key(at: number): number {
    if (this.#bytes[at] !== QUOTE) return -1;
    const end = this.#string(at + 1);
    const colon = end < 0 ? -1 : this.blank(end);
    return colon < 0 || this.#bytes[colon] !== COLON ? -1 : this.blank(colon + 1);
  }
}

function isHex(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

const DEPTH_MAX = 100;
const NO_BYTES = new Uint8Array(0);
const ESCAPES = Buffer.from('"\\/bfnrtu');
const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");
const NULL = Buffer.from("null");
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;
