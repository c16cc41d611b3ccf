import { describe, expect, test } from "vitest";
import { TakenEvents } from "../../test/fakes/event_columns.ts";
import { JsonEvents } from "./index.ts";

function lines(text: string | Buffer, taken = new TakenEvents()): TakenEvents & { counts: { taken: number; refused: number } } {
  const counts = new JsonEvents().takeLines(Buffer.from(text), taken.columns, 7);
  return Object.assign(taken, { counts });
}

test("an object a line is an event, of the moment in which it came", () => {
  const { events, times, counts } = lines('{"a":1,"b":"x"}\r\n\n  { "a" : 2 , "b" : "y" }  \n{"a":3,"b":null}');
  expect(events).toEqual([
    { a: 1, b: "x" },
    { a: 2, b: "y" },
    { a: 3, b: null },
  ]);
  expect(times).toEqual([7, 7, 7]);
  expect(counts).toEqual({ taken: 3, refused: 0 });
});

test.each([
  ["0", 0],
  ["-7", -7],
  ["123456789012345", 123_456_789_012_345],
  ["9007199254740993", 9_007_199_254_740_993n],
  ["-9223372036854775808", -(2n ** 63n)],
  ["2.0", 2],
  ["-1.5e3", -1500],
  ["1E-2", 0.01],
  ["true", true],
  ["false", false],
  ['"日本 \\u65e5 \\"x\\" \\n"', '日本 日 "x" \n'],
  ['""', ""],
  ['{"b":[1,{"c":"}"}]}', { b: [1, { c: "}" }] }],
  ['[1,"]",null]', [1, "]", null]],
])("the value %s", (text, value) => {
  expect(lines(`{"a":${text}}`).events).toEqual([{ a: value }]);
});

test("a field has the type of the first value that was seen of it: 2.0 is a float and 2 is none", () => {
  const { schema } = lines('{"a":2.0,"b":2,"c":1e3,"d":"x"}');
  expect(schema.fields.map(({ name, type }) => [name, type])).toEqual([
    ["a", "float"],
    ["b", "integer"],
    ["c", "float"],
    ["d", "string"],
  ]);
});

test("of what nobody wants nothing is made, and it is checked all the same", () => {
  const { events, counts } = lines(
    '{"a":1,"b":{"c":[1,2]}}\n{"b":{"c":[1,2}},"a":2}\n{"b":tru,"a":3}\n{"b":"\\q","a":4}',
    new TakenEvents(["a"]),
  );
  expect(events).toEqual([{ a: 1 }]);
  expect(counts).toEqual({ taken: 1, refused: 3 });
});

test.each([
  "rubbish",
  "[1]",
  "7",
  '{"a":1',
  '{"a":1}}',
  '{"a":1} {"a":2}',
  '{"a":1,}',
  "{a:1}",
  '{"a" 1}',
  '{"a":01}',
  '{"a":1.}',
  '{"a":+1}',
  '{"a":-}',
  '{"a":1e}',
  '{"a":NaN}',
  '{"a":"\u0001"}',
  '{"a":"\\u12"}',
  '{"a":"x}',
  `{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
])("the line %.40s is left out and counted, and those around it are taken", (line) => {
  const { events, counts } = lines(`{"a":1}\n${line}\n{"a":2}`);
  expect(events).toEqual([{ a: 1 }, { a: 2 }]);
  expect(counts).toEqual({ taken: 2, refused: 1 });
});

test("the names of what objects inherit are keys as any other", () => {
  const { events } = lines('{"constructor":1,"toString":"x","a":2}');
  expect(events).toEqual([{ constructor: 1, toString: "x", a: 2 }]);
});

test("bytes that are not UTF-8 read as U+FFFD", () => {
  expect(lines(Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')])).events).toEqual([{ a: "\uFFFD" }]);
});

describe("a document", () => {
  test.each([
    ['{"a":1}', [{ a: 1 }], 0],
    [' [ {"a":1} , {"a":2} ] ', [{ a: 1 }, { a: 2 }], 0],
    ['[{"a":1},7,"x",[{}],{"a":2}]', [{ a: 1 }, { a: 2 }], 3],
    ["[]", [], 0],
    ["7", [], 1],
  ])("%s", (text, wanted, refused) => {
    const taken = new TakenEvents();
    const counts = new JsonEvents().takeDocument(Buffer.from(text), taken.columns, 7);
    expect(taken.events).toEqual(wanted);
    expect(counts).toEqual({ taken: wanted.length, refused });
  });

  test.each(["", "[", '[{"a":1}', '[{"a":1}]]', '{"a":1}{', '[{"a":1} {"a":2}]', '{"a":}', `${"[".repeat(10_000)}${"]".repeat(10_000)}`])(
    "%.40s is refused before anything is taken of it",
    (text) => {
      expect(() => new JsonEvents().check(Buffer.from(text))).toThrow(expect.objectContaining({ code: "HOTAKA_EVENTS_JSON" }));
    },
  );

  test("that is JSON passes", () => {
    for (const text of ['{"a":[1,{"b":"x"}]}', "[]", " 7 ", "null"]) {
      expect(() => new JsonEvents().check(Buffer.from(text))).not.toThrow();
    }
  });
});
