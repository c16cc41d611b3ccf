import type { Format } from "../../src/component/index.ts";
import { Demand, rowAt, Schema, type Use, type Value } from "../../src/event/index.ts";

export interface Scanned {
  /** One object a line that was taken, `at` being its time in the batch. */
  readonly rows: readonly { readonly at: number; readonly [field: string]: Value }[];
  /** One entry a line that was refused. */
  readonly refused: readonly { readonly reason: string; readonly text: string }[];
}

/** What a format makes of some bytes that end with a newline, every field being wanted as `use`, or those of `wanted` alone. */
export function scanLines(format: Format, input: string | Buffer, { use = "value", wanted, timeMs = 0 }: ScanOptions = {}): Scanned {
  const bytes = typeof input === "string" ? Buffer.from(input) : input;
  const schema = new Schema("lines", format.fields);
  const demand = new Demand();
  const names = wanted ?? Object.keys(format.fields);
  demand.ask({}, new Map(names.map((name): [string, Use] => [name, use])));
  const scanner = format.scanner(schema, demand);
  const rows: { at: number; [field: string]: Value }[] = [];
  const refused: { reason: string; text: string }[] = [];
  for (let at = 0; at < bytes.length;) {
    at = scanner.scan(bytes, at, bytes.length, timeMs, (reason, start, end) => {
      refused.push({ reason, text: bytes.toString("utf8", start, end) });
    });
    for (let row = 0; row < scanner.batch.size; row++) {
      const values = rowAt(scanner.batch, row);
      rows.push({ at: scanner.batch.times[row]!, ...Object.fromEntries(names.map((name) => [name, values[schema.field(name)!.slot]!])) });
    }
  }
  return { rows, refused };
}

export interface ScanOptions {
  readonly use?: Use;
  readonly wanted?: readonly string[];
  readonly timeMs?: number;
}
