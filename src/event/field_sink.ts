import type { Column } from "./batch.ts";
import { floatOfText, integerOfFloat, integerOfText, integerWithin, nestedValue, textOfFloat, truthOfText } from "./coercion.ts";
import type { Use } from "./demand.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Field, Schema } from "./schema.ts";
import { FilledTexts, textOfBytes } from "./text_column.ts";
import type { Value } from "./value.ts";

/**
 * Takes the value of one key of the event in hand, as whatever it came, and fits it to the type of the field. A reader that knows what it
 * has before it calls the method of that kind, so that nothing is boxed or decoded for nothing.
 */
export interface FieldSink {
  /** False: nobody wants the value, which may be skipped unread. */
  readonly isWanted: boolean;
  /** True: a value here adds a field to the target, so it is to be given only once it is known that the event is taken. */
  readonly learns: boolean;
  text(value: string): void;
  /** The UTF-8 bytes `[start, end)`; no string is made of those that are known already. */
  bytes(bytes: Buffer, start: number, end: number): void;
  integer(value: number | bigint): void;
  float(value: number): void;
  truth(value: boolean): void;
  nothing(): void;
  /** A hash (an object or a Map) or an array. */
  container(value: object): void;
}

/** Hands a decoded value to the method of its kind. What has no place in an event (a function, a symbol) is null. */
export function putValue(sink: FieldSink, value: unknown): void {
  switch (typeof value) {
    case "string":
      return sink.text(value);
    case "number":
      return Number.isInteger(value) ? sink.integer(value) : sink.float(value);
    case "boolean":
      return sink.truth(value);
    case "bigint":
      return sink.integer(value);
    case "object":
      if (value === null) return sink.nothing();
      if (value instanceof Date) return sink.text(value.toISOString());
      if (value instanceof Uint8Array) return sink.bytes(Buffer.from(value.buffer, value.byteOffset, value.byteLength), 0, value.length);
      return sink.container(value);
    default:
      return sink.nothing();
  }
}

/** Which row the sinks of one set of columns write. */
export interface RowPlace {
  row: number;
  /** Bytes that stay as they are until they are taken back by `EventWriter.lend`: texts in them are made when somebody asks. */
  lent: Buffer | undefined;
}

export interface ColumnSinkOptions {
  readonly schema: Schema;
  readonly field: Field;
  readonly use: Use;
  readonly rows: number;
  readonly place: RowPlace;
  /** Told of every value that became null because it does not fit the type of its field. */
  readonly unfit: () => void;
}

/** Fills the column of a field that is wanted, row by row. */
export function openColumnSink(options: ColumnSinkOptions): ColumnSink {
  const { schema, field, use } = options;
  switch (field.type) {
    case "string":
      return use === "key" ? new KeySink(options, schema.dictionary(field)) : new TextSink(options);
    case "integer":
      return new IntegerSink(options);
    case "float":
      return new FloatSink(options);
    case "boolean":
      return new BooleanSink(options);
    case "hash":
    case "array":
      return new ContainerSink(options, field.type === "array");
  }
}

/** A row that is not written is null, and absent where events need not have the field. */
export abstract class ColumnSink implements FieldSink {
  readonly isWanted = true;
  readonly learns = false;
  readonly field: Field;
  protected readonly unfit: () => void;
  readonly #place: RowPlace;
  readonly #absent: Uint8Array | undefined;

  constructor({ field, rows, place, unfit }: ColumnSinkOptions) {
    this.field = field;
    this.unfit = unfit;
    this.#place = place;
    this.#absent = field.optional ? new Uint8Array(rows).fill(1) : undefined;
  }

  abstract text(value: string): void;
  abstract bytes(bytes: Buffer, start: number, end: number): void;
  abstract integer(value: number | bigint): void;
  abstract float(value: number): void;
  abstract truth(value: boolean): void;
  abstract nothing(): void;
  abstract container(value: object): void;
  /** The first `size` rows, valid until one of them is written again. */
  abstract column(size: number): Column;
  protected abstract forget(start: number, end: number): void;

  /** 1 for each of the first `size` rows whose event did not have the field; undefined when all of them had it. */
  absent(size: number): Uint8Array | undefined {
    const at = this.#absent?.indexOf(1) ?? -1;
    return at >= 0 && at < size ? this.#absent : undefined;
  }

  /** The bytes that were lent do not stay any longer; the rows `[start, end)` were written since they were and are not handed on. */
  release(_start: number, _end: number): void {
    // Most columns hold values.
  }

  /** The rows `[start, end)` are unwritten again. */
  reset(start: number, end: number): void {
    this.#absent?.fill(1, start, end);
    this.forget(start, end);
  }

  /** The row in hand, which has the field. */
  protected here(): number {
    const { row } = this.#place;
    if (this.#absent !== undefined) this.#absent[row] = 0;
    return row;
  }
}

class TextSink extends ColumnSink {
  readonly #texts: FilledTexts;
  readonly #place: RowPlace;

  constructor(options: ColumnSinkOptions) {
    super(options);
    this.#place = options.place;
    this.#texts = new FilledTexts(options.rows);
  }

  text(value: string): void {
    this.#texts.setText(this.here(), value);
  }

  bytes(bytes: Buffer, start: number, end: number): void {
    if (bytes === this.#place.lent) this.#texts.set(this.here(), bytes, start, end);
    else this.text(textOfBytes(bytes, start, end));
  }

  integer(value: number | bigint): void {
    this.text(String(value));
  }

  float(value: number): void {
    this.text(textOfFloat(value));
  }

  truth(value: boolean): void {
    this.text(String(value));
  }

  nothing(): void {
    this.#texts.setNull(this.here());
  }

  container(): void {
    this.nothing();
    this.unfit();
  }

  column(): Column {
    return this.#texts;
  }

  override release(start: number, end: number): void {
    this.#texts.release(start, end);
  }

  protected forget(start: number, end: number): void {
    this.#texts.setNulls(start, end);
  }
}

class KeySink extends ColumnSink {
  readonly #codes: Int32Array;
  readonly #dictionary: Dictionary;

  constructor(options: ColumnSinkOptions, dictionary: Dictionary) {
    super(options);
    this.#dictionary = dictionary;
    this.#codes = new Int32Array(options.rows).fill(-1);
  }

  text(value: string): void {
    this.#codes[this.here()] = this.#dictionary.codeOf(value);
  }

  bytes(bytes: Buffer, start: number, end: number): void {
    this.#codes[this.here()] = this.#dictionary.codeOfBytes(bytes, start, end);
  }

  integer(value: number | bigint): void {
    this.text(String(value));
  }

  float(value: number): void {
    this.text(textOfFloat(value));
  }

  truth(value: boolean): void {
    this.text(String(value));
  }

  nothing(): void {
    this.#codes[this.here()] = -1;
  }

  container(): void {
    this.nothing();
    this.unfit();
  }

  column(): Column {
    return { kind: "dictionary", codes: this.#codes, dictionary: this.#dictionary };
  }

  protected forget(start: number, end: number): void {
    this.#codes.fill(-1, start, end);
  }
}

class IntegerSink extends ColumnSink {
  readonly #values: Float64Array;
  readonly #wide = new Map<number, bigint>();

  constructor(options: ColumnSinkOptions) {
    super(options);
    this.#values = new Float64Array(options.rows).fill(Number.NaN);
  }

  text(value: string): void {
    this.#fitted(integerOfText(value));
  }

  bytes(bytes: Buffer, start: number, end: number): void {
    this.text(bytes.toString("latin1", start, Math.min(end, start + NUMBER_LENGTH_MAX)));
  }

  integer(value: number | bigint): void {
    if (typeof value === "bigint") return this.#fitted(integerWithin(value));
    if (!Number.isSafeInteger(value)) return this.#fitted(integerOfFloat(value));
    const row = this.here();
    // A key may come twice.
    if (this.#wide.size > 0) this.#wide.delete(row);
    this.#values[row] = value + 0;
  }

  float(value: number): void {
    this.#fitted(integerOfFloat(value));
  }

  truth(): void {
    this.#fitted(null);
  }

  nothing(): void {
    this.#set(null);
  }

  container(): void {
    this.#fitted(null);
  }

  column(): Column {
    return { kind: "integer", values: this.#values, wide: this.#wide.size === 0 ? undefined : new Map(this.#wide) };
  }

  protected forget(start: number, end: number): void {
    this.#values.fill(Number.NaN, start, end);
    if (this.#wide.size > 0) for (const row of this.#wide.keys()) if (row >= start && row < end) this.#wide.delete(row);
  }

  #fitted(value: number | bigint | null): void {
    if (value === null) this.unfit();
    this.#set(value);
  }

  #set(value: number | bigint | null): void {
    const row = this.here();
    if (typeof value === "bigint") this.#wide.set(row, value);
    else this.#wide.delete(row);
    this.#values[row] = value === null ? Number.NaN : Number(value);
  }
}

class FloatSink extends ColumnSink {
  readonly #values: Float64Array;
  readonly #nulls: Uint8Array;

  constructor(options: ColumnSinkOptions) {
    super(options);
    this.#values = new Float64Array(options.rows);
    this.#nulls = new Uint8Array(options.rows).fill(1);
  }

  text(value: string): void {
    this.float(floatOfText(value));
  }

  bytes(bytes: Buffer, start: number, end: number): void {
    this.text(bytes.toString("latin1", start, Math.min(end, start + NUMBER_LENGTH_MAX)));
  }

  integer(value: number | bigint): void {
    this.float(Number(value));
  }

  float(value: number): void {
    const row = this.here();
    this.#values[row] = value;
    this.#nulls[row] = 0;
  }

  truth(): void {
    this.nothing();
    this.unfit();
  }

  nothing(): void {
    this.#nulls[this.here()] = 1;
  }

  container(): void {
    this.nothing();
    this.unfit();
  }

  column(size: number): Column {
    const at = this.#nulls.indexOf(1);
    return { kind: "float", values: this.#values, nulls: at >= 0 && at < size ? this.#nulls : undefined };
  }

  protected forget(start: number, end: number): void {
    this.#nulls.fill(1, start, end);
  }
}

class BooleanSink extends ColumnSink {
  readonly #values: Uint8Array;

  constructor(options: ColumnSinkOptions) {
    super(options);
    this.#values = new Uint8Array(options.rows).fill(NULL);
  }

  text(value: string): void {
    this.truth(truthOfText(value));
  }

  bytes(bytes: Buffer, start: number, end: number): void {
    this.truth(end - start !== 5 || truthOfText(bytes.toString("latin1", start, end)));
  }

  integer(): void {
    this.truth(true);
  }

  float(): void {
    this.truth(true);
  }

  truth(value: boolean): void {
    this.#values[this.here()] = value ? 1 : 0;
  }

  nothing(): void {
    this.#values[this.here()] = NULL;
  }

  container(): void {
    this.nothing();
    this.unfit();
  }

  column(): Column {
    return { kind: "boolean", values: this.#values };
  }

  protected forget(start: number, end: number): void {
    this.#values.fill(NULL, start, end);
  }
}

class ContainerSink extends ColumnSink {
  readonly #values: Value[];
  readonly #isArray: boolean;

  constructor(options: ColumnSinkOptions, isArray: boolean) {
    super(options);
    this.#isArray = isArray;
    this.#values = Array.from({ length: options.rows }, () => null);
  }

  text(): void {
    this.#refuse();
  }

  bytes(): void {
    this.#refuse();
  }

  integer(): void {
    this.#refuse();
  }

  float(): void {
    this.#refuse();
  }

  truth(): void {
    this.#refuse();
  }

  nothing(): void {
    this.#values[this.here()] = null;
  }

  container(value: object): void {
    const kept = Array.isArray(value) === this.#isArray ? nestedValue(value) : undefined;
    if (kept === undefined) return this.#refuse();
    this.#values[this.here()] = kept;
  }

  column(): Column {
    return { kind: "value", values: this.#values };
  }

  protected forget(start: number, end: number): void {
    this.#values.fill(null, start, end);
  }

  #refuse(): void {
    this.nothing();
    this.unfit();
  }
}

const NULL = 2;
/** No number is longer; what is behind it is not read. */
const NUMBER_LENGTH_MAX = 512;
