import type { Refused, Scanner } from "../../component/index.ts";
import type { Batch, Column, Demand, FieldType, Schema } from "../../event/index.ts";
import { FilledKeys, type FilledStrings, filledStrings } from "../string_columns.ts";
import { LineIndex } from "./line_index.ts";
import { LINE_ROWS_MAX } from "./line_kernel.ts";
import { methodEnd, pathEnd, pathStart } from "./request.ts";

/** `time` is epoch ms. `-` is null for host, user, size, referer and agent; escapes are kept as they are written. */
export const COMBINED_FIELDS = {
  host: "string",
  user: "string",
  time: "integer",
  method: "string",
  path: "string",
  code: "integer",
  size: "integer",
  referer: "string",
  agent: "string",
} as const satisfies Readonly<Record<string, FieldType>>;

type FieldName = keyof typeof COMBINED_FIELDS;

/** Fills the columns in demand, one after the other, from lines that were found good in every part, in demand or not. */
export class CombinedScanner implements Scanner {
  readonly batch: { -readonly [Key in keyof Batch]: Batch[Key] };
  readonly #schema: Schema;
  readonly #demand: Demand;
  readonly #columns: (Column | undefined)[];
  readonly #keys: FilledKeys[] = [];
  readonly #index = new LineIndex(LINE_ROWS_MAX);
  readonly #host: FilledStrings | undefined;
  readonly #user: FilledStrings | undefined;
  readonly #method: FilledStrings | undefined;
  readonly #path: FilledStrings | undefined;
  readonly #referer: FilledStrings | undefined;
  readonly #agent: FilledStrings | undefined;

  constructor(schema: Schema, demand: Demand) {
    this.#schema = schema;
    this.#demand = demand;
    this.#columns = schema.fields.map(() => undefined);
    this.#host = this.#strings("host");
    this.#user = this.#strings("user");
    this.#integers("time", this.#index.timesMs);
    this.#method = this.#strings("method");
    this.#path = this.#strings("path");
    this.#integers("code", this.#index.codes);
    this.#integers("size", this.#index.sizes);
    this.#referer = this.#strings("referer");
    this.#agent = this.#strings("agent");
    this.batch = { schema, size: 0, times: this.#index.timesMs, columns: this.#columns };
  }

  scan(bytes: Buffer, start: number, end: number, _timeMs: number, refused: Refused): number {
    // Codes are given back here because nobody holds the last batch any more and the next one is not begun.
    for (const { dictionary } of this.#keys) if (dictionary.wantsSweep) dictionary.sweep();
    const index = this.#index;
    const stoppedAt = index.read(bytes, start, end, refused);
    this.batch.size = index.size;
    if (this.#host !== undefined) fillParts(this.#host, bytes, index.hostStarts, index.hostEnds, index.size);
    if (this.#user !== undefined) fillParts(this.#user, bytes, index.userStarts, index.userEnds, index.size);
    if (this.#method !== undefined) fillMethods(this.#method, bytes, index);
    if (this.#path !== undefined) fillPaths(this.#path, bytes, index);
    if (this.#referer !== undefined) fillParts(this.#referer, bytes, index.refererStarts, index.refererEnds, index.size);
    if (this.#agent !== undefined) fillParts(this.#agent, bytes, index.agentStarts, index.agentEnds, index.size);
    return stoppedAt;
  }

  #strings(name: FieldName): FilledStrings | undefined {
    const field = this.#schema.field(name);
    const use = this.#demand.fields.get(name);
    if (field === undefined || use === undefined) return undefined;
    const column = filledStrings(this.#schema, field, use, LINE_ROWS_MAX);
    if (column instanceof FilledKeys) this.#keys.push(column);
    this.#columns[field.slot] = column;
    return column;
  }

  #integers(name: FieldName, values: Float64Array): void {
    const field = this.#schema.field(name);
    if (field !== undefined && this.#demand.fields.has(name)) this.#columns[field.slot] = { kind: "integer", values, wide: undefined };
  }
}

function fillParts(column: FilledStrings, bytes: Buffer, starts: Int32Array, ends: Int32Array, size: number): void {
  for (let row = 0; row < size; row++) {
    const start = starts[row]!;
    const end = ends[row]!;
    if (end === 0 || isDash(bytes, start, end)) column.setNull(row);
    else column.set(row, bytes, start, end);
  }
}

function fillMethods(column: FilledStrings, bytes: Buffer, { requestStarts, requestEnds, size }: LineIndex): void {
  for (let row = 0; row < size; row++) {
    const start = requestStarts[row]!;
    const end = methodEnd(bytes, start, requestEnds[row]!);
    if (end === start) column.setNull(row);
    else column.set(row, bytes, start, end);
  }
}

function fillPaths(column: FilledStrings, bytes: Buffer, { requestStarts, requestEnds, size }: LineIndex): void {
  for (let row = 0; row < size; row++) {
    const requestEnd = requestEnds[row]!;
    const start = pathStart(bytes, requestStarts[row]!, requestEnd);
    if (start === requestEnd) column.setNull(row);
    else column.set(row, bytes, start, pathEnd(bytes, start, requestEnd));
  }
}

function isDash(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 1 && bytes[start] === 0x2d;
}
