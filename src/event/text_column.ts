/**
 * Strings as they are. They may stand as bytes in what the batch was read from, and are made when somebody asks: nearly every query looks at
 * another field first and wants the texts of few rows.
 */
export interface TextColumn {
  readonly kind: "text";
  /** The text of a row; may be asked for as long as the batch is valid, again and again. The string itself may be kept for good. */
  text(row: number): string | null;
}

/** Strings that are there already. */
export class TextArray implements TextColumn {
  readonly kind = "text";
  readonly #texts: readonly (string | null)[];

  /** `texts` may be filled anew, as the arrays of a batch are. */
  constructor(texts: readonly (string | null)[]) {
    this.#texts = texts;
  }

  text(row: number): string | null {
    return this.#texts[row] ?? null;
  }
}

/** Texts that are filled row by row, anew for every batch: texts that are there, and texts that all stand in the same bytes. */
export class FilledTexts implements TextColumn {
  readonly kind = "text";
  #bytes: Buffer = NO_BYTES;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  /** Undefined where nobody has asked yet. */
  readonly #texts: (string | null | undefined)[];

  constructor(rows: number) {
    this.#starts = new Int32Array(rows);
    this.#ends = new Int32Array(rows);
    this.#texts = Array.from({ length: rows }, () => null);
  }

  /** Sets a row to the UTF-8 bytes `[start, end)`, which have to stay as they are for as long as it may be asked for. */
  set(row: number, bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.#starts[row] = start;
    this.#ends[row] = end;
    this.#texts[row] = undefined;
  }

  setText(row: number, text: string): void {
    this.#texts[row] = text;
  }

  setNull(row: number): void {
    this.#texts[row] = null;
  }

  /** The rows `[start, end)` are null. */
  setNulls(start: number, end: number): void {
    this.#texts.fill(null, start, end);
  }

  text(row: number): string | null {
    const known = this.#texts[row];
    return known === undefined ? this.#firstAsked(row) : known;
  }

  /** Makes the texts of the rows `[start, end)`, so that the bytes need not stay. */
  release(start: number, end: number): void {
    for (let row = start; row < end; row++) if (this.#texts[row] === undefined) this.#firstAsked(row);
    this.#bytes = NO_BYTES;
  }

  #firstAsked(row: number): string {
    return (this.#texts[row] = textOfBytes(this.#bytes, this.#starts[row]!, this.#ends[row]!));
  }
}

/**
 * The text of the UTF-8 bytes `[start, end)`, which are copied; bytes that are not UTF-8 read as U+FFFD. Slices of one string made of the whole
 * chunk would be cheaper to make, and would keep that string alive for as long as a statement keeps one field of one line.
 */
export function textOfBytes(bytes: Buffer, start: number, end: number): string {
  if (end - start > SHORT_BYTES) return bytes.toString("utf8", start, end);
  let text = "";
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte > 0x7f) return bytes.toString("utf8", start, end);
    text += String.fromCharCode(byte);
  }
  return text;
}

const NO_BYTES = Buffer.alloc(0);
/** A method or a status is put together here in 20 ns; to ask Node for a text takes 50 to 60 ns, however short it is. */
const SHORT_BYTES = 4;
