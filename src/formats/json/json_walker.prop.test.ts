import fc from "fast-check";
import { expect, test } from "vitest";
import { JsonWalker } from "./json_walker.ts";

function walks(text: string): boolean {
  const bytes = Buffer.from(`${text}\n`);
  const walker = new JsonWalker();
  walker.open(bytes, bytes.length - 1);
  const end = walker.value(walker.blank(0));
  return end >= 0 && walker.blank(end) === bytes.length - 1;
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test("what is JSON is walked over to its end", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), (text) => {
      expect(walks(text)).toBe(true);
    }),
  );
});

test("what is damaged is refused exactly where JSON.parse refuses it", () => {
  const meaningful = fc.constantFrom(...'{}[]",:\\ \t01-+.eEtrufalsn\u0001ué'.split(""));
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 3 }),
      fc.array(fc.tuple(fc.nat(), meaningful, fc.boolean()), { minLength: 1, maxLength: 4 }),
      (text, hits) => {
        let damaged = text;
        for (const [place, letter, isInserted] of hits) {
          const at = place % (damaged.length + 1);
          damaged = damaged.slice(0, at) + letter + damaged.slice(isInserted ? at : at + 1);
        }
        fc.pre(!damaged.includes("\n"));
        expect(walks(damaged)).toBe(parses(damaged));
      },
    ),
  );
});

test("nesting without end is refused, in time that grows with its length alone", () => {
  expect(walks("[".repeat(1_000_000))).toBe(false);
  expect(walks("[".repeat(100) + "]".repeat(100))).toBe(true);
  expect(walks("[".repeat(101) + "]".repeat(101))).toBe(false);
});
