import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchOf, type Column, Dictionary, type FieldType, rowAt, Schema, TextArray, type Value, valueAt } from "./index.ts";

describe("a value of a column", () => {
  const dictionary = new Dictionary();
  const code = dictionary.codeOf("GET");

  test.each<[string, Column | undefined, readonly Value[]]>([
    ["of a field nobody asked for is null", undefined, [null, null]],
    [
      "of a dictionary is its string, and null where the code is -1",
      { kind: "dictionary", codes: Int32Array.of(code, -1), dictionary },
      ["GET", null],
    ],
    ["of texts is the text", new TextArray(["a", null]), ["a", null]],
    ["of integers is null where it is NaN", { kind: "integer", values: Float64Array.of(7, Number.NaN), wide: undefined }, [7, null]],
    [
      "of integers is a bigint where it is beyond 2^53",
      { kind: "integer", values: Float64Array.of(7, 2 ** 62), wide: new Map([[1, 2n ** 62n + 1n]]) },
      [7, 2n ** 62n + 1n],
    ],
    ["of floats may be NaN", { kind: "float", values: Float64Array.of(Number.NaN, 0.5), nulls: undefined }, [Number.NaN, 0.5]],
    [
      "of floats is null where it is marked so",
      { kind: "float", values: Float64Array.of(1.5, 0), nulls: Uint8Array.of(0, 1) },
      [1.5, null],
    ],
    ["of booleans has three states", { kind: "boolean", values: Uint8Array.of(0, 1, 2) }, [false, true, null]],
    ["of nested values is the value", { kind: "value", values: [{ a: [1] }, null] }, [{ a: [1] }, null]],
  ])("%s", (_, column, values) => {
    expect(values.map((__, row) => valueAt(column, row))).toEqual(values);
  });
});

describe("records that came as objects", () => {
  test.each<[FieldType, Value, Value]>([
    ["string", "a", "a"],
    ["string", 12, "12"],
    ["string", 2n ** 60n, "1152921504606846976"],
    ["string", true, "true"],
    ["string", { a: 1 }, null],
    ["integer", 12, 12],
    ["integer", 12.9, 12],
    ["integer", -12.9, -12],
    ["integer", "12", null],
    ["integer", Number.NaN, null],
    ["integer", Number.POSITIVE_INFINITY, null],
    ["integer", 5n, 5],
    ["integer", 2n ** 60n, 2n ** 60n],
    ["integer", 2n ** 63n, -(2n ** 63n)],
    ["integer", 2 ** 60, 2n ** 60n],
    ["integer", -(2 ** 63), -(2n ** 63n)],
    ["integer", 2 ** 63, null],
    ["float", 1.5, 1.5],
    ["float", Number.NaN, Number.NaN],
    ["float", 5n, 5],
    ["float", "1.5", null],
    ["boolean", false, false],
    ["boolean", "true", null],
    ["boolean", 1, null],
    ["hash", { a: 1 }, { a: 1 }],
    ["hash", [1], null],
    ["hash", "a", null],
    ["array", [1, "a"], [1, "a"]],
    ["array", { a: 1 }, null],
    ["array", null, null],
  ])("a %s field takes what fits it (%#)", (type, given, taken) => {
    const batch = batchOf(new Schema("t", { field: type }), [{ field: given }], [0]);
    expect(rowAt(batch, 0)).toEqual([taken]);
  });

  test("read as null what they do not have, also where it is the name of something every object has", () => {
    const schema = new Schema("t", Object.fromEntries(["host", "constructor", "toString"].map((name) => [name, "string"])));
    expect(rowAt(batchOf(schema, [{}], [0]), 0)).toEqual([null, null, null]);
  });

  test("read as null in a field that the target got after the batch was made", () => {
    const schema = new Schema("t", { host: "string" });
    const batch = batchOf(schema, [{ host: "a" }], [0]);
    schema.add("path", "string");
    expect(rowAt(batch, 0)).toEqual(["a", null]);
  });

  test("have one time each", () => {
    expect(() => batchOf(new Schema("t"), [{}, {}], [1])).toThrow("2 records came with 1 times");
  });

  test("come back as they were, when they are of the types of their fields", () => {
    const integer = fc.oneof(fc.maxSafeInteger(), fc.bigInt(2n ** 53n, 2n ** 63n - 1n), fc.bigInt(-(2n ** 63n), -(2n ** 53n)));
    const nullable = <T extends Value>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values);
    const record = fc.record({
      string: nullable(fc.string()),
      integer: nullable(integer),
      float: nullable(fc.double()),
      boolean: nullable(fc.boolean()),
      array: nullable(fc.array(fc.integer())),
    });
    const schema = new Schema("t", { string: "string", integer: "integer", float: "float", boolean: "boolean", array: "array" });
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const batch = batchOf(
          schema,
          records,
          records.map((_, row) => row),
        );
        const wanted = records.map(({ string, integer: whole, float, boolean, array }) => [
          string,
          whole === 0 ? 0 : whole,
          float,
          boolean,
          array,
        ]);
        expect(records.map((_, row) => rowAt(batch, row))).toEqual(wanted);
        expect([...batch.times]).toEqual(records.map((_, row) => row));
      }),
    );
  });
});
