import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { msgpackOf, type MsgpackValue } from "../../kit/index.ts";
import { EntryTime } from "./entry_time.ts";
import { JsonFramer } from "./json_framer.ts";
import { eachJsonMessage, jsonChunk } from "./json_message.ts";
import { readMessage } from "./message.ts";
import { MsgpackFramer } from "./msgpack_framer.ts";
import { RecentChunks } from "./recent_chunks.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("the time of an entry", () => {
  test.each([
    ["ce 6b0089be", 0x6b00_89be * 1000],
    ["05", 5000],
    ["d7 00 6b0089be 0029faf4", 0x6b00_89be * 1000 + 2],
    ["c7 08 00 6b0089be 3b9ac9ff", 0x6b00_89be * 1000 + 999],
    ["92 d7 00 6b0089be 0029faf4 80", 0x6b00_89be * 1000 + 2],
    ["cb 41d8000000000000", 1_610_612_736_000],
    ["cd 0001", 1000],
    ["00", Number.NaN],
    ["c0", Number.NaN],
    ["a161", Number.NaN],
    ["d7 05 6b0089be 0029faf4", Number.NaN],
    ["92 92 01 80 80", Number.NaN],
  ])("%s", (bytes, ms) => {
    const time = new EntryTime();
    time.read(hex(bytes), 0, hex(bytes).length);
    expect(time).toMatchObject({ ms, end: hex(bytes).length });
  });

  test("is none where it is cut off", () => {
    const time = new EntryTime();
    time.read(hex("d7 00 6b"), 0, 3);
    expect(time).toMatchObject({ ms: Number.NaN, end: -1 });
  });
});

describe("a message", () => {
  test.each<[MsgpackValue, object]>([
    [["t", 5, { a: 1 }], { mode: "message", tag: "t", options: { chunk: undefined, compressed: "text", signal: 0 } }],
    [["t", 5, { a: 1 }, { chunk: "c" }], { mode: "message", options: expect.objectContaining({ chunk: msgpackOf("c") }) }],
    [["t", [], { fluent_signal: 2 }], { mode: "forward", options: expect.objectContaining({ signal: 2 }) }],
    [["t", [[1, {}]]], { mode: "forward" }],
    [["t", [1, {}], {}], { mode: "message" }],
    [
      ["t", "packed", { compressed: "gzip", size: 5, unknown: [1] }],
      { mode: "packed", options: expect.objectContaining({ compressed: "gzip" }) },
    ],
    [null, { problem: "heartbeat" }],
    [{ a: 1 }, { problem: "shape" }],
    [["t"], { problem: "tag" }],
    [[1, 2, 3], { problem: "tag" }],
    [["t", 5], { problem: "shape" }],
    [[], { problem: "tag" }],
  ])("%j", (value, found) => {
    const bytes = msgpackOf(value);
    const message = readMessage(bytes, 0, bytes.length);
    expect(typeof message === "string" ? { problem: message } : message).toMatchObject(found);
  });
});

test("messages that come in pieces are found whole, wherever they are cut", () => {
  const values: MsgpackValue[] = [["t", [[1, { a: [1, { b: "x" }] }]]], null, ["t", "x".repeat(300), { chunk: "c" }], 7, []];
  const bytes = Buffer.concat(values.map((value) => msgpackOf(value)));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
      const framer = new MsgpackFramer();
      const found: string[] = [];
      let [start, at] = [0, 0];
      for (let piece = 0; at < bytes.length; piece++) {
        at = Math.min(at + sizes[piece % sizes.length]!, bytes.length);
        const from = start;
        start += framer.scan(bytes.subarray(from), at - from, (left, right) =>
          found.push(bytes.toString("hex", from + left, from + right)),
        ).wholeEnd;
      }
      expect(found).toEqual(values.map((value) => msgpackOf(value).toString("hex")));
    }),
  );
});

test("JSON that comes in pieces is found whole, wherever it is cut", () => {
  const texts = ['["t",[[1,{"a":"]}\\"["}]]]', '{"no":"message"}', "[[],{}]"];
  const bytes = Buffer.from(` ${texts.join(" \n")}\n`);
  for (let size = 1; size <= bytes.length; size++) {
    const framer = new JsonFramer();
    const found: string[] = [];
    let start = 0;
    for (let at = Math.min(size, bytes.length); start < bytes.length; at = Math.min(at + size, bytes.length)) {
      const from = start;
      start += framer.scan(bytes.subarray(from), at - from, (left, right) =>
        found.push(bytes.toString("utf8", from + left, from + right)),
      ).wholeEnd;
      if (at === bytes.length) break;
    }
    expect(found.map((text) => text.trim())).toEqual(texts);
  }
});

test("messages of JSON are told one by one, and what is none as nothing", () => {
  const told: unknown[] = [];
  eachJsonMessage(Buffer.from('["t",1,{}] ["t",[],{"chunk":"c"}]\n[x]'), (message) => told.push(message));
  expect(told).toEqual([["t", 1, {}], ["t", [], { chunk: "c" }], undefined]);
  expect(jsonChunk(["t", [], { chunk: "c" }])).toBe("c");
  expect(jsonChunk(["t", 1, {}, { chunk: "d" }])).toBe("d");
  expect(jsonChunk(["t", 1, {}, { chunk: 5 }])).toBe(undefined);
});

test("the last thousand chunks are known again, and what was kept is taken up whatever it is", () => {
  const recent = new RecentChunks(undefined);
  for (let number = 0; number < 1001; number++) expect(recent.isRepeated(Buffer.from(String(number)))).toBe(false);
  const kept = JSON.parse(JSON.stringify(recent.ids)) as unknown;
  expect(recent.isRepeated(Buffer.from("0"))).toBe(false);
  expect(recent.isRepeated(Buffer.from("1000"))).toBe(true);
  expect(new RecentChunks(kept).isRepeated(Buffer.from("1"))).toBe(true);
  expect(new RecentChunks(kept).isRepeated(Buffer.from("0"))).toBe(false);
  expect(new RecentChunks({ of: "another version" }).isRepeated(Buffer.from("1"))).toBe(false);
});
