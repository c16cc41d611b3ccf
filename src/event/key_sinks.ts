import { Dictionary } from "./dictionary.ts";
import type { FieldSink } from "./field_sink.ts";

/** Where the values of keys go, each worked out when the key is first met and remembered until `forget`. */
export class KeySinks {
  readonly #make: (key: string) => FieldSink;
  #sinks = new Map<string, FieldSink>();
  #keys = new Dictionary();
  #byCode: (FieldSink | undefined)[] = [];

  /** `make` works out the sink of a key. */
  constructor(make: (key: string) => FieldSink) {
    this.#make = make;
  }

  /** The sink of a key. */
  of(key: string): FieldSink {
    let sink = this.#sinks.get(key);
    if (sink === undefined) {
      if (this.#sinks.size >= KEYS_MAX) this.#sinks.clear();
      sink = this.#make(key);
      this.#sinks.set(key, sink);
    }
    return sink;
  }

  /** As `of`, for a key that stands in UTF-8 at `[start, end)`; no string is made for a known one. */
  ofBytes(bytes: Buffer, start: number, end: number): FieldSink {
    if (end - start > KEY_BYTES_MAX) return this.of(bytes.toString("utf8", start, end));
    const code = this.#keys.codeOfBytes(bytes, start, end);
    const known = this.#byCode[code];
    if (known !== undefined) return known;
    const sink = this.of(this.#keys.text(code));
    if (this.#keys.size > KEYS_MAX) this.#forgetKeys();
    else this.#byCode[code] = sink;
    return sink;
  }

  /** The sinks that were given out are no longer good. */
  forget(): void {
    this.#sinks = new Map();
    this.#forgetKeys();
  }

  #forgetKeys(): void {
    this.#keys = new Dictionary();
    this.#byCode = [];
  }
}

/** Keys whose sink is remembered. An attacker may make up more. */
const KEYS_MAX = 4096;
/** A longer key is looked up as a string. */
const KEY_BYTES_MAX = 1024;
