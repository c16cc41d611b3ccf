import { describe, expect, test } from "vitest";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpoint_format.ts";

const CHECKPOINT: Checkpoint = {
  epoch: 7,
  positions: new Map<string, unknown>([
    ["tail:/log", { offset: 3, name: "日本" }],
    ["__proto__", 1],
  ]),
  states: new Map([
    ["a query", Buffer.from("state")],
    ["empty", Buffer.alloc(0)],
    ["another", Buffer.from([0, 255, 10])],
  ]),
};

function encode(checkpoint: Checkpoint): Buffer {
  return Buffer.concat([...encodeCheckpoint(checkpoint)]);
}

function decode(bytes: Buffer): unknown {
  const checkpoint = decodeCheckpoint(bytes);
  if (typeof checkpoint === "string") return checkpoint;
  const states = new Map([...checkpoint.states].map(([name, state]) => [name, Buffer.from(state)]));
  return { ...checkpoint, states };
}

test("what was encoded is decoded", () => {
  expect(decode(encode(CHECKPOINT))).toEqual(CHECKPOINT);
  expect(decode(encode({ epoch: 0, positions: new Map(), states: new Map() }))).toMatchObject({ epoch: 0 });
});

test("a large state goes out in pieces of a bounded size, and comes back whole", () => {
  const large = Buffer.alloc(3_500_000, "0123456789");
  const checkpoint = { ...CHECKPOINT, states: new Map([["large", large]]) };
  expect(Math.max(...Array.from(encodeCheckpoint(checkpoint), (piece) => piece.byteLength))).toBe(1 << 20);
  const decoded = decodeCheckpoint(encode(checkpoint));
  expect(typeof decoded === "string" ? decoded : Buffer.compare(Buffer.from(decoded.states.get("large")!), large)).toBe(0);
});

describe("a file that is damaged is refused", () => {
  const whole = encode(CHECKPOINT);

  test("at whatever length it was cut off", () => {
    for (let length = 0; length < whole.length; length++) expect(decode(whole.subarray(0, length))).toBeTypeOf("string");
  });

  test("whichever bit is wrong", () => {
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(decode(flipped)).toBeTypeOf("string");
    }
  });

  test("when something follows it, or it is of zeros", () => {
    expect(decode(Buffer.concat([whole, Buffer.from("x")]))).toBe("its checksum does not match");
    expect(decode(Buffer.alloc(whole.length))).toBe("it is not a checkpoint of this version");
  });
});
