import type { Framed, Framer } from "./framer.ts";

/** JSON values one after another, with blanks between them or none: arrays and objects, by counting brackets outside of strings. */
export class JsonFramer implements Framer {
  #at = 0;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  scan(bytes: Buffer, end: number, each?: (start: number, end: number) => void): Framed {
    let [start, at] = [0, this.#at];
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isInString = false;
      } else if (byte === QUOTE && this.#depth > 0) {
        this.#isInString = true;
      } else if (byte === OPEN_LIST || byte === OPEN_MAP) {
        this.#depth++;
      } else if (byte === CLOSE_LIST || byte === CLOSE_MAP) {
        if (this.#depth === 0) return { wholeEnd: start, neededBytes: 0, problem: "a bracket closes that was not opened" };
        if (--this.#depth === 0) {
          each?.(start, at + 1);
          start = at + 1;
        }
      } else if (this.#depth === 0 && byte > BLANK) {
        return { wholeEnd: start, neededBytes: 0, problem: "an array or an object of JSON was wanted" };
      }
    }
    // Blanks between two values need not be kept.
    if (this.#depth === 0) start = at;
    this.#at = at - start;
    return { wholeEnd: start, neededBytes: at - start };
  }
}

const BLANK = 0x20;
const QUOTE = 0x22;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;
