import { expect, test } from "vitest";
import { MsgpackFloat, type MsgpackValue } from "../../kit/index.ts";
import { parseJsonValue } from "./json_value.ts";

test.each<[string, MsgpackValue]>([
  ['{"a":1,"b":[],"c":{}}', { a: 1, b: [], c: {} }],
  ['{"a": 2.0, "b" : [ 1 , -1.5e3, "x.5" ] }', { a: new MsgpackFloat(2), b: [1, new MsgpackFloat(-1500), "x.5"] }],
  ['{"a\\"b": 1.5, "\\u65e5": "\\n", "d": null, "e": true}', { 'a"b': new MsgpackFloat(1.5), 日: "\n", d: null, e: true }],
  ["[9007199254740993, 18446744073709551615, 18446744073709551616]", [9_007_199_254_740_993n, 2n ** 64n - 1n, new MsgpackFloat(2 ** 64)]],
  ["[1e3, [], {}, [[1.5]]]", [new MsgpackFloat(1000), [], {}, [[new MsgpackFloat(1.5)]]]],
])("%s", (text, value) => {
  expect(parseJsonValue(text)).toEqual(value);
});

test("__proto__ is a key as any other", () => {
  expect(Object.entries(parseJsonValue('{"__proto__": {"a": 1}, "constructor": 2}')!)).toEqual([
    ["__proto__", { a: 1 }],
    ["constructor", 2],
  ]);
});

test.each(["", "{", "{'a':1.5}", "[1.5,]", `${"[".repeat(100)}1.5${"]".repeat(100)}`])("%s is refused", (text) => {
  expect(() => parseJsonValue(text)).toThrow(SyntaxError);
});
