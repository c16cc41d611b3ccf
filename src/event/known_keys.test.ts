import fc from "fast-check";
import { expect, test } from "vitest";
import { BytesView, KnownKeys } from "./known_keys.ts";

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
      expect(keys.put(3, all, start, start + key.length)).toBe(true);
      const isThere = key.length > 0 && at + key.length <= limit && key.equals(all.subarray(at, at + key.length));
      const found = keys.lengthAt(3, new BytesView().of(all), at, limit);
      // A key of fewer than four bytes right at the end is looked up.
      expect(found).toBe(isThere && at + 4 <= limit ? key.length : 0);
      expect(keys.lengthAt(2, new BytesView().of(all), at, limit)).toBe(0);
    }),
    { numRuns: 3000 },
  );
});

test("a place has the key that was put there last, until all are forgotten; far places and long keys are not known", () => {
  const keys = new KnownKeys();
  const bytes = Buffer.from("a key and another one, and then a key that is much too long to be remembered here, or anywhere");
  const view = new BytesView().of(bytes);
  keys.put(0, bytes, 0, 5);
  expect(keys.lengthAt(0, view, 0, bytes.length)).toBe(5);
  keys.put(0, bytes, 10, 21);
  expect([0, 10].map((at) => keys.lengthAt(0, view, at, bytes.length))).toEqual([0, 11]);
  keys.put(0, bytes, 2, 4);
  expect([2, 10].map((at) => keys.lengthAt(0, view, at, bytes.length))).toEqual([2, 0]);
  keys.forget();
  expect(keys.lengthAt(0, view, 2, bytes.length)).toBe(0);
  expect([keys.put(0, bytes, 0, 70), keys.put(64, bytes, 0, 5)]).toEqual([false, false]);
  expect([keys.lengthAt(0, view, 0, bytes.length), keys.lengthAt(64, view, 0, bytes.length)]).toEqual([0, 0]);
});

test("a view is of the bytes that were asked about, which may begin anywhere in their memory", () => {
  const view = new BytesView();
  const memory = Buffer.from([1, 2, 3, 4]);
  expect(view.of(memory.subarray(1)).getUint8(0)).toBe(2);
  expect(view.of(memory.subarray(2, 3)).byteLength).toBe(1);
});
