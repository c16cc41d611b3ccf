import { FieldNames } from "../field_names.ts";
import type { FieldParser, FoundFields } from "../field_scanner.ts";

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
    let hasPair = false;
    let at = start;
    for (;;) {
      while (at < end && bytes[at]! <= SPACE) at++;
      if (at >= end) return hasPair ? undefined : "empty";
      const keyStart = at;
      while (at < end && bytes[at]! > SPACE && bytes[at] !== EQUALS && bytes[at] !== QUOTE) at++;
      if (at === keyStart || bytes[at] === QUOTE) return "key";
      hasPair = true;
      const field = this.#names.find(bytes, keyStart, at);
      if (at === end || bytes[at] !== EQUALS) {
        if (field >= 0) found.setText(field, "true");
        continue;
      }
      at = readValue(bytes, at + 1, end, found, field);
      if (at < 0) return "value";
    }
  }
}

/** Where the value ends that begins at `start`, or -1. */
function readValue(bytes: Buffer, start: number, end: number, found: FoundFields, field: number): number {
  if (start >= end || bytes[start] !== QUOTE) {
    let at = start;
    while (at < end && bytes[at]! > SPACE && bytes[at] !== QUOTE) at++;
    if (at < end && bytes[at] === QUOTE) return -1;
    if (field >= 0) found.set(field, start, at);
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
  if (field >= 0 && hasEscape && found.isWanted[field] === 1) found.setText(field, unescaped(bytes.toString("utf8", start + 1, at)));
  else if (field >= 0) found.set(field, start + 1, at);
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
