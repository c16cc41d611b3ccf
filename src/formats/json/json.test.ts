import { describe, expect, test } from "vitest";
import { z } from "zod";
import { formatSuite } from "../../../test/suites/format_suite.ts";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { json } from "./json.ts";

const types = {
  host: "string",
  size: "integer",
  x: "string",
  a: "array",
  h: "hash",
  "h.deep": "string",
  "a.$1": "integer",
  "h.list": "array",
  f: "float",
};
const config = json.config(z).parse({ types, time_zone: "UTC" });
const format = json.open(config);
const NONE = Object.fromEntries(Object.keys(types).map((name) => [name, null]));

formatSuite(json, config, [
  '{"time":1362020400,"host":"192.168.0.1","size":777}',
  ' { "h" : {"deep":"d","list":[1]} , "a":[1,2] , "x":"\\u65e5 \\"q\\"" , "f" : -1.5e3 } ',
  "{}",
]);

function rowOf(line: string): unknown {
  return scanLines(format, `${line}\n`, { timeMs: 9 }).rows[0];
}

describe("beside Fluentd's json parser", () => {
  test.each([
    ['{"time":1362020400,"host":"192.168.0.1","size":777}', { host: "192.168.0.1", size: 777 }, 1_362_020_400_000],
    ['{"time":1362020400.5,"x":"é"}', { x: "é" }, 1_362_020_400_500],
  ])("%s reads the same", (line, fields, time) => {
    expect(rowOf(line)).toEqual({ ...NONE, ...fields, time, at: time });
  });

  test("a date, of which it takes the year for the time, is the time that it says", () => {
    const ms = Date.parse("2013-02-28T12:00:00Z");
    expect(rowOf('{"time":"2013-02-28T12:00:00Z","a":[1,{"b":null}]}')).toEqual({ ...NONE, a: [1, { b: null }], time: ms, at: ms });
  });

  test.each([
    ['{"a":1', "syntax"],
    ["[1,2]", "object"],
    ["123", "object"],
    ['{"a":1}{"b":2}', "trailing"],
    ["", "empty"],
  ])("%j is no event", (line, reason) => {
    expect(scanLines(format, `${line}\n`).refused.map((refused) => refused.reason)).toEqual([reason]);
  });
});

test.each([
  ['{"host":null,"size":"12"}', { size: 12 }],
  ['{"host":5,"size":true}', { host: "5" }],
  ['{"host":true,"size":1e3}', { host: "true", size: 1000 }],
  ['{"host":{"a":1},"x":[1]}', {}],
  ['{"h":"{}","a":"[1]"}', {}],
  ['{"size":9007199254740993}', { size: 9_007_199_254_740_993n }],
  ['{"size":1.9,"f":"1.5"}', { size: 1, f: 1.5 }],
  ['{"h":{"deep":"d","list":[1,{"k":2}]}}', { h: { deep: "d", list: [1, { k: 2 }] }, "h.deep": "d", "h.list": [1, { k: 2 }] }],
  ['{"h":{"deep":7},"a":[1,20]}', { h: { deep: 7 }, "h.deep": "7", a: [1, 20], "a.$1": 20 }],
  ['{"h.deep":"flat"}', { "h.deep": "flat" }],
  ['{"h\\u006fst":"x","\\ud83d\\ude00":1}', { host: "x" }],
  ['{"x":"tab\\tq\\"é"}', { x: 'tab\tq"é' }],
  ['{"host":"a","host":"b"}', { host: "b" }],
  ['{"host":"a","host":null}', {}],
  ['{"__proto__":{"host":"evil"},"constructor":1}', {}],
])("%s is read by the types of its fields", (line, fields) => {
  expect(rowOf(line)).toEqual({ ...NONE, ...fields, time: null, at: 9 });
});
