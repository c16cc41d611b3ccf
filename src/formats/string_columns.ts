import type { Dictionary, Field, Schema, Use } from "../event/index.ts";

/** A string column that a format fills from bytes, anew for every batch. Both keep no reference to the bytes. */
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

/** A `TextColumn`. */
class FilledTexts {
  readonly kind = "text";
  readonly values: (string | null)[];

  constructor(rows: number) {
    this.values = Array.from({ length: rows }, () => null);
  }

  // Decoding copies the bytes. Slices of one string made of the whole chunk would be cheaper to make, and would keep that string alive for
  // as long as a statement keeps one field of one line.
  set(row: number, bytes: Buffer, start: number, end: number): void {
    this.values[row] = bytes.toString("utf8", start, end);
  }

  setText(row: number, text: string): void {
    this.values[row] = text;
  }

  setNull(row: number): void {
    this.values[row] = null;
  }
}
