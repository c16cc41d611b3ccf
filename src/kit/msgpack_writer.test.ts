import { expect, test } from "vitest";
import { MsgpackFloat, msgpackOf, MsgpackReader, MsgpackWriter } from "./index.ts";

test("long texts, lists and maps have their long forms", () => {
  for (const length of [15, 16, 31, 32, 255, 256, 65_535, 65_536]) {
    const text = "x".repeat(length);
    const list = Array.from({ length }, (_, index) => index);
    const map = Object.fromEntries(list.map((index) => [`k${index}`, index]));
    const again = new MsgpackReader(msgpackOf([text, list, map])).value();
    expect(JSON.stringify(again) === JSON.stringify([text, list, map])).toBe(true);
  }
});

test("a float that is whole stays a float for who asks, in both directions", () => {
  const bytes = msgpackOf([new MsgpackFloat(2), 2]);
  expect(bytes.toString("hex")).toBe("92cb400000000000000002");
  expect(new MsgpackReader(bytes, { keepsFloats: true }).value()).toEqual([new MsgpackFloat(2), 2]);
  expect(new MsgpackReader(bytes).value()).toEqual([2, 2]);
});

test("bytes that are a value already are written as they are", () => {
  const writer = new MsgpackWriter(1);
  writer.arrayLength(2);
  writer.raw(msgpackOf("日本"));
  writer.raw(msgpackOf(1));
  expect(new MsgpackReader(writer.bytes()).value()).toEqual(["日本", 1]);
});
