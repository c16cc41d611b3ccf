import { assert } from "../kit/index.ts";
import type { Batch, Column } from "./batch.ts";
import { typeOfValue } from "./coercion.ts";
import type { Demand } from "./demand.ts";
import { Dictionary } from "./dictionary.ts";
import { fieldName } from "./field_name.ts";
import { type FieldPath, fieldPath } from "./field_path.ts";
import { type ColumnSink, type FieldSink, openColumnSink, putValue, type RowPlace } from "./field_sink.ts";
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
 * Makes batches of events of any shape: fills the columns that are wanted and lets the target learn of the fields it did not know. A reader
 * of bytes goes over an event once:
 *
 * ```
 * do {
 *   columns.begin(timeMs);
 *   // for each key at the top of the event:
 *   const sink = columns.sinkOfBytes(bytes, keyStart, keyEnd);
 *   // if sink.isWanted, the method of sink for the kind of its value; else the value is skipped
 * } while (!columns.end());
 * ```
 *
 * and calls `flush` when it has given all that it has. `end` is false where the event had a field that nobody knew: it is then read again, because
 * a query that waited for that field may have begun and sees this event. Who already has objects calls `take`.
 */
export class EventColumns {
  readonly #options: EventColumnsOptions;
  readonly #place: RowPlace = { row: 0 };
  readonly #times = new Float64Array(BATCH_ROWS);
  #written = 0;
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
  #sinks = new Map<string, FieldSink>();
  #keys = new Dictionary();
  #sinksByCode: (FieldSink | undefined)[] = [];

  constructor(options: EventColumnsOptions) {
    this.#options = options;
  }

  /** Moves when the sinks that were given out before are no longer good. To be asked between `begin` and `end`. */
  get version(): number {
    return this.#version;
  }

  /** An event begins that happened, or arrived, at `timeMs`. One that was begun and not ended is forgotten. */
  begin(timeMs: number): void {
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

  /** Where the value of a key at the top of the event goes. Good for this event. */
  sink(key: string): FieldSink {
    let sink = this.#sinks.get(key);
    if (sink === undefined) {
      if (this.#sinks.size >= KEYS_MAX) this.#sinks.clear();
      sink = this.#sinkOf(key);
      this.#sinks.set(key, sink);
    }
    return sink;
  }

  /** As `sink`, for a key that stands in UTF-8 at `[start, end)`. */
  sinkOfBytes(bytes: Buffer, start: number, end: number): FieldSink {
    if (end - start > KEY_BYTES_MAX) return this.sink(bytes.toString("utf8", start, end));
    const code = this.#keys.codeOfBytes(bytes, start, end);
    const known = this.#sinksByCode[code];
    if (known !== undefined) return known;
    const sink = this.sink(this.#keys.text(code));
    if (this.#keys.size > KEYS_MAX) this.#forgetKeys();
    else this.#sinksByCode[code] = sink;
    return sink;
  }

  /** The event is complete. False: it has shown a field that nobody knew, and has to be read again from its beginning. */
  end(): boolean {
    if (this.#options.typing.version !== this.#typingVersion) {
      this.flush();
      this.#options.typing.settle();
      return false;
    }
    if (this.#keysRefused > 0 || this.#valuesUnfit > 0) this.#options.typing.refused(this.#keysRefused, this.#valuesUnfit);
    this.#place.row++;
    if (this.#place.row === BATCH_ROWS) this.flush();
    return true;
  }

  /** Takes an event as an object, or a Map with strings as keys. False, and nothing is taken, when it is neither. */
  take(event: unknown, timeMs: number): boolean {
    if (typeof event !== "object" || event === null || Array.isArray(event)) return false;
    do {
      this.begin(timeMs);
      if (event instanceof Map) this.#putEntries(event as ReadonlyMap<unknown, unknown>);
      else this.#putProperties(event as Readonly<Record<string, unknown>>);
    } while (!this.end());
    return true;
  }

  /** Hands on the events that are complete. */
  flush(): void {
    const size = this.#place.row;
    if (size === 0) return;
    this.#place.row = 0;
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
    accept({ schema, size, times: this.#times, columns, absent: isAnyAbsent ? absent : undefined });
    for (const column of columns) if (column?.kind === "dictionary" && column.dictionary.wantsSweep) column.dictionary.sweep();
  }

  #putProperties(event: Readonly<Record<string, unknown>>): void {
    for (const key in event) {
      const sink = this.sink(key);
      if (sink.isWanted) putValue(sink, event[key]);
    }
  }

  #putEntries(event: ReadonlyMap<unknown, unknown>): void {
    for (const [key, value] of event) {
      if (typeof key !== "string") {
        this.#keysRefused++;
        continue;
      }
      const sink = this.sink(key);
      if (sink.isWanted) putValue(sink, value);
    }
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
    this.#sinks = new Map();
    this.#forgetKeys();
  }

  #nest(name: string, sink: FieldSink): void {
    const [root, ...path] = fieldPath(name) ?? [];
    if (typeof root !== "string" || path.length === 0) return;
    const others = this.#nested.get(root) ?? [];
    others.push({ path, sink });
    this.#nested.set(root, others);
  }

  #forgetKeys(): void {
    this.#keys = new Dictionary();
    this.#sinksByCode = [];
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
  readonly #own: FieldSink;
  readonly #nested: readonly NestedField[];

  constructor(own: FieldSink, nested: readonly NestedField[]) {
    this.#own = own;
    this.#nested = nested;
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
      const found = stepInto(value, path);
      if (found !== undefined) putValue(sink, found);
    }
  }
}

/** What stands at a path within a decoded value; undefined where there is nothing, which is less than null. */
function stepInto(value: object, path: FieldPath): unknown {
  let at: unknown = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null) return undefined;
    if (Array.isArray(at)) at = typeof step === "number" ? (at as readonly unknown[])[step] : undefined;
    else if (at instanceof Map) at = (at as ReadonlyMap<unknown, unknown>).get(String(step));
    else at = Object.hasOwn(at, step) ? (at as Readonly<Record<string | number, unknown>>)[step] : undefined;
  }
  return at;
}

/** Rows handed on at once: enough to spread the cost of a call, few enough that a thousand targets do not fill the memory with columns. */
const BATCH_ROWS = 1024;
/** Keys whose sink is remembered. An attacker may make up more. */
const KEYS_MAX = 4096;
/** A longer key is no field. */
const KEY_BYTES_MAX = 1024;
