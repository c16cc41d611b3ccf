import type { MsgpackValue } from "../../kit/index.ts";
import { MsgpackFloat } from "../../kit/index.ts";

/**
 * The value of a JSON text, in which a number with a point or an exponent is a float and every other one an integer: a field has the type
 * of the first value that is seen of it, and 2.0 is not 2. Throws a SyntaxError as JSON.parse does, and where it is nested deeper than 64.
 */
export function parseJsonValue(text: string): MsgpackValue {
  // Also makes sure that the text is JSON, so that what follows only has to find its parts.
  const plain = JSON.parse(text) as MsgpackValue;
  return /\d[.eE]|\d{16}/.test(text) || text.includes("__proto__") ? new Reading(text).value(0) : plain;
}

class Reading {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): MsgpackValue {
    if (depth > DEPTH_MAX) throw new SyntaxError(`it is nested deeper than ${DEPTH_MAX}`);
    this.#blanks();
    const first = this.#text[this.#at];
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#array(depth);
    if (first === '"') return this.#string();
    return this.#scalar();
  }

  #object(depth: number): MsgpackValue {
    const entries: [string, MsgpackValue][] = [];
    for (this.#at++; this.#next() !== "}";) {
      if (this.#next() === ",") this.#at++;
      this.#blanks();
      const key = this.#string();
      this.#blanks();
      this.#at++;
      entries.push([key, this.value(depth + 1)]);
    }
    this.#at++;
    // Unlike an assignment, this makes of `__proto__` a key as any other.
    return Object.fromEntries(entries);
  }

  #array(depth: number): MsgpackValue {
    const items: MsgpackValue[] = [];
    for (this.#at++; this.#next() !== "]";) {
      if (this.#next() === ",") this.#at++;
      items.push(this.value(depth + 1));
    }
    this.#at++;
    return items;
  }

  #string(): string {
    const start = this.#at;
    for (this.#at++; this.#text[this.#at] !== '"'; this.#at++) if (this.#text[this.#at] === "\\") this.#at++;
    this.#at++;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #scalar(): MsgpackValue {
    SCALAR.lastIndex = this.#at;
    const [found = ""] = SCALAR.exec(this.#text) ?? [];
    this.#at += found.length;
    if (found === "true" || found === "false" || found === "null") return JSON.parse(found) as boolean | null;
    if (/[.eE]/.test(found)) return new MsgpackFloat(Number(found));
    const number = Number(found);
    if (Number.isSafeInteger(number)) return number;
    const wide = BigInt(found);
    return wide >= -(2n ** 63n) && wide < 2n ** 64n ? wide : new MsgpackFloat(number);
  }

  #next(): string | undefined {
    this.#blanks();
    return this.#text[this.#at];
  }

  #blanks(): void {
    BLANKS.lastIndex = this.#at;
    this.#at += BLANKS.exec(this.#text)?.[0].length ?? 0;
  }
}

const SCALAR = /[-+.\w]*/y;
const BLANKS = /[ \t\r\n]*/y;
const DEPTH_MAX = 64;
