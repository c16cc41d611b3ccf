import { expect, test } from "vitest";
import { clfTimeMs } from "./clf_time.ts";
import { KnownTime } from "./known_time.ts";

const NOON = "06/May/2024:12:00:00 +0000";

function reader(): (text: string) => number {
  const known = new KnownTime(new ArrayBuffer(64));
  return (text) => {
    const bytes = Buffer.from(`${text}] "`);
    return known.read(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
  };
}

test("a time is the same whichever was read before it", () => {
  const read = reader();
  for (const text of [NOON, NOON, "06/May/2024:12:00:01 +0000", "31/Feb/2024:12:00:00 +0000", "06/May/2024:12:00:01 +0530", NOON])
    expect(read(text)).toBe(clfTimeMs(Buffer.from(text), 0));
});

test("what is no time does not become the known one", () => {
  const read = reader();
  expect(read("06/May/2024:25:00:00 +0000")).toBeNaN();
  expect(read("06/May/2024:25:00:00 +0000")).toBeNaN();
});

test("a time that is cut off is none, even if the known one begins like it", () => {
  const known = new KnownTime(new ArrayBuffer(64));
  const bytes = Buffer.from(`${NOON}${NOON.slice(0, 10)}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  expect(known.read(bytes, view, 0)).toBe(clfTimeMs(bytes, 0));
  expect(known.read(bytes, view, NOON.length)).toBeNaN();
});

test("the midnight before it is kept for who reads only its digits", () => {
  const memory = new ArrayBuffer(64);
  const bytes = Buffer.from("06/May/2024:12:34:60 +0530");
  new KnownTime(memory).read(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
  const [timeMs, midnightMs] = new Float64Array(memory, 32, 2);
  expect(timeMs).toBe(Date.parse("2024-05-06T12:34:59+05:30"));
  expect(midnightMs).toBe(Date.parse("2024-05-06T00:00:00+05:30"));
});
