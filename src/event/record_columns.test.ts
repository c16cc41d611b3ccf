import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchOf, type EventRecord, RecordColumns, rowAt, Schema, type Use, type Value } from "./index.ts";

const FIELDS = {
  host: "string",
  code: "integer",
  rt: "float",
  tls: "boolean",
  tags: "array",
  "req.path": "string",
  constructor: "string",
} as const;

const anyValue: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(null, true, false, 0, -0, 1.5, Number.NaN, 2 ** 60, 2n ** 62n, 7n, "", "a", "b", "ключ", [1], { path: "/a" }),
  fc.string(),
  fc.double(),
);

const anyRecord: fc.Arbitrary<EventRecord> = fc.dictionary(fc.constantFrom(...Object.keys(FIELDS), "req", "other"), anyValue, {
  noNullPrototype: false,
});

describe("columns of records", () => {
  test("hold what a batch of the same records holds, batch after batch, whatever is wanted", () => {
    const wanted = fc.dictionary(fc.constantFrom(...Object.keys(FIELDS)), fc.constantFrom<Use>("key", "value"));
    fc.assert(
      fc.property(wanted, fc.array(fc.array(anyRecord, { maxLength: 8 }), { maxLength: 5 }), (uses, batches) => {
        const schema = new Schema("access", FIELDS);
        const columns = new RecordColumns(schema, new Map(Object.entries(uses)));
        for (const [index, records] of batches.entries()) {
          const times = records.map((_, row) => index * 100 + row);
          const found = columns.batch(records, times);
          const expected = batchOf(schema, records, times);
          const known = (row: Value[]): Value[] =>
            row.map((value, slot) => (Object.hasOwn(uses, schema.fields[slot]!.name) ? value : null));
          expect(found.size).toBe(records.length);
          expect([...found.times.subarray(0, records.length)]).toEqual(times);
          expect(records.map((_, row) => rowAt(found, row))).toEqual(records.map((_, row) => known(rowAt(expected, row))));
        }
      }),
    );
  });

  test("fill a string that is wanted as a key with codes of the dictionary of its target, and nothing that is not wanted", () => {
    const schema = new Schema("access", FIELDS);
    const batch = new RecordColumns(schema, new Map([["host", "key"]])).batch(
      [{ host: "a", code: 1 }, { host: null }, { host: "a" }],
      [1, 2, 3],
    );
    const dictionary = schema.dictionary(schema.field("host")!);
    expect(batch.columns[0]).toMatchObject({ kind: "dictionary", dictionary });
    expect(batch.columns.slice(1).every((column) => column === undefined)).toBe(true);
    expect(dictionary.find("a")).toBeDefined();
  });

  test("sweep a dictionary that nobody holds on to, so that ever new strings do not fill the memory", () => {
    const schema = new Schema("access", FIELDS);
    const columns = new RecordColumns(schema, new Map([["host", "key"]]));
    const dictionary = schema.dictionary(schema.field("host")!);
    for (let batch = 0; batch < 300; batch++) {
      const records = Array.from({ length: 1024 }, (_, row) => ({ host: `host ${batch} ${row}` }));
      columns.batch(records, new Float64Array(1024));
    }
    expect(dictionary.size).toBeLessThan(70_000);
  });

  test("have one time each", () => {
    expect(() => new RecordColumns(new Schema("t"), new Map()).batch([{}, {}], [1])).toThrow("2 records came with 1 times");
  });
});
