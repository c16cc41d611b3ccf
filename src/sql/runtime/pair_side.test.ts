import fc from "fast-check";
import { expect, test } from "vitest";
import { Dictionary } from "../../event/index.ts";
import { PairKeys } from "./pair_keys.ts";
import { PairSide } from "./pair_side.ts";

/** What a side holds of a key, oldest first. */
function chain(side: PairSide, keys: PairKeys, key: string): unknown[] {
  const found: unknown[] = [];
  for (let place = side.first[keys.idOf(key)] ?? -1; place !== -1; place = side.next[place]!) found.push(side.columns[0]![place]);
  return found;
}

test("a side holds what a list would, in order, however much comes and goes", () => {
  const spell = fc.record({
    events: fc.integer({ min: 0, max: 3000 }),
    apartMs: fc.integer({ min: 0, max: 3 }),
    keys: fc.integer({ min: 1, max: 40 }),
  });
  const stay = fc.oneof(
    fc.record({ by: fc.constant("time" as const), ageMs: fc.integer({ min: 1, max: 4000 }) }),
    fc.record({ by: fc.constant("count" as const), count: fc.integer({ min: 1, max: 3000 }) }),
  );
  fc.assert(
    fc.property(stay, fc.array(spell, { minLength: 1, maxLength: 6 }), (stays, spells) => {
      const keys = new PairKeys(false);
      const side = new PairSide(keys, stays, 1);
      let list: { key: string; at: number; n: number }[] = [];
      let nowMs = 0;
      let n = 0;
      for (const { events, apartMs, keys: count } of spells) {
        for (let event = 0; event < events; event++) {
          nowMs += apartMs;
          side.expire(nowMs);
          const key = `k${(n * 7) % count}`;
          const place = side.push(keys.idOf(key), nowMs);
          side.columns[0]![place] = ++n;
          list.push({ key, at: nowMs, n });
        }
        list = stays.by === "count" ? list.slice(-stays.count) : list.filter(({ at }) => at + stays.ageMs > nowMs);
        expect(side.size).toBe(list.length);
        for (const key of ["k0", "k1", "k39"])
          expect(chain(side, keys, key)).toEqual(list.filter((one) => one.key === key).map((one) => one.n));
      }
    }),
    { numRuns: 60 },
  );
});

test("a key that nobody holds gives its number to another, and is known by it no more", () => {
  const keys = new PairKeys(false);
  const dictionary = new Dictionary();
  const translation = keys.translation(dictionary);
  const [a, b] = [dictionary.codeOf("a"), dictionary.codeOf("b")];
  const id = keys.idOfCode(translation, a);
  keys.hold(id);
  keys.release(id);
  expect(keys.idOfCode(translation, b)).toBe(id);
  expect(keys.value(id)).toBe("b");
  keys.hold(id);
  expect(keys.idOfCode(translation, a)).not.toBe(id);
});

test("a code that the dictionary gave to another string stands for that one", () => {
  const keys = new PairKeys(false);
  const dictionary = new Dictionary();
  const translation = keys.translation(dictionary);
  const kept = keys.idOfCode(translation, dictionary.codeOf("kept"));
  const gone = keys.idOfCode(translation, dictionary.codeOf("gone"));
  keys.hold(kept);
  keys.hold(gone);
  keys.release(gone);
  dictionary.sweep();
  expect(dictionary.find("kept")).toBe(0);
  const code = dictionary.codeOf("new");
  expect(code).toBe(1);
  expect(keys.value(keys.idOfCode(translation, code))).toBe("new");
  expect(keys.idOf("kept")).toBe(kept);
});
