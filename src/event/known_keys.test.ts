import fc from "fast-check";
import { expect, test } from "vitest";
import { BytesView, KnownKeys, UNKNOWN_PLACE } from "./known_keys.ts";

test("a key is known where it stands and nowhere else, however long it is and wherever the bytes end", () => {
  const bytes = fc.uint8Array({ minLength: 0, maxLength: 40 });
  // Few different bytes, so that keys differ in one of them, at any place.
  const alike = fc.array(fc.constantFrom(0, 1), { minLength: 0, maxLength: 40 }).map((all) => Uint8Array.from(all));
  const place = fc.nat(40);
  fc.assert(
    fc.property(fc.oneof(bytes, alike), place, place, place, place, (all, from, length, at, end) => {
      const keys = new KnownKeys();
      const start = Math.min(from, all.length);
      const key = Buffer.from(all.subarray(start, start + length));
      const limit = Math.min(end, all.length);
      expect(keys.put(Uint8Array.of(0xa1, 0x7f, 0x7f), 0, 3)).toBe(0);
      expect(keys.put(all, start, start + key.length)).toBe(1);
      const isThere = key.length > 0 && at + key.length <= limit && key.equals(all.subarray(at, at + key.length));
      const found = keys.lengthAt(1, new BytesView().of(all), at, limit);
      // A key of fewer than four bytes right at the end is looked up.
      expect(found).toBe(isThere && at + 4 <= limit ? key.length : 0);
      expect(keys.find(new BytesView().of(all), at, limit) === 1).toBe(found > 0);
      expect(keys.lengthAt(2, new BytesView().of(all), at, limit)).toBe(0);
    }),
    { numRuns: 3000 },
  );
});

test("keys are found wherever they were met, until all are forgotten; those that are too long are not known", () => {
  const keys = new KnownKeys();
  const bytes = Buffer.from("a key and another one, and then a key that is much too long to be remembered here, or anywhere");
  const view = new BytesView().of(bytes);
  expect([keys.put(bytes, 0, 5), keys.put(bytes, 10, 21), keys.put(bytes, 2, 4)]).toEqual([0, 1, 2]);
  expect([10, 0, 2, 3].map((at) => keys.find(view, at, bytes.length))).toEqual([1, 0, 2, -1]);
  expect(Buffer.from(keys.bytesOf(1)).toString()).toBe("another one");
  expect(keys.put(bytes, 0, 70)).toBe(UNKNOWN_PLACE);
  keys.forget();
  expect([keys.find(view, 0, bytes.length), keys.size]).toEqual([-1, 0]);
});

test("when there are too many all but the last are forgotten", () => {
  const keys = new KnownKeys();
  const many = Array.from({ length: 65 }, (_, index) => Buffer.from(`key ${index}`));
  expect(many.map((key) => keys.put(key, 0, key.length)).slice(-2)).toEqual([63, 0]);
  const found = (key: Buffer): number => keys.find(new BytesView().of(key), 0, key.length);
  expect([found(many[0]!), found(many[64]!)]).toEqual([-1, 0]);
});

test("a view is of the bytes that were asked about, which may begin anywhere in their memory", () => {
  const view = new BytesView();
  const memory = Buffer.from([1, 2, 3, 4]);
  expect(view.of(memory.subarray(1)).getUint8(0)).toBe(2);
  expect(view.of(memory.subarray(2, 3)).byteLength).toBe(1);
});
