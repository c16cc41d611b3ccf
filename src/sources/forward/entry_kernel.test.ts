import fc from "fast-check";
import { expect, test } from "vitest";
import { Demand, EventColumns, MsgpackNarrowing, Schema, type Use } from "../../event/index.ts";
import { msgpackOf, type MsgpackValue } from "../../kit/index.ts";
import { EntryKernel } from "./entry_kernel.ts";
import { EntryTime } from "./entry_time.ts";

/** A way into a target whose events have all these keys, of which the first `wanted` are asked for. */
function narrowingOf(keys: readonly string[], wanted: number): MsgpackNarrowing {
  const schema = new Schema("t", Object.fromEntries(keys.map((key) => [key, "string"])));
  const demand = new Demand();
  demand.ask({}, new Map(keys.slice(0, wanted).map((key): [string, Use] => [key, "value"])));
  const typing = { version: 0, awaited: new Set<string>(), isLazy: false, takes: () => false, meet() {}, settle() {}, refused() {} };
  return new MsgpackNarrowing(new EventColumns({ schema, demand, typing, accept: () => {} }));
}

function entryOf(seconds: number, nanoseconds: number, event: MsgpackValue): Buffer {
  const time = Buffer.from([0x92, 0xd7, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  time.writeUInt32BE(seconds, 3);
  time.writeUInt32BE(nanoseconds, 7);
  return Buffer.concat([time, msgpackOf(event)]);
}

/** The copy of an entry as the slow way makes it. */
function copied(narrowing: MsgpackNarrowing, entry: Buffer): Buffer {
  const copy = Buffer.alloc(entry.length + 16);
  const time = new EntryTime();
  time.read(entry, 1, entry.length);
  copy.writeDoubleLE(time.ms);
  expect(narrowing.copy(entry, time.end, entry.length, copy, 8)).toBe(entry.length);
  return copy.subarray(0, narrowing.copyEnd);
}

const KEYS = ["h", "code", "host", "method", "request_uri", "upstream_addr"];
const value: fc.Arbitrary<MsgpackValue> = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ minLength: 200, maxLength: 300 }),
  fc.integer(),
  fc.double().filter((number) => !Number.isInteger(number)),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.array(fc.integer(), { maxLength: 2 }),
);
const seconds = fc.oneof(fc.constantFrom(0, 1_763_632_800, 0xff_ff_ff_ff), fc.nat(0x7f_ff_ff_ff));
const entry = fc
  .tuple(
    seconds,
    fc.nat(0xff_ff_ff_ff),
    fc.subarray(KEYS, { minLength: 4 }),
    fc.array(value, { minLength: KEYS.length, maxLength: KEYS.length }),
  )
  .map(([s, ns, keys, values]) => entryOf(s, ns, Object.fromEntries(keys.map((key, index) => [key, values[index]!]))));

test("what is copied is what the slow way copies, and where it stops the slow way goes on, whatever the entries are and wherever they end", () => {
  const kernel = new EntryKernel();
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 30 }), fc.nat(KEYS.length), fc.nat(400), (entries, wanted, cut) => {
      const [narrowing, reference] = [narrowingOf(KEYS, wanted), narrowingOf(KEYS, wanted)];
      narrowing.begin();
      reference.begin();
      const bytes = Buffer.concat(entries);
      const end = bytes.length - (cut % bytes.length);
      const copy = Buffer.alloc(bytes.length + 16, 0xee);
      let [at, to, index] = [0, 0, 0];
      const whole: Buffer[] = [];
      while (index < entries.length && at + entries[index]!.length <= end) {
        // What is copied at once is whole entries.
        const next = kernel.narrow(bytes, at, end, narrowing, copy, to);
        to += kernel.copyBytes;
        for (; at < next; index++) {
          whole.push(copied(reference, entries[index]!));
          at += entries[index]!.length;
        }
        expect(at).toBe(next);
        if (index === entries.length || at + entries[index]!.length > end) break;
        const one = copied(narrowing, entries[index]!);
        to += one.copy(copy, to);
        whole.push(copied(reference, entries[index]!));
        at += entries[index++]!.length;
      }
      expect(kernel.narrow(bytes, at, end, narrowing, copy, to)).toBe(at);
      expect(copy.subarray(0, to)).toEqual(Buffer.concat(whole));
      expect(copy.subarray(to).every((byte) => byte === 0xee)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("what was written down of another shape is not taken for a key of this one", () => {
  const kernel = new EntryKernel();
  const before = narrowingOf(["a", "b", "c"], 1);
  const now = narrowingOf(["a", "b", "c"], 3);
  const [long, short] = [entryOf(1, 0, { a: "1", b: "2", c: "3" }), entryOf(1, 0, { a: "1", b: "2" })];
  const copy = Buffer.alloc(200);
  for (const narrowing of [before, now]) {
    narrowing.begin();
    copied(narrowing, long);
    // Written down for three keys, then for two, and then again for three.
    if (narrowing === before) kernel.narrow(long, 0, long.length, narrowing, copy, 0);
    copied(narrowing, short);
    kernel.narrow(short, 0, short.length, narrowing, copy, 0);
    const wanted = copied(narrowing, long);
    expect(kernel.narrow(long, 0, long.length, narrowing, copy, 0)).toBe(long.length);
    expect(copy.subarray(0, kernel.copyBytes)).toEqual(wanted);
  }
});

test("entries of one shape are copied at once, 16 KiB of them; another shape, a long key or a nested value is left to others", () => {
  const kernel = new EntryKernel();
  const narrowing = narrowingOf(["host", "path", "k".repeat(20)], 1);
  const usual = entryOf(1, 2_000_000, { host: "h", path: "/" });
  const many = Buffer.concat(Array.from({ length: 1000 }, () => usual));
  const copy = Buffer.alloc(many.length);
  narrowing.begin();
  expect(kernel.narrow(many, 0, many.length, narrowing, copy, 0)).toBe(0);
  copied(narrowing, usual);
  expect(kernel.narrow(many, 0, many.length, narrowing, copy, 0)).toBe(Math.floor(16_384 / usual.length) * usual.length);
  for (const event of [{ path: "/", host: "h" }, { host: "h" }, { host: "h", path: ["/"] }, { host: "h", path: "/", more: 1 }]) {
    const bytes = Buffer.concat([usual, usual, entryOf(1, 0, event), usual]);
    expect(kernel.narrow(bytes, 0, bytes.length, narrowing, copy, 0)).toBe(usual.length * 2);
  }
  const long = entryOf(1, 0, { host: "h", ["k".repeat(20)]: 1 });
  copied(narrowing, long);
  expect(kernel.narrow(long, 0, long.length, narrowing, copy, 0)).toBe(0);
  expect(kernel.copyBytes).toBe(0);
});
