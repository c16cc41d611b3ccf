import fc from "fast-check";
import { expect, test } from "vitest";
import { BytesView, KnownKey } from "./known_key.ts";

test("a key is known where it stands and nowhere else, however long it is and wherever the bytes end", () => {
  const bytes = fc.uint8Array({ minLength: 0, maxLength: 40 });
  // Few different bytes, so that keys differ in one of them, at any place.
  const alike = fc.array(fc.constantFrom(1, 2), { minLength: 0, maxLength: 40 }).map((all) => Uint8Array.from(all));
  fc.assert(
    fc.property(fc.oneof(bytes, alike), fc.nat(40), fc.nat(40), fc.nat(40), fc.nat(40), (all, from, length, at, end) => {
      const start = Math.min(from, all.length);
      const key = new KnownKey(all, start, Math.min(start + length, all.length));
      const limit = Math.min(end, all.length);
      const wanted = at + key.length <= limit && Buffer.from(all.subarray(at, at + key.length)).equals(key.bytes);
      expect(key.isAt(new BytesView().of(all), at, limit)).toBe(wanted);
    }),
    { numRuns: 2000 },
  );
});

test("a view is of the bytes that were asked about, which may begin anywhere in their memory", () => {
  const view = new BytesView();
  const memory = Buffer.from([1, 2, 3, 4]);
  expect(view.of(memory.subarray(1)).getUint8(0)).toBe(2);
  expect(view.of(memory.subarray(2, 3)).byteLength).toBe(1);
});
