import fc from "fast-check";
import { expect, test } from "vitest";
import { didYouMean, nearest } from "./index.ts";

test.each([
  ["lisen", ["listen", "target"], "listen"],
  ["Target", ["listen", "target"], "target"],
  ["tme_batch", ["time", "time_batch", "length_batch"], "time_batch"],
  ["hots", ["host", "code"], "host"],
  ["pth", ["path", "method"], "path"],
  ["no", ["on", "off"], "on"],
])("%j was meant as the one of %j that is %j", (written, known, meant) => {
  expect(nearest(written, known)).toBe(meant);
});

test.each([
  ["zzz", ["listen", "target"]],
  ["a", ["b", "c"]],
  ["", ["a"]],
  ["listen", []],
  ["x".repeat(65), ["x".repeat(65)]],
])("nothing is near %j in %j", (written, known) => {
  expect(nearest(written, known)).toBeUndefined();
});

test("the sentence is put behind another one", () => {
  expect(`"lisen" is not a setting.${didYouMean("lisen", ["listen"])}`).toBe('"lisen" is not a setting. Did you mean "listen"?');
  expect(`"q" is not a setting.${didYouMean("q", ["listen"])}`).toBe('"q" is not a setting.');
});

test("a word of four letters or more is found again after any one slip of the keyboard", () => {
  const word = fc.stringMatching(/^[a-z_]{4,20}$/);
  const slip = fc.record({
    at: fc.nat(),
    letter: fc.constantFrom("a", "b", "y", "z", "_"),
    kind: fc.constantFrom("insert", "delete", "replace", "swap"),
  });
  fc.assert(
    fc.property(word, slip, (known, { at, letter, kind }) => {
      const place = at % (known.length - 1);
      const [before, here, next, after] = [known.slice(0, place), known[place], known[place + 1], known.slice(place + 2)];
      const slipped = {
        insert: `${before}${letter}${here}${next}${after}`,
        delete: `${before}${next}${after}`,
        replace: `${before}${letter}${next}${after}`,
        swap: `${before}${next}${here}${after}`,
      }[kind];
      expect(nearest(slipped, ["0123456789", known])).toBe(known);
    }),
  );
});
