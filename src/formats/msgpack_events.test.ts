import { describe, expect, test } from "vitest";
import { TakenEvents } from "../../test/fakes/event_columns.ts";
import { MsgpackFloat, msgpackOf, type MsgpackValue } from "../kit/index.ts";
import { MsgpackEvents } from "./index.ts";

function take(bytes: Buffer, taken = new TakenEvents()): TakenEvents & { counts: { taken: number; refused: number }; keysRefused: number } {
  const reader = new MsgpackEvents();
  const counts = reader.takeArray(bytes, taken.columns, 7);
  return Object.assign(taken, { counts, keysRefused: reader.keysRefused });
}

test("each map of an array is an event, of the moment in which it came", () => {
  const { events, times, counts } = take(
    msgpackOf([
      { a: 1, b: "x" },
      { a: 2, b: "y" },
    ]),
  );
  expect(events).toEqual([
    { a: 1, b: "x" },
    { a: 2, b: "y" },
  ]);
  expect(times).toEqual([7, 7]);
  expect(counts).toEqual({ taken: 2, refused: 0 });
});

test.each<[MsgpackValue, unknown]>([
  [0, 0],
  [127, 127],
  [200, 200],
  [60_000, 60_000],
  [4_000_000_000, 4_000_000_000],
  [2n ** 53n, 2n ** 53n],
  [-1, -1],
  [-100, -100],
  [-30_000, -30_000],
  [-2_000_000_000, -2_000_000_000],
  [-(2n ** 63n), -(2n ** 63n)],
  [new MsgpackFloat(2), 2],
  [1.5, 1.5],
  [true, true],
  [false, false],
  ["", ""],
  ["日本".repeat(20), "日本".repeat(20)],
  ["x".repeat(300), "x".repeat(300)],
  ["x".repeat(70_000), "x".repeat(70_000)],
  [{ b: [1, "x"] }, { b: [1, "x"] }],
  [
    [1, { b: null }],
    [1, { b: null }],
  ],
])("a value comes as what it was", (value, wanted) => {
  expect(take(msgpackOf([{ a: value }])).events).toEqual([{ a: wanted }]);
});

test("a float that is whole makes a field of floats", () => {
  const { schema } = take(msgpackOf([{ a: new MsgpackFloat(2), b: 2 }]));
  expect(schema.fields.map(({ type }) => type)).toEqual(["float", "integer"]);
});

test("text may come as bin, and a float in 32 bits", () => {
  expect(take(Buffer.from("91 82 c40161 c4027879 a162 ca3fc00000".replaceAll(" ", ""), "hex")).events).toEqual([{ a: "xy", b: 1.5 }]);
});

test("of what nobody wants nothing is made", () => {
  const event = { b: { c: [1, 2] }, a: 1, d: "x".repeat(300), e: -7, f: 1.5 };
  expect(take(msgpackOf([event, event]), new TakenEvents(["a"])).events).toEqual([{ a: 1 }, { a: 1 }]);
});

test("what is no event is left out and counted", () => {
  const { events, counts } = take(msgpackOf([7, { a: 1 }, "x", null, [{ a: 2 }], { a: 3 }]));
  expect(events).toEqual([{ a: 1 }, { a: 3 }]);
  expect(counts).toEqual({ taken: 2, refused: 4 });
});

test("keys that are no text are left out with their values and counted; an extension reads as null", () => {
  const { events, keysRefused } = take(Buffer.from("91 84 01 a178 c0 91c0 a161 02 a162 d40a00".replaceAll(" ", ""), "hex"));
  expect(events).toEqual([{ a: 2, b: null }]);
  expect(keysRefused).toBe(2);
});

test("the names of what objects inherit are keys as any other", () => {
  expect(take(msgpackOf([{ constructor: 1, a: 2 }])).events).toEqual([{ constructor: 1, a: 2 }]);
});

describe("bytes that somebody chose to do harm", () => {
  test("an event that is nested without end is left out, and those around it are taken", () => {
    const deep = Buffer.concat([Buffer.from("81a161", "hex"), Buffer.alloc(10_000, 0x91), Buffer.from([0xc0])]);
    const bytes = Buffer.concat([Buffer.from([0x93]), msgpackOf({ a: 1 }), deep, msgpackOf({ a: 2 })]);
    const { events, counts } = take(bytes);
    expect(events).toEqual([{ a: 1 }, { a: 2 }]);
    expect(counts).toEqual({ taken: 2, refused: 1 });
  });

  test.each(["91", "9181", "9181a161", "9181a161a5", "9181a161cb00", "91df00000001", "91dfffffffff"])(
    "%s is cut off, and is told so",
    (hex) => {
      expect(() => take(Buffer.from(hex, "hex"))).toThrow(expect.objectContaining({ code: "HOTAKA_MSGPACK" }));
    },
  );

  test("what is cut off after any byte is told so, and never read beyond", () => {
    const whole = msgpackOf([{ a: 1, b: "x", c: 1.5, d: [1, 2], e: { f: -7 } }]);
    for (let length = 0; length < whole.length; length++) {
      // The bytes stand in the middle of others, as they do in a record.
      const surrounded = Buffer.concat([whole.subarray(0, length), whole]).subarray(0, length);
      expect(() => take(surrounded)).toThrow(expect.objectContaining({ code: "HOTAKA_MSGPACK" }));
    }
  });
});
