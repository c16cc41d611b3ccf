import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RecordingOpenIntake } from "../../test/suites/source_fakes.ts";
import { MsgpackFloat, msgpackOf, type MsgpackValue } from "../kit/index.ts";
import { MsgpackEvents } from "./index.ts";

/** The events that these bytes are, and where each ended. */
function taken(...events: Buffer[]): { events: readonly unknown[]; ends: number[] } {
  const intake = new RecordingOpenIntake("t");
  const reader = new MsgpackEvents(intake.columns);
  const ends = events.map((bytes) => reader.take(bytes, 0, bytes.length, 7));
  intake.columns.flush();
  return { events: intake.events, ends };
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

test("every kind of value comes to its field, and its type is that of its first value", () => {
  const bytes = msgpackOf({
    s: "日本",
    i: -5,
    b: true,
    f: new MsgpackFloat(2),
    n: null,
    l: [1, "a"],
    h: { k: 1 },
    w: 2n ** 60n,
    j: 300,
    k: 70_000,
  });
  expect(taken(bytes).events).toEqual([
    { at: 7, s: "日本", i: -5, b: true, f: 2, n: null, l: [1, "a"], h: { k: 1 }, w: 2n ** 60n, j: 300, k: 70_000 },
  ]);
});

test("events with other keys, other orders and keys of the same length are kept apart", () => {
  const events = [{ aa: 1, bb: 2 }, { bb: 3, aa: 4 }, { ab: 5, aa: 6 }, { aa: 7 }, {}];
  expect(taken(...events.map((event) => msgpackOf(event))).events).toEqual(events.map((event) => ({ at: 7, ...event })));
});

test("text may come as bin, and numbers in any width", () => {
  expect(taken(hex("83 c4016b c40161 a16c d3ffffffffffffffff a16d ca3fc00000")).events).toEqual([{ at: 7, k: "a", l: -1, m: 1.5 }]);
});

test("what is read into columns is what an object of the same event gives", () => {
  const value: fc.Arbitrary<MsgpackValue> = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    fc.array(fc.integer(), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("x", "y"), fc.integer()),
  );
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.constantFrom("a", "b", "c", "key"), value), { maxLength: 8 }), (events) => {
      const intake = new RecordingOpenIntake("t");
      for (const event of events) intake.columns.take(event, 7);
      intake.columns.flush();
      expect(taken(...events.map((event) => msgpackOf(event))).events).toEqual(intake.events);
    }),
  );
});

describe("bytes that somebody chose to do harm", () => {
  test.each(["", "c0", "93010203", "81", "81a1", "81a161", "82a16101", "de", "deffff", "dfffffffff", "81a161c1"])(
    "%s is no event",
    (bytes) => {
      expect(taken(hex(bytes))).toEqual({ events: [], ends: [-1] });
    },
  );

  test("what is no event leaves nothing of itself to the next", () => {
    expect(taken(hex("82 a16101 a162"), hex("81 a16302")).events).toEqual([{ at: 7, c: 2 }]);
  });

  test("keys that are no text are left out with their values, and names of what objects inherit are keys", () => {
    expect(taken(hex("84 01 a161 c0 02 a95f5f70726f746f5f5f 03 ab636f6e7374727563746f72 04")).events).toEqual([
      JSON.parse('{"at":7,"__proto__":3,"constructor":4}'),
    ]);
  });

  test("what no event can hold is null", () => {
    const deep = Buffer.concat([Buffer.alloc(1000, 0x91), hex("c0")]);
    expect(taken(Buffer.concat([hex("82 a161 d7000000000000000000 a162"), deep])).events).toEqual([{ at: 7, a: null, b: null }]);
  });

  test("of any bytes at all nothing is thrown", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const { ends } = taken(Buffer.concat([hex("84"), Buffer.from(bytes)]));
        expect(ends[0]).toBeLessThanOrEqual(bytes.length + 1);
      }),
    );
  });
});
