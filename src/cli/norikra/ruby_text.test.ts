import { expect, test } from "vitest";
import { MsgpackFloat, type MsgpackValue } from "../../kit/index.ts";
import { rubyInspect, rubyJson, rubyJsonPretty, rubyText } from "./ruby_text.ts";

// What Ruby 3.1 gives.
test.each([
  [2, "2.0"],
  [-0, "-0.0"],
  [123_456_789.125, "123456789.125"],
  [100_000_000_000_000, "100000000000000.0"],
  [1e15, "1.0e+15"],
  [9_999_999_999_999_998, "9.999999999999998e+15"],
  [1e16, "1.0e+16"],
  [1e100, "1.0e+100"],
  [1.5e300, "1.5e+300"],
  [0.0001, "0.0001"],
  [0.000_01, "1.0e-05"],
  [1e-7, "1.0e-07"],
])("the float %d is %s", (value, text) => {
  expect(rubyJson(new MsgpackFloat(value))).toBe(text);
  expect(rubyText(new MsgpackFloat(value))).toBe(text);
});

test("JSON has no blanks, and null for a number that it lacks", () => {
  const value: MsgpackValue = { a: [1, "日本\n", null, true], b: { c: new MsgpackFloat(Number.NaN) }, d: 2n ** 63n };
  expect(rubyJson(value)).toBe('{"a":[1,"日本\\n",null,true],"b":{"c":null},"d":9223372036854775808}');
});

test("what is empty takes more than one line where JSON is pretty", () => {
  expect(rubyJsonPretty([])).toBe("[\n\n]");
  expect(rubyJsonPretty({ a: [], b: {}, c: [1, { d: null }] })).toBe(
    '{\n  "a": [\n\n  ],\n  "b": {\n  },\n  "c": [\n    1,\n    {\n      "d": null\n    }\n  ]\n}',
  );
});

test("a value is shown as Ruby inspects it", () => {
  expect(rubyInspect({ a: null, b: [true, 1, new MsgpackFloat(2)] })).toBe('{"a"=>nil, "b"=>[true, 1, 2.0]}');
  expect(rubyInspect('a"b\\c\n\t\u001B#{x} #@y #z \u0001 日本 \u2028')).toBe('"a\\"b\\\\c\\n\\t\\e\\#{x} \\#@y #z \\u0001 日本 \\u2028"');
});
