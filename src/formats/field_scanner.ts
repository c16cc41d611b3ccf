import type { Refused, Scanner } from "../component/index.ts";
import type { Batch, Demand, Schema } from "../event/index.ts";
import type { TimeReader } from "./time_text.ts";
import { type FilledColumn, TypedColumns } from "./typed_columns.ts";

/** Where the fields of one line stand, by their place in the list of names that the parser was made for. */
export class FoundFields {
  readonly starts: Int32Array;
  /** -1 where the line does not have the field, or says that it is nothing. */
  readonly ends: Int32Array;
  /** The text of a field whose bytes are not its text as they stand, such as one with escapes. */
  readonly texts: (string | undefined)[];
  /** 1 where somebody wants the field: only for these are escapes worth decoding. */
  readonly isWanted: Uint8Array;
  #hasTexts = false;

  constructor(isWanted: Uint8Array) {
    this.isWanted = isWanted;
    this.starts = new Int32Array(isWanted.length);
    this.ends = new Int32Array(isWanted.length).fill(-1);
    this.texts = Array.from(isWanted, () => undefined);
  }

  set(field: number, start: number, end: number): void {
    this.starts[field] = start;
    this.ends[field] = end;
    if (this.#hasTexts) this.texts[field] = undefined;
  }

  setText(field: number, text: string): void {
    this.starts[field] = this.ends[field] = 0;
    this.texts[field] = text;
    this.#hasTexts = true;
  }

  clear(): void {
    this.ends.fill(-1);
    if (this.#hasTexts) this.texts.fill(undefined);
    this.#hasTexts = false;
  }
}

/** Finds the fields of one line at a time; pure but for what it writes into `found`. */
export interface FieldParser {
  /**
   * Finds the fields of the line `[start, end)`, which is without its newline, in time proportional to its length. Gives a word of a small
   * fixed set when it is not a line of the format. `nowMs` is when the line was read.
   */
  parse(bytes: Buffer, start: number, end: number, found: FoundFields, nowMs: number): string | undefined;
}

/** Where one record of the lines `[start, end)` ends: at a newline, the last of them at `end - 1`. */
export type RecordEnd = (bytes: Buffer, start: number, end: number) => number;

export interface FieldScannerOptions {
  readonly schema: Schema;
  readonly demand: Demand;
  /** The fields that the parser finds, in its order. */
  readonly names: readonly string[];
  readonly parser: FieldParser;
  /** The field that is the time of the event, and how it is read. A line without it is of the time it was read at. */
  readonly time?: { readonly name: string; readonly reader: TimeReader } | undefined;
  /** How records end, where one may be of several lines. */
  readonly recordEnd?: RecordEnd | undefined;
}

/**
 * Scans lines by a parser that finds fields, and fills the columns in demand by the types of their fields. A line is done with in two
 * steps, so that a line which turns out bad at its end has left nothing in a column.
 */
export class FieldScanner implements Scanner {
  readonly batch: { -readonly [Key in keyof Batch]: Batch[Key] };
  readonly #options: FieldScannerOptions;
  readonly #columns: TypedColumns;
  /** By place in `names`; undefined where nobody asks. */
  readonly #filled: readonly (FilledColumn | undefined)[];
  readonly #found: FoundFields;
  readonly #timeField: number;
  readonly #times = new Float64Array(BATCH_ROWS_MAX);
  readonly #timeColumn: Float64Array | undefined;

  constructor(options: FieldScannerOptions) {
    const { schema, demand, names, time } = options;
    this.#options = options;
    this.#columns = new TypedColumns(schema, demand, BATCH_ROWS_MAX);
    this.#timeField = time === undefined ? -1 : names.indexOf(time.name);
    this.#filled = names.map((name, at) => (at === this.#timeField ? undefined : this.#columns.named(name)));
    this.#timeColumn = time === undefined ? undefined : integersOf(this.#columns.named(time.name));
    this.#found = new FoundFields(Uint8Array.from(this.#filled, (column) => (column === undefined ? 0 : 1)));
    if (this.#timeField >= 0) this.#found.isWanted[this.#timeField] = 1;
    this.batch = { schema, size: 0, times: this.#times, columns: this.#columns.columns };
  }

  scan(bytes: Buffer, start: number, end: number, timeMs: number, refused: Refused): number {
    this.#columns.sweep();
    const { parser, recordEnd } = this.#options;
    let at = start;
    let row = 0;
    while (at < end && row < BATCH_ROWS_MAX) {
      const newline = recordEnd === undefined ? bytes.indexOf(NEWLINE, at) : recordEnd(bytes, at, end);
      const lineEnd = newline > at && bytes[newline - 1] === RETURN ? newline - 1 : newline;
      this.#found.clear();
      const reason = parser.parse(bytes, at, lineEnd, this.#found, timeMs) ?? this.#readTime(row, bytes, timeMs);
      if (reason === undefined) this.#fill(row++, bytes);
      else refused(reason, at, newline);
      at = newline + 1;
    }
    this.batch.size = row;
    return at;
  }

  /** Gives "time" when there is one and it cannot be read: an event at a wrong time is worse than none. */
  #readTime(row: number, bytes: Buffer, nowMs: number): string | undefined {
    const field = this.#timeField;
    const time = this.#options.time;
    const { starts, ends, texts } = this.#found;
    if (time === undefined || field < 0 || ends[field]! < 0) {
      this.#times[row] = nowMs;
      if (this.#timeColumn !== undefined) this.#timeColumn[row] = Number.NaN;
      return undefined;
    }
    const text = texts[field];
    const own = text === undefined ? undefined : Buffer.from(text);
    const ms = time.reader.read(own ?? bytes, own === undefined ? starts[field]! : 0, own?.length ?? ends[field]!, nowMs);
    if (Number.isNaN(ms)) return "time";
    this.#times[row] = ms;
    if (this.#timeColumn !== undefined) this.#timeColumn[row] = ms;
    return undefined;
  }

  #fill(row: number, bytes: Buffer): void {
    const { starts, ends, texts } = this.#found;
    const filled = this.#filled;
    for (let field = 0; field < filled.length; field++) {
      const column = filled[field];
      if (column === undefined) continue;
      const end = ends[field]!;
      const text = texts[field];
      if (end < 0) column.setNull(row);
      else if (text === undefined) column.set(row, bytes, starts[field]!, end);
      else column.setText(row, text);
    }
  }
}

function integersOf(column: FilledColumn | undefined): Float64Array | undefined {
  return column?.kind === "integer" ? column.values : undefined;
}

/** Enough for the calls around a batch not to count, and little enough for its bytes to be in the processor's cache still. */
const BATCH_ROWS_MAX = 1024;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
