import { defineFormat, type Refused, type Scanner } from "../../component/index.ts";
import type { Batch, Column, Demand, FieldType, Schema } from "../../event/index.ts";
import { type FilledStrings, filledStrings } from "../string_columns.ts";

export const none = defineFormat({
  name: "none",
  summary: "Takes each line as it is: one field, message, at the time it was read.",
  config: (z) => z.strictObject({}),
  examples: [{}],
  open: () => ({ fields: FIELDS, scanner: (schema, demand) => new NoneScanner(schema, demand) }),
});

/** A line is any bytes up to LF or CR LF; none is refused, an empty one is the empty string. */
class NoneScanner implements Scanner {
  readonly batch: { -readonly [Key in keyof Batch]: Batch[Key] };
  readonly #times = new Float64Array(BATCH_ROWS_MAX);
  readonly #message: FilledStrings | undefined;

  constructor(schema: Schema, demand: Demand) {
    const field = schema.field("message");
    const use = demand.fields.get("message");
    this.#message = field === undefined || use === undefined ? undefined : filledStrings(schema, field, use, BATCH_ROWS_MAX);
    const columns = schema.fields.map((other): Column | undefined => (other === field ? this.#message : undefined));
    this.batch = { schema, size: 0, times: this.#times, columns };
  }

  scan(bytes: Buffer, start: number, end: number, timeMs: number, _refused: Refused): number {
    if (this.#message?.kind === "dictionary" && this.#message.dictionary.wantsSweep) this.#message.dictionary.sweep();
    let lineStart = start;
    let row = 0;
    while (lineStart < end && row < BATCH_ROWS_MAX) {
      const newline = bytes.indexOf(0x0a, lineStart);
      const isReturnBefore = newline > lineStart && bytes[newline - 1] === 0x0d;
      this.#message?.set(row, bytes, lineStart, isReturnBefore ? newline - 1 : newline);
      lineStart = newline + 1;
      row++;
    }
    this.batch.size = row;
    this.#times.fill(timeMs, 0, row);
    return lineStart;
  }
}

const FIELDS = { message: "string" } as const satisfies Readonly<Record<string, FieldType>>;
const BATCH_ROWS_MAX = 1024;
