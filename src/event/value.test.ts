import { expect, test } from "vitest";
import { rowToJson } from "./index.ts";

test("a row as JSON keeps the order of its columns and every digit of a wide integer", () => {
  expect(rowToJson({ host: "192.0.2.1", requests: 1000, bytes: 2n ** 63n - 1n })).toBe(
    '{"host":"192.0.2.1","requests":1000,"bytes":9223372036854775807}',
  );
});

test("what JSON lacks is written as null, a date as epoch milliseconds", () => {
  expect(rowToJson({ a: Number.NaN, b: Number.NEGATIVE_INFINITY, c: null, at: new Date(1500) })).toBe(
    '{"a":null,"b":null,"c":null,"at":1500}',
  );
});

test("nested values and names that need quoting are JSON too", () => {
  const row = { 'a"b\n': { list: [1, 2n ** 60n, [true, "\u0000"]], empty: {} } };
  expect(rowToJson(row)).toBe(String.raw`{"a\"b\n":{"list":[1,1152921504606846976,[true,"\u0000"]],"empty":{}}}`);
});
