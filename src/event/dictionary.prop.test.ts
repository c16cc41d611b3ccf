import fc from "fast-check";
import { expect, test } from "vitest";
import { collidingShort } from "../../test/event/colliding_strings.ts";
import { Dictionary } from "./index.ts";

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 20 }).map((text) => Buffer.from(text)),
  // Few distinct ones, so that they come again.
  fc.constantFrom("", "a", "b", "ab", "ba", "\u{1f600}", "\ufffd", "\0").map((text) => Buffer.from(text)),
);

test("bytes have the code of the text they read as, wherever they stand and whichever way they are asked for", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyBytes, fc.nat({ max: 5 }), fc.boolean()), { maxLength: 200 }), (strings) => {
      const dictionary = new Dictionary();
      for (const [string, offset, byText] of strings) {
        const text = Buffer.from(string).toString("utf8");
        const bytes = Buffer.concat([Buffer.alloc(offset, "z"), string, Buffer.from("z")]);
        if (byText) dictionary.codeOf(text);
        const code = dictionary.codeOfBytes(bytes, offset, offset + string.length);
        expect(dictionary.text(code)).toBe(text);
        expect(dictionary.find(text)).toBe(code);
        expect(dictionary.codeOfBytes(bytes, offset, offset + string.length)).toBe(code);
      }
    }),
  );
});

/** An attacker's doing: all of them have the same hash. */
const COLLIDING = collidingShort(401);

/** What somebody does with a dictionary. */
const step = fc.record({
  kind: fc.oneof(
    { weight: 20, arbitrary: fc.constant("add") },
    { weight: 8, arbitrary: fc.constant("hold") },
    { weight: 4, arbitrary: fc.constant("let go") },
    { weight: 1, arbitrary: fc.constant("sweep") },
  ),
  key: fc.nat({ max: 400 }),
  byText: fc.boolean(),
});

test("whatever comes and goes, a held code stands for its string, and no two strings share a code", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600, size: "max" }), (steps) => {
      const dictionary = new Dictionary();
      const held = new Map<number, string>();
      dictionary.hold({
        markCodes(marks) {
          for (const code of held.keys()) marks[code] = 1;
        },
        forgetCodes() {},
      });
      const known = new Set<string>();
      for (const { kind, key, byText } of steps) {
        const text = key % 7 === 0 ? `ключ ${key}` : key % 3 === 0 ? COLLIDING[key]! : `key ${key}`;
        const bytes = Buffer.from(text);
        if (kind === "sweep") {
          dictionary.sweep();
          known.clear();
          for (const kept of held.values()) known.add(kept);
        } else {
          const code = byText ? dictionary.codeOf(text) : dictionary.codeOfBytes(bytes, 0, bytes.length);
          known.add(text);
          if (kind === "hold") held.set(code, text);
          else if (kind === "let go") held.delete(code);
          if (dictionary.text(code) !== text) throw new Error(`${code} stands for ${dictionary.text(code)} and not for ${text}`);
        }
        expect([...held].filter(([code, kept]) => dictionary.text(code) !== kept || dictionary.find(kept) !== code)).toEqual([]);
        expect(dictionary.size).toBe(known.size);
      }
      expect(dictionary.codeCount).toBeLessThanOrEqual(401);
    }),
    { numRuns: 40 },
  );
});
