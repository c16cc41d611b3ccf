import { FieldNames } from "../field_names.ts";
import type { FieldParser, FoundFields } from "../field_scanner.ts";
import type { SinksByKey } from "../keyed_events.ts";

/**
 * A line of logfmt:
 *
 *     line     = *blank pair *( 1*blank pair ) *blank
 *     pair     = key [ "=" [ value ] ]                     ; a key alone is "true"
 *     key      = 1*( any byte but blanks, "=" and DQ )
 *     value    = DQ *( any byte but DQ and "\" / "\" any byte ) DQ / 1*( any byte but blanks and DQ )
 *
 * Escapes in quotes are those of JSON. Of a key that stands twice the last value counts.
 */
export class LogfmtParser implements FieldParser {
  readonly #names: FieldNames;

  constructor(names: readonly string[]) {
    this.#names = new FieldNames(names);
  }

  parse(bytes: Buffer, start: number, end: number, found: FoundFields): string | undefined {
    return eachPair(bytes, start, end, new FoundPairs(this.#names, found));
  }
}

/** Hands every value of a line to the sink of its key: a key alone is true, any other value text. */
export function putLogfmt(bytes: Buffer, start: number, end: number, sinks: SinksByKey): void {
  eachPair(bytes, start, end, new PutPairs(sinks));
}

/** Takes pairs as they are found. */
interface Pairs {
  /** A key alone. */
  bare(bytes: Buffer, keyStart: number, keyEnd: number): void;
  value(bytes: Buffer, keyStart: number, keyEnd: number, start: number, end: number, hasEscape: boolean): void;
}

class FoundPairs implements Pairs {
  readonly #names: FieldNames;
  readonly #found: FoundFields;

  constructor(names: FieldNames, found: FoundFields) {
    this.#names = names;
    this.#found = found;
  }

  bare(bytes: Buffer, keyStart: number, keyEnd: number): void {
    const field = this.#names.find(bytes, keyStart, keyEnd);
    if (field >= 0) this.#found.setText(field, "true");
  }

  value(bytes: Buffer, keyStart: number, keyEnd: number, start: number, end: number, hasEscape: boolean): void {
    const field = this.#names.find(bytes, keyStart, keyEnd);
    if (field < 0) return;
    if (hasEscape && this.#found.isWanted[field] === 1) this.#found.setText(field, unescaped(bytes.toString("utf8", start, end)));
    else this.#found.set(field, start, end);
  }
}

class PutPairs implements Pairs {
  readonly #sinks: SinksByKey;

  constructor(sinks: SinksByKey) {
    this.#sinks = sinks;
  }

  bare(bytes: Buffer, keyStart: number, keyEnd: number): void {
    const sink = this.#sinks.sinkOfBytes(bytes, keyStart, keyEnd);
    if (sink.isWanted) sink.truth(true);
  }

  value(bytes: Buffer, keyStart: number, keyEnd: number, start: number, end: number, hasEscape: boolean): void {
    const sink = this.#sinks.sinkOfBytes(bytes, keyStart, keyEnd);
    if (!sink.isWanted) return;
    if (hasEscape) sink.text(unescaped(bytes.toString("utf8", start, end)));
    else sink.bytes(bytes, start, end);
  }
}

/** Goes over a line; gives what is wrong with it. */
function eachPair(bytes: Buffer, start: number, end: number, pairs: Pairs): string | undefined {
  let hasPair = false;
  let at = start;
  for (;;) {
    while (at < end && bytes[at]! <= SPACE) at++;
    if (at >= end) return hasPair ? undefined : "empty";
    const keyStart = at;
    while (at < end && bytes[at]! > SPACE && bytes[at] !== EQUALS && bytes[at] !== QUOTE) at++;
    if (at === keyStart || bytes[at] === QUOTE) return "key";
    hasPair = true;
    if (at === end || bytes[at] !== EQUALS) {
      pairs.bare(bytes, keyStart, at);
      continue;
    }
    at = readValue(bytes, keyStart, at, end, pairs);
    if (at < 0) return "value";
  }
}

/** Where the value ends that stands behind the sign at `keyEnd`, or -1. */
function readValue(bytes: Buffer, keyStart: number, keyEnd: number, end: number, pairs: Pairs): number {
  const start = keyEnd + 1;
  if (start >= end || bytes[start] !== QUOTE) {
    let at = start;
    while (at < end && bytes[at]! > SPACE && bytes[at] !== QUOTE) at++;
    if (at < end && bytes[at] === QUOTE) return -1;
    pairs.value(bytes, keyStart, keyEnd, start, at, false);
    return at;
  }
  let hasEscape = false;
  let at = start + 1;
  while (at < end && bytes[at] !== QUOTE) {
    if (bytes[at] === BACKSLASH) {
      hasEscape = true;
      at++;
    }
    at++;
  }
  if (at >= end || (at + 1 < end && bytes[at + 1]! > SPACE)) return -1;
  pairs.value(bytes, keyStart, keyEnd, start + 1, at, hasEscape);
  return at + 1;
}

/** An escape that JSON does not know stands for the character behind the backslash. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, hex: string | undefined, letter: string | undefined) =>
    hex === undefined ? (ESCAPES.get(letter ?? "") ?? letter ?? "") : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["b", "\b"],
  ["f", "\f"],
]);
const SPACE = 0x20;
const QUOTE = 0x22;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
