import { describe, expect, test } from "vitest";
import { msgpackOf, MsgpackReader, type MsgpackValue } from "./index.ts";

function read(hex: string): MsgpackValue {
  return new MsgpackReader(Buffer.from(hex.replaceAll(" ", ""), "hex")).value();
}

describe("bytes and what they stand for", () => {
  test.each<[string, MsgpackValue]>([
    ["c0", null],
    ["c2", false],
    ["c3", true],
    ["00", 0],
    ["7f", 127],
    ["cc80", 128],
    ["cdffff", 65_535],
    ["ceffffffff", 4_294_967_295],
    ["cf001fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["cf0020000000000000", 2n ** 53n],
    ["cfffffffffffffffff", 2n ** 64n - 1n],
    ["ff", -1],
    ["e0", -32],
    ["d0df", -33],
    ["d1ff7f", -129],
    ["d2ffff7fff", -32_769],
    ["d38000000000000000", -(2n ** 63n)],
    ["cb3ff8000000000000", 1.5],
    ["a0", ""],
    ["a6e697a5e69cac", "日本"],
    ["93 01 a161 c0", [1, "a", null]],
    ["82 a161 01 a162 90", { a: 1, b: [] }],
  ])("%s", (hex, value) => {
    expect(read(hex)).toEqual(value);
    expect(msgpackOf(value).toString("hex")).toBe(hex.replaceAll(" ", ""));
  });

  test.each<[string, MsgpackValue]>([
    ["c403616263", "abc"],
    ["c50003616263", "abc"],
    ["c600000003616263", "abc"],
    ["d903616263", "abc"],
    ["db00000003616263", "abc"],
    ["ca3fc00000", 1.5],
    ["d3ffffffffffffffff", -1],
    ["dd0000000101", [1]],
    ["df00000001a16101", { a: 1 }],
    ["de0001a16101", { a: 1 }],
  ])("%s is read as well, though it is not how we would write it", (hex, value) => {
    expect(read(hex)).toEqual(value);
  });
});

describe("bytes that somebody chose to do harm", () => {
  test.each([
    ["", "1 bytes were wanted at byte 0"],
    ["a5 61", "5 bytes were wanted at byte 1 and only 1 are left"],
    ["dd ffffffff 00", "4294967295 items were announced at byte 5 and only 1 bytes are left"],
    ["df ffffffff 00", "4294967295 items"],
    ["93 01 02", "3 items were announced"],
    ["c1", "0xc1 was found at byte 0"],
    ["d7 00 0000000000000000", "0xd7 was found at byte 0 where a value that an event can have was wanted"],
    ["cb 00", "8 bytes were wanted"],
  ])("%s is refused: %s", (hex, sentence) => {
    expect(() => read(hex)).toThrow(sentence);
    expect(() => read(hex)).toThrow(expect.objectContaining({ code: "HOTAKA_MSGPACK" }));
  });

  test("what is nested deeper than the bound is refused, and can still be left out", () => {
    const deep = Buffer.concat([Buffer.alloc(100_000, 0x91), Buffer.from([0xc0])]);
    expect(() => new MsgpackReader(deep).value()).toThrow("more than 64 arrays and maps stand within each other");
    const reader = new MsgpackReader(deep);
    reader.skip();
    expect(reader.isAtEnd).toBe(true);
  });

  test("keys that are no text are left out with their values, and counted", () => {
    const reader = new MsgpackReader(Buffer.from("84 01 a161 a162 02 c0 c0 91 01 90".replaceAll(" ", ""), "hex"));
    expect(reader.value()).toEqual({ b: 2 });
    expect(reader.keysDropped).toBe(3);
  });

  test("the names of what objects inherit are keys as any other", () => {
    const value = new MsgpackReader(
      Buffer.from("82 a9 5f5f70726f746f5f5f 81 a161 01 ab 636f6e7374727563746f72 02".replaceAll(" ", ""), "hex"),
    ).value();
    expect(Object.entries(value!)).toEqual([
      ["__proto__", { a: 1 }],
      ["constructor", 2],
    ]);
    expect(new MsgpackReader(msgpackOf(value)).value()).toEqual(value);
  });

  test("bytes that are not UTF-8 read as U+FFFD", () => {
    expect(read("a2 ff41")).toBe("\uFFFDA");
  });
});

test("a value is left out whatever its form, and its bytes can be had", () => {
  const forms = ["c0", "c2", "05", "f0", "a161", "c401ff", "c50001ff", "c600000001ff", "d901ff", "da0001ff", "ca00000000"];
  const more = [
    "cb0000000000000000",
    "cc00",
    "cd0000",
    "ce00000000",
    "cf0000000000000000",
    "d000",
    "d10000",
    "d200000000",
    "d30000000000000000",
  ];
  const extensions = [
    "d40000",
    "d5000000",
    "d60000000000",
    "d7000000000000000000",
    "d8".padEnd(36, "0"),
    "c70100ff",
    "c8000100ff",
    "c90000000100ff",
  ];
  const nested = ["920102", "dc00020102", "dd000000020102", "810102", "de00010102", "df000000010102", "9191c0"];
  const all = [...forms, ...more, ...extensions, ...nested];
  const reader = new MsgpackReader(Buffer.from(all.join(""), "hex"));
  expect(all.map(() => reader.raw().toString("hex"))).toEqual(all);
  expect(reader.isAtEnd).toBe(true);
});

test("a reader goes on in other bytes", () => {
  const reader = new MsgpackReader(Buffer.from("c0", "hex"));
  reader.skip();
  expect(reader.goTo(Buffer.from("00a161", "hex"), 1).value()).toBe("a");
  expect([reader.at, reader.isAtEnd]).toEqual([3, true]);
});

test("a reader says what comes next before it is read", () => {
  const reader = new MsgpackReader(Buffer.from("9281a16101c0", "hex"));
  expect(reader.isArrayNext).toBe(true);
  expect(reader.arrayLength()).toBe(2);
  expect(reader.isMapNext).toBe(true);
  expect(reader.value()).toEqual({ a: 1 });
  expect([reader.isMapNext, reader.isArrayNext]).toEqual([false, false]);
  expect(() => reader.arrayLength()).toThrow("where an array was wanted");
});
