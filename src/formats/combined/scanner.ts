import type { Refused, Scanner } from "../../component/index.ts";
import type { Batch, Column, Demand, FieldType, Schema } from "../../event/index.ts";
import { FilledKeys, type FillPart, PartTexts } from "../string_columns.ts";
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

/**
 * Fills the columns in demand, one after the other, from lines that were found good in every part, in demand or not. Numbers and keys are
 * filled for every line, texts when somebody asks for one.
 */
export class CombinedScanner implements Scanner {
  readonly batch: { -readonly [Key in keyof Batch]: Batch[Key] };
  readonly #schema: Schema;
  readonly #demand: Demand;
  readonly #columns: (Column | undefined)[];
  readonly #index = new LineIndex(LINE_ROWS_MAX);
  readonly #keys: { readonly column: FilledKeys; readonly fill: FillPart }[] = [];
  readonly #texts: PartTexts[] = [];

  constructor(schema: Schema, demand: Demand) {
    const index = this.#index;
    this.#schema = schema;
    this.#demand = demand;
    this.#columns = schema.fields.map(() => undefined);
    this.#strings("host", parts(index.hostStarts, index.hostEnds));
    this.#strings("user", parts(index.userStarts, index.userEnds));
    this.#integers("time", index.timesMs);
    this.#strings("method", methods(index));
    this.#strings("path", paths(index));
    this.#integers("code", index.codes);
    this.#integers("size", index.sizes);
    this.#strings("referer", parts(index.refererStarts, index.refererEnds));
    this.#strings("agent", parts(index.agentStarts, index.agentEnds));
    this.batch = { schema, size: 0, times: index.timesMs, columns: this.#columns };
  }

  scan(bytes: Buffer, start: number, end: number, _timeMs: number, refused: Refused): number {
    // Codes are given back here because nobody holds the last batch any more and the next one is not begun.
    for (const { column } of this.#keys) if (column.dictionary.wantsSweep) column.dictionary.sweep();
    const stoppedAt = this.#index.read(bytes, start, end, refused);
    const { size } = this.#index;
    this.batch.size = size;
    for (const { column, fill } of this.#keys) fill(column, bytes, 0, size);
    for (const column of this.#texts) column.begin(bytes);
    return stoppedAt;
  }

  #strings(name: FieldName, fill: FillPart): void {
    const field = this.#schema.field(name);
    const use = this.#demand.fields.get(name);
    if (field === undefined || use === undefined) return;
    if (use === "key") {
      const column = new FilledKeys(this.#schema.dictionary(field), LINE_ROWS_MAX);
      this.#keys.push({ column, fill });
      this.#columns[field.slot] = column;
    } else {
      const column = new PartTexts(LINE_ROWS_MAX, fill);
      this.#texts.push(column);
      this.#columns[field.slot] = column;
    }
  }

  #integers(name: FieldName, values: Float64Array): void {
    const field = this.#schema.field(name);
    if (field !== undefined && this.#demand.fields.has(name)) this.#columns[field.slot] = { kind: "integer", values, wide: undefined };
  }
}

function parts(starts: Int32Array, ends: Int32Array): FillPart {
  return (column, bytes, from, to) => {
    for (let row = from; row < to; row++) {
      const start = starts[row]!;
      const end = ends[row]!;
      if (end === 0 || isDash(bytes, start, end)) column.setNull(row);
      else column.set(row, bytes, start, end);
    }
  };
}

function methods({ requestStarts, requestEnds }: LineIndex): FillPart {
  return (column, bytes, from, to) => {
    for (let row = from; row < to; row++) {
      const start = requestStarts[row]!;
      const end = methodEnd(bytes, start, requestEnds[row]!);
      if (end === start) column.setNull(row);
      else column.set(row, bytes, start, end);
    }
  };
}

function paths({ requestStarts, requestEnds }: LineIndex): FillPart {
  return (column, bytes, from, to) => {
    for (let row = from; row < to; row++) {
      const requestEnd = requestEnds[row]!;
      const start = pathStart(bytes, requestStarts[row]!, requestEnd);
      if (start === requestEnd) column.setNull(row);
      else column.set(row, bytes, start, pathEnd(bytes, start, requestEnd));
    }
  };
}

function isDash(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 1 && bytes[start] === 0x2d;
}
