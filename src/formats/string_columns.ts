import { type Dictionary, type Field, FilledTexts, type Schema, type TextColumn, textOfBytes, type Use } from "../event/index.ts";

/** A string column that a format fills from bytes, anew for every batch. The bytes have to stay as they are until the batch was handed on. */
export type FilledStrings = FilledKeys | FilledTexts;

export function filledStrings(schema: Schema, field: Field, use: Use, rows: number): FilledStrings {
  return use === "key" ? new FilledKeys(schema.dictionary(field), rows) : new FilledTexts(rows);
}

/** A `DictionaryColumn`. */
export class FilledKeys {
  readonly kind = "dictionary";
  readonly codes: Int32Array;
  readonly dictionary: Dictionary;

  constructor(dictionary: Dictionary, rows: number) {
    this.dictionary = dictionary;
    this.codes = new Int32Array(rows);
  }

  /** Sets a row to the UTF-8 bytes `[start, end)`; bytes that are not UTF-8 read as U+FFFD. */
  set(row: number, bytes: Buffer, start: number, end: number): void {
    this.codes[row] = this.dictionary.codeOfBytes(bytes, start, end);
  }

  setText(row: number, text: string): void {
    this.codes[row] = this.dictionary.codeOf(text);
  }

  setNull(row: number): void {
    this.codes[row] = -1;
  }
}

/** Takes one part of some lines. */
interface PartColumn {
  set(row: number, bytes: Buffer, start: number, end: number): void;
  setNull(row: number): void;
}

/** Sets the rows `[from, to)` of a column to a part of their lines. */
export type FillPart = (column: PartColumn, bytes: Buffer, from: number, to: number) => void;

/** A `TextColumn` of a part that is looked for in its line only when somebody asks for it. */
export class PartTexts implements TextColumn, PartColumn {
  readonly kind = "text";
  readonly #fill: FillPart;
  #bytes: Buffer = NO_BYTES;
  /** Undefined where nobody has asked yet. */
  readonly #texts: (string | null | undefined)[];
  #isAsked = false;

  constructor(rows: number, fill: FillPart) {
    this.#fill = fill;
    this.#texts = Array.from({ length: rows }, () => undefined);
  }

  /** A batch begins whose lines stand in `bytes`. */
  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    if (this.#isAsked) this.#texts.fill(undefined);
    this.#isAsked = false;
  }

  set(row: number, bytes: Buffer, start: number, end: number): void {
    this.#texts[row] = textOfBytes(bytes, start, end);
  }

  setNull(row: number): void {
    this.#texts[row] = null;
  }

  text(row: number): string | null {
    const known = this.#texts[row];
    return known === undefined ? this.#firstAsked(row) : known;
  }

  #firstAsked(row: number): string | null {
    this.#isAsked = true;
    this.#fill(this, this.#bytes, row, row + 1);
    return this.#texts[row] ?? null;
  }
}

const NO_BYTES = Buffer.alloc(0);
