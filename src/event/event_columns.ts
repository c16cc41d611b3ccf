import { assert } from "../kit/index.ts";
import type { Batch, Column } from "./batch.ts";
import { typeOfValue } from "./coercion.ts";
import type { Demand } from "./demand.ts";
import { EventWriter } from "./event_writer.ts";
import { type ReadShape, shapeOf } from "./event_shape.ts";
import { fieldName } from "./field_name.ts";
import { decodedAtPath, type FieldPath, fieldPath } from "./field_path.ts";
import { type ColumnSink, type FieldSink, openColumnSink, putValue, type RowPlace } from "./field_sink.ts";
import { KeySinks } from "./key_sinks.ts";
import type { FieldType, Schema } from "./schema.ts";
import type { Typing } from "./typing.ts";

export interface EventColumnsOptions {
  readonly schema: Schema;
  readonly demand: Demand;
  readonly typing: Typing;
  /** Takes each batch, which is made over again once this returns. */
  readonly accept: (batch: Batch) => void;
}

/**
 * Makes batches of events of any shape: fills the columns that are wanted and lets the target learn of the fields it did not know. `end` is
 * false where the event had a field that nobody knew: it is then read again, because a query that waited for that field may have begun and
 * sees this event.
 */
export class EventColumns extends EventWriter {
  readonly #options: EventColumnsOptions;
  readonly #place: RowPlace = { row: 0, lent: undefined };
  readonly #times = new Float64Array(BATCH_ROWS);
  #written = 0;
  /** The first row that may have texts in the bytes that are lent. */
  #lentRow = 0;
  /** Of the event in hand. */
  #keysRefused = 0;
  #valuesUnfit = 0;
  #version = 0;
  #demandVersion = -1;
  #typingVersion = -1;
  /** The columns that are wanted, by slot. */
  #columns: ColumnSink[] = [];
  /** Wanted and awaited fields within hashes and arrays, by the key that they are under. */
  #nested = new Map<string, NestedField[]>();
  /** Names that the events in hand come without, as fields; none as a rule. */
  #lacking: ReadonlySet<string> = new Set();
  /** Code for events with the keys of a recent one; and how many others come before it is made anew, which is ever more. */
  #readShape: ReadShape | undefined;
  #shapeWait = SHAPE_WAIT_MIN;
  #shapeWaits = SHAPE_WAIT_MIN;
  readonly #sinks = new KeySinks((key) => this.#sinkOf(key));

  constructor(options: EventColumnsOptions) {
    super();
    this.#options = options;
  }

  override get version(): number {
    return this.#version;
  }

  override get keepsAll(): boolean {
    const { typing } = this.#options;
    return typing.isLazy || typing.awaited.size > 0;
  }

  override lack(keys: readonly string[]): void {
    if (keys.length === 0 && this.#lacking.size === 0) return;
    this.flush();
    this.#lacking = new Set(keys.flatMap((key) => [key, fieldName(key) ?? key]));
  }

  override lend(bytes: Buffer | undefined): void {
    const place = this.#place;
    if (place.lent !== undefined) {
      // A large part of a batch goes now, as it is. The texts of a few rows are made, so that small messages still share a batch.
      if (place.row - this.#lentRow >= HANDED_ON_ROWS_MIN) this.flush();
      for (const sink of this.#columns) sink.release(this.#lentRow, place.row);
    }
    place.lent = bytes;
    this.#lentRow = place.row;
  }

  override begin(timeMs: number): void {
    const { demand, typing } = this.#options;
    const { row } = this.#place;
    if (demand.version !== this.#demandVersion || typing.version !== this.#typingVersion) {
      this.flush();
      this.#follow();
    } else if (this.#written > row) {
      this.#reset(row, this.#written);
    }
    this.#written = this.#place.row + 1;
    this.#times[this.#place.row] = timeMs;
    this.#keysRefused = 0;
    this.#valuesUnfit = 0;
  }

  override sink(key: string): FieldSink {
    return this.#sinks.of(key);
  }

  override sinkOfBytes(bytes: Buffer, start: number, end: number): FieldSink {
    return this.#sinks.ofBytes(bytes, start, end);
  }

  override refuseKey(): void {
    this.#keysRefused++;
  }

  /** Events that come one after the other have the same keys as a rule, and teach nothing. */
  override take(event: unknown, timeMs: number): boolean {
    const { demand, typing } = this.#options;
    const { row } = this.#place;
    const isCurrent = demand.version === this.#demandVersion && typing.version === this.#typingVersion && this.#written === row;
    this.#keysRefused = 0;
    this.#valuesUnfit = 0;
    if (!isCurrent || this.#readShape?.(event) !== true) return super.take(event, timeMs);
    if (this.#keysRefused > 0 || this.#valuesUnfit > 0) typing.refused(this.#keysRefused, this.#valuesUnfit);
    this.#times[row] = timeMs;
    this.#written = row + 1;
    this.#place.row = row + 1;
    if (row + 1 === BATCH_ROWS) this.flush();
    return true;
  }

  protected override putProperties(event: Readonly<Record<string, unknown>>): void {
    super.putProperties(event);
    if (this.#options.typing.isLazy || --this.#shapeWait > 0) return;
    this.#readShape = shapeOf(event, (key) => this.sink(key));
    this.#shapeWaits *= 2;
    this.#shapeWait = this.#shapeWaits;
  }

  /** False: the event has shown a field that nobody knew. */
  override end(): boolean {
    if (this.#options.typing.version !== this.#typingVersion) {
      this.flush();
      this.#options.typing.settle();
      return false;
    }
    if (this.#keysRefused > 0 || this.#valuesUnfit > 0) this.#options.typing.refused(this.#keysRefused, this.#valuesUnfit);
    this.#place.row++;
    if (this.#place.row === BATCH_ROWS) this.flush();
    if (this.#options.typing.isLazy) this.#settleFirst();
    return true;
  }

  /** The first event had no field but those that were reserved: what comes from here on is optional all the same. */
  #settleFirst(): void {
    if (this.#options.schema.fields.length === 0) return;
    this.flush();
    this.#options.typing.settle();
  }

  override flush(): void {
    const size = this.#place.row;
    if (size === 0) return;
    this.#place.row = 0;
    this.#lentRow = 0;
    this.#written = Math.max(this.#written, size);
    const { schema, accept } = this.#options;
    const columns: (Column | undefined)[] = Array.from({ length: schema.fields.length });
    const absent: (Uint8Array | undefined)[] = Array.from({ length: schema.fields.length });
    let isAnyAbsent = false;
    for (const sink of this.#columns) {
      const { slot } = sink.field;
      columns[slot] = sink.column(size);
      absent[slot] = sink.absent(size);
      isAnyAbsent ||= absent[slot] !== undefined;
    }
    const lacking =
      this.#lacking.size === 0 ? undefined : this.#columns.flatMap(({ field }) => (this.#lacks(field.name) ? field.slot : []));
    accept({ schema, size, times: this.#times, columns, absent: isAnyAbsent ? absent : undefined, lacking });
    for (const column of columns) if (column?.kind === "dictionary" && column.dictionary.wantsSweep) column.dictionary.sweep();
  }

  #lacks(name: string): boolean {
    return this.#lacking.has(name) || this.#lacking.has(String(fieldPath(name)?.[0]));
  }

  #reset(start: number, end: number): void {
    for (const sink of this.#columns) sink.reset(start, end);
  }

  /** Queries have come or gone, or there are new fields: works out anew which columns are filled, and from where. */
  #follow(): void {
    assert(this.#place.row === 0, "columns were changed under events that had not been handed on");
    const { schema, demand, typing } = this.#options;
    this.#version++;
    this.#demandVersion = demand.version;
    this.#typingVersion = typing.version;
    const unfit = (): void => void this.#valuesUnfit++;
    this.#columns = [];
    this.#nested = new Map();
    for (const [name, use] of demand.fields) {
      const field = schema.field(name);
      if (field === undefined) continue;
      const sink = openColumnSink({ schema, field, use, rows: BATCH_ROWS, place: this.#place, unfit });
      this.#columns.push(sink);
      this.#nest(name, sink);
    }
    for (const name of typing.awaited) if (schema.field(name) === undefined) this.#nest(name, new FirstSight(name, typing));
    this.#written = 0;
    this.#sinks.forget();
    this.#readShape = undefined;
    this.#shapeWait = SHAPE_WAIT_MIN;
    this.#shapeWaits = SHAPE_WAIT_MIN;
  }

  #nest(name: string, sink: FieldSink): void {
    const [root, ...path] = fieldPath(name) ?? [];
    if (typeof root !== "string" || path.length === 0) return;
    const others = this.#nested.get(root) ?? [];
    others.push({ path, sink });
    this.#nested.set(root, others);
  }

  #sinkOf(key: string): FieldSink {
    const { schema, typing } = this.#options;
    // A key that is written as a nested field is written is that field: somebody took the event apart already.
    const name = schema.field(key) !== undefined || typing.awaited.has(key) ? key : fieldName(key);
    if (name === undefined) return new RefusedKey(() => this.#keysRefused++);
    const own = this.#ownSink(name);
    const nested = this.#nested.get(name);
    return nested === undefined ? own : new NestedSink(own, nested);
  }

  #ownSink(name: string): FieldSink {
    const { schema, typing } = this.#options;
    const field = schema.field(name);
    if (field !== undefined) return this.#columns.find((sink) => sink.field === field) ?? UNWANTED;
    return typing.takes(name) ? new FirstSight(name, typing) : UNWANTED;
  }
}

interface NestedField {
  readonly path: FieldPath;
  readonly sink: FieldSink;
}

/** Takes whatever there is and makes the same of it. */
abstract class AnyValue implements FieldSink {
  readonly isWanted: boolean = true;
  readonly learns: boolean = false;
  protected abstract put(type: FieldType): void;

  text(): void {
    this.put("string");
  }

  bytes(): void {
    this.put("string");
  }

  integer(): void {
    this.put("integer");
  }

  float(): void {
    this.put("float");
  }

  truth(): void {
    this.put("boolean");
  }

  nothing(): void {
    this.put("string");
  }

  container(value: object): void {
    this.put(typeOfValue(value));
  }
}

/** A key that is no field yet. */
class FirstSight extends AnyValue {
  override readonly learns = true;
  readonly #name: string;
  readonly #typing: Typing;

  constructor(name: string, typing: Typing) {
    super();
    this.#name = name;
    this.#typing = typing;
  }

  protected put(type: FieldType): void {
    this.#typing.meet(this.#name, type);
  }
}

class Unwanted extends AnyValue {
  override readonly isWanted = false;

  protected put(): void {
    // Nobody asks for it.
  }
}

const UNWANTED = new Unwanted();

/** A key that cannot be a field. */
class RefusedKey extends AnyValue {
  readonly #refused: () => void;

  constructor(refused: () => void) {
    super();
    this.#refused = refused;
  }

  protected put(): void {
    this.#refused();
  }
}

/** A key under which fields are wanted that are nested in its value. */
class NestedSink implements FieldSink {
  readonly isWanted = true;
  readonly learns: boolean;
  readonly #own: FieldSink;
  readonly #nested: readonly NestedField[];

  constructor(own: FieldSink, nested: readonly NestedField[]) {
    this.#own = own;
    this.#nested = nested;
    this.learns = own.learns || nested.some(({ sink }) => sink.learns);
  }

  text(value: string): void {
    this.#own.text(value);
  }

  bytes(bytes: Buffer, start: number, end: number): void {
    this.#own.bytes(bytes, start, end);
  }

  integer(value: number | bigint): void {
    this.#own.integer(value);
  }

  float(value: number): void {
    this.#own.float(value);
  }

  truth(value: boolean): void {
    this.#own.truth(value);
  }

  nothing(): void {
    this.#own.nothing();
  }

  container(value: object): void {
    this.#own.container(value);
    for (const { path, sink } of this.#nested) {
      const found = decodedAtPath(value, path);
      if (found !== undefined) putValue(sink, found);
    }
  }
}

/** Rows handed on at once: enough to spread the cost of a call, few enough that a thousand targets do not fill the memory with columns. */
const BATCH_ROWS = 1024;
const HANDED_ON_ROWS_MIN = 256;
/** So many events of other keys, and then twice as many each time: whoever sends events chooses their keys, and code is dear to make. */
const SHAPE_WAIT_MIN = 8;
