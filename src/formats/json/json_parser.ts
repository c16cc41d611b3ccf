import { type FieldPath, fieldPath, type FieldType, rowToJson, type Value, valueAtPath } from "../../event/index.ts";
import { FieldNames } from "../field_names.ts";
import type { FieldParser, FoundFields } from "../field_scanner.ts";
import { JsonWalker } from "./json_walker.ts";

/**
 * A line that is one JSON object. All of it is checked, wanted or not; strings are decoded only where somebody wants them. Of a key that
 * stands twice the last value counts. Arrays and objects are values of array and hash fields alone, and scalars of the others.
 * @see RFC 8259
 */
export class JsonParser implements FieldParser {
  readonly #names: FieldNames;
  readonly #isContainer: readonly boolean[];
  /** Fields that stand deeper, by the key at the top. */
  readonly #nested = new Map<string, { readonly field: number; readonly path: FieldPath }[]>();
  readonly #nestedNames: FieldNames;
  readonly #nestedKeys: readonly string[];
  readonly #walker = new JsonWalker();

  constructor(names: readonly string[], types: readonly FieldType[]) {
    this.#names = new FieldNames(names);
    this.#isContainer = types.map((type) => type === "hash" || type === "array");
    for (const [field, name] of names.entries()) {
      const path = fieldPath(name);
      if (path === undefined) continue;
      const key = String(path[0]);
      this.#nested.set(key, [...(this.#nested.get(key) ?? []), { field, path: path.slice(1) }]);
    }
    this.#nestedKeys = [...this.#nested.keys()];
    this.#nestedNames = new FieldNames(this.#nestedKeys);
  }

  parse(bytes: Buffer, start: number, end: number, found: FoundFields): string | undefined {
    const walker = this.#walker;
    walker.open(bytes, end);
    let at = walker.blank(start);
    if (at >= end) return "empty";
    if (bytes[at] !== OPEN) return "object";
    at = walker.blank(at + 1);
    if (bytes[at] === CLOSE) return walker.blank(at + 1) === end ? undefined : "trailing";
    for (;;) {
      if (bytes[at] !== QUOTE) return "syntax";
      const keyStart = at + 1;
      at = walker.value(at);
      if (at < 0) return "syntax";
      const keyEnd = at - 1;
      const hasEscape = walker.hasEscape;
      at = walker.blank(at);
      if (bytes[at] !== COLON) return "syntax";
      const valueStart = walker.blank(at + 1);
      at = walker.value(valueStart);
      if (at < 0) return walker.isTooDeep ? "depth" : "syntax";
      this.#take(bytes, hasEscape, keyStart, keyEnd, valueStart, at, walker.hasEscape, found);
      at = walker.blank(at);
      if (bytes[at] === CLOSE) return walker.blank(at + 1) === end ? undefined : "trailing";
      if (bytes[at] !== COMMA) return "syntax";
      at = walker.blank(at + 1);
    }
  }

  #take(
    bytes: Buffer,
    isKeyEscaped: boolean,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    isValueEscaped: boolean,
    found: FoundFields,
  ): void {
    const [key, from, to] = isKeyEscaped ? decodedKey(bytes, keyStart, keyEnd) : [bytes, keyStart, keyEnd];
    const field = this.#names.find(key, from, to);
    if (field >= 0) this.#takeValue(bytes, field, valueStart, valueEnd, isValueEscaped, found);
    if (this.#nestedKeys.length === 0 || (bytes[valueStart] !== OPEN && bytes[valueStart] !== OPEN_LIST)) return;
    const top = this.#nestedNames.find(key, from, to);
    if (top < 0) return;
    const value = JSON.parse(bytes.toString("utf8", valueStart, valueEnd)) as Value;
    for (const { field: deeper, path } of this.#nested.get(this.#nestedKeys[top]!) ?? []) {
      takeNested(found, deeper, this.#isContainer[deeper]!, valueAtPath(value, path));
    }
  }

  #takeValue(bytes: Buffer, field: number, start: number, end: number, isEscaped: boolean, found: FoundFields): void {
    const first = bytes[start]!;
    const isContainer = first === OPEN || first === OPEN_LIST;
    if (first === LETTER_N || isContainer !== this.#isContainer[field]) found.ends[field] = -1;
    else if (first !== QUOTE) takeBare(bytes, field, start, end, found);
    else if (!isEscaped) found.set(field, start + 1, end - 1);
    else if (found.isWanted[field] === 1) found.setText(field, JSON.parse(bytes.toString("utf8", start, end)) as string);
  }
}

/** A number, true, false or a container, as it is written; a number with an exponent as digits, which an integer field can take. */
function takeBare(bytes: Buffer, field: number, start: number, end: number, found: FoundFields): void {
  found.set(field, start, end);
  if (bytes[start]! > DIGIT_9 || found.isWanted[field] === 0) return;
  for (let at = start; at < end; at++) {
    if (bytes[at] !== LETTER_E && bytes[at] !== CAPITAL_E) continue;
    const number = Number(bytes.toString("latin1", start, end));
    found.setText(field, Number.isSafeInteger(number) ? number.toFixed(0) : String(number));
    return;
  }
}

function takeNested(found: FoundFields, field: number, wantsContainer: boolean, value: Value): void {
  const isContainer = typeof value === "object" && value !== null;
  if (value === null || isContainer !== wantsContainer) found.ends[field] = -1;
  else found.setText(field, isContainer ? rowToJson({ value }).slice('{"value":'.length, -1) : String(value));
}

function decodedKey(bytes: Buffer, start: number, end: number): [Buffer, number, number] {
  const key = Buffer.from(JSON.parse(bytes.toString("utf8", start - 1, end + 1)) as string);
  return [key, 0, key.length];
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const DIGIT_9 = 0x39;
const COLON = 0x3a;
const CAPITAL_E = 0x45;
const OPEN_LIST = 0x5b;
const LETTER_E = 0x65;
const LETTER_N = 0x6e;
const OPEN = 0x7b;
const CLOSE = 0x7d;
