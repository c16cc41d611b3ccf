import { expect, test } from "vitest";
import type { FieldSink } from "./field_sink.ts";
import { KeySinks } from "./key_sinks.ts";

function counted() {
  const made: string[] = [];
  const nothing = (): void => {};
  const sinks = new KeySinks((key): FieldSink => {
    made.push(key);
    const puts = { text: nothing, bytes: nothing, integer: nothing, float: nothing, truth: nothing, nothing, container: nothing };
    return { isWanted: false, learns: false, ...puts };
  });
  const ofBytes = (key: string): FieldSink => sinks.ofBytes(Buffer.from(key), 0, Buffer.byteLength(key));
  return { made, sinks, ofBytes };
}

test("a key has one sink, found by its text and by its bytes, until all are forgotten", () => {
  const { made, sinks, ofBytes } = counted();
  const sink = sinks.of("日本");
  expect([ofBytes("日本"), ofBytes("日本"), sinks.of("日本")]).toEqual([sink, sink, sink]);
  expect(made).toEqual(["日本"]);
  sinks.forget();
  expect(ofBytes("日本")).not.toBe(sink);
});

test("keys that an attacker makes up, and longer ones than anybody has, are not remembered without bound", () => {
  const { made, ofBytes } = counted();
  for (let key = 0; key < 10_000; key++) ofBytes(`key ${key}`);
  expect(made).toHaveLength(10_000);
  ofBytes("key 0");
  expect(made).toHaveLength(10_001);
  expect(ofBytes("k".repeat(5000))).toBe(ofBytes("k".repeat(5000)));
});
