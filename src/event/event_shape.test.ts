import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { recordBatch, recordColumns } from "../../test/fakes/record_batch.ts";
import { type Batch, rowAt, Schema, type Use } from "./index.ts";

const FIELDS = {
  host: "string",
  code: "integer",
  rt: "float",
  tls: "boolean",
  tags: "array",
  "req.path": "string",
  constructor: "string",
} as const;

const anyValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    0,
    -0,
    1.5,
    Number.NaN,
    2 ** 60,
    2n ** 62n,
    7n,
    "",
    "12",
    "ключ",
    [1],
    { path: "/a" },
    new Date(0),
  ),
  fc.string(),
  fc.double(),
);

describe("events of one shape", () => {
  test("are read as events are whose keys are gone through one by one, whatever comes between them", () => {
    const names = [...Object.keys(FIELDS), "req", "other", "7"];
    const shape = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 7 });
    const event = (shapes: readonly string[][]) =>
      fc.constantFrom(...shapes).chain((keys) => fc.tuple(...keys.map((key) => anyValue.map((value) => [key, value] as const))));
    const events = fc.array(shape, { minLength: 1, maxLength: 3 }).chain((shapes) => fc.array(event(shapes), { maxLength: 60 }));
    const wanted = fc.dictionary(fc.constantFrom(...Object.keys(FIELDS)), fc.constantFrom<Use>("key", "value"));
    fc.assert(
      fc.property(wanted, events, (uses, all) => {
        const rowsOf = (made: readonly unknown[]): unknown[] => {
          const rows: unknown[] = [];
          const keep = (batch: Batch): void => {
            for (let row = 0; row < batch.size; row++) rows.push(rowAt(batch, row));
          };
          const columns = recordColumns(new Schema("t", FIELDS), new Map(Object.entries(uses)), keep);
          for (const one of made) columns.take(one, 5);
          columns.flush();
          return rows;
        };
        // A Map is gone through entry by entry, and a whole number stands first among the keys of an object.
        const objects = all.map((entries) => Object.fromEntries(entries));
        expect(rowsOf(objects)).toEqual(rowsOf(objects.map((object) => new Map(Object.entries(object)))));
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 300) },
    );
  });

  test("fill a string that is wanted as a key with codes of the dictionary of its target, and nothing that is not wanted", () => {
    const schema = new Schema("access", FIELDS);
    const batch = recordBatch(schema, new Map([["host", "key"]]), [{ host: "a", code: 1 }, { host: null }, { host: "a" }], [1, 2, 3]);
    const dictionary = schema.dictionary(schema.field("host")!);
    expect(batch.columns[0]).toMatchObject({ kind: "dictionary", dictionary });
    expect(batch.columns.slice(1).every((column) => column === undefined)).toBe(true);
    expect([...batch.times.subarray(0, 3)]).toEqual([1, 2, 3]);
  });

  test("whose strings are ever new do not fill the memory", () => {
    const schema = new Schema("access", FIELDS);
    const columns = recordColumns(schema, new Map([["host", "key"]]), () => {});
    for (let event = 0; event < 300_000; event++) columns.take({ host: `host ${event}` }, event);
    expect(schema.dictionary(schema.field("host")!).size).toBeLessThan(70_000);
  });
});
