import { assert } from "../kit/index.ts";
import type { Batch } from "./batch.ts";
import { FittedColumn } from "./fitted_column.ts";
import { type EventRecord, valueReader } from "./record_values.ts";
import type { Schema } from "./schema.ts";

/**
 * A batch of records that came as objects, one time (epoch ms) each. A value is fitted to the type of its field, and is null where it
 * does not fit: a string field takes any scalar as its text, an integer field drops the fraction. A nested field, as `req.path`, is found
 * by its path in the record. For single events; `EventColumns` is for streams of them.
 */
export function batchOf(schema: Schema, records: readonly EventRecord[], times: ArrayLike<number>): Batch {
  assert(times.length === records.length, `${records.length} records came with ${times.length} times`);
  const columns = schema.fields.map(({ name, type }) => {
    const at = valueReader(name);
    return new FittedColumn(type).fill(records.map(at), records.length);
  });
  return { schema, size: records.length, times: Float64Array.from(times), columns };
}
