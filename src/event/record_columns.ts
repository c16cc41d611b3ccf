import { assert } from "../kit/index.ts";
import type { Batch, Column } from "./batch.ts";
import type { Use } from "./demand.ts";
import type { Dictionary } from "./dictionary.ts";
import { FittedColumn } from "./fitted_column.ts";
import { type EventRecord, type ReadValues, recordValues, valueReader } from "./record_values.ts";
import type { Schema } from "./schema.ts";
import type { Value } from "./value.ts";

/**
 * Turns records that come as objects into batches, for a source that has them so. Only the fields in `wanted` are filled, those wanted as
 * keys by their dictionary. Values are fitted to the types of their fields, as by `batchOf`.
 *
 * A batch it makes is valid until the next one; when the demand or the schema has changed, another `RecordColumns` is needed.
 */
export class RecordColumns {
  readonly #schema: Schema;
  readonly #fields: readonly WantedField[];
  readonly #columns: (Column | undefined)[];
  readonly #read: ReadValues;
  readonly #values: readonly Value[][];
  #times = new Float64Array(0);

  constructor(schema: Schema, wanted: ReadonlyMap<string, Use>) {
    this.#schema = schema;
    this.#fields = schema.fields.flatMap((field) => {
      const use = wanted.get(field.name);
      if (use === undefined) return [];
      const dictionary = use === "key" && field.type === "string" ? schema.dictionary(field) : undefined;
      return [{ name: field.name, slot: field.slot, dictionary, column: new FittedColumn(field.type, dictionary) }];
    });
    this.#read = recordValues(this.#fields.map(({ name }) => name));
    this.#values = this.#fields.map(() => []);
    this.#columns = schema.fields.map(() => undefined);
  }

  /** The batch of up to 65,536 records, with one time (epoch ms) each. Sweeps the dictionaries first, when it is time. */
  batch(records: readonly EventRecord[], times: ArrayLike<number>): Batch {
    assert(times.length === records.length, `${records.length} records came with ${times.length} times`);
    const size = records.length;
    if (this.#times.length < size) this.#times = new Float64Array(size);
    this.#times.set(times);
    this.#read(records, this.#values);
    for (const [index, { slot, dictionary, column }] of this.#fields.entries()) {
      if (dictionary?.wantsSweep === true) dictionary.sweep();
      const values = this.#values[index]!;
      this.#columns[slot] = column.fill(values, size);
      // What is left here would keep the records alive.
      values.fill(null, 0, size);
    }
    return { schema: this.#schema, size, times: this.#times, columns: this.#columns };
  }
}

interface WantedField {
  readonly name: string;
  readonly slot: number;
  readonly dictionary: Dictionary | undefined;
  readonly column: FittedColumn;
}

/**
 * A batch of records that came as objects, one time (epoch ms) each. A value is fitted to the type of its field, and is null where it
 * does not fit: a string field takes any scalar as its text, an integer field drops the fraction. A nested field, as `req.path`, is found
 * by its path in the record. For single events; `RecordColumns` is for streams of them.
 */
export function batchOf(schema: Schema, records: readonly EventRecord[], times: ArrayLike<number>): Batch {
  assert(times.length === records.length, `${records.length} records came with ${times.length} times`);
  const columns = schema.fields.map(({ name, type }) => {
    const at = valueReader(name);
    return new FittedColumn(type).fill(records.map(at), records.length);
  });
  return { schema, size: records.length, times: Float64Array.from(times), columns };
}
