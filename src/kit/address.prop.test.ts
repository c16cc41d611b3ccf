import { isIP } from "node:net";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Cidr, parseAddress, parseCidr } from "./address.ts";
import { AddressRanges } from "./address_ranges.ts";
import { PrefixMap } from "./prefix_map.ts";

// The oracle: a prefix as first and last address in BigInt, read from the words by plain arithmetic.
interface Span {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

function spanOf({ family, words, bits }: { family: 4 | 6; words: readonly number[]; bits: number }): Span {
  const width = family === 4 ? 32n : 128n;
  const value = words.reduce((sum, word) => sum * 4_294_967_296n + BigInt(word), 0n);
  const size = 2n ** (width - BigInt(bits));
  const first = value - (value % size);
  return { family, first, last: first + size - 1n };
}

const overlap = (a: Span, b: Span): boolean => a.family === b.family && a.first <= b.last && b.first <= a.last;

// Few distinct words, so that prefixes nest, touch and repeat often.
const word = fc.oneof(fc.constantFrom(0, 1, 0x8000_0000, 0xffff_ffff, 0xffff, 0xc000_0200), fc.integer({ min: 0, max: 0xffff_ffff }));
const parts = fc.oneof(
  fc.record({ family: fc.constant(4 as const), words: fc.tuple(word), bits: fc.integer({ min: 0, max: 32 }) }),
  fc.record({ family: fc.constant(6 as const), words: fc.tuple(word, word, word, word), bits: fc.integer({ min: 0, max: 128 }) }),
);
const cidrOf = ({ family, words, bits }: { family: 4 | 6; words: readonly number[]; bits: number }): Cidr => new Cidr(family, words, bits);

test("what is accepted as an address is what the platform accepts, zone ids aside", () => {
  const looksLike = fc.string({
    unit: fc.constantFrom("0", "1", "2", "5", "f", "A", ":", "::", ".", "ffff", "25", "192.0.2.1", "%", "/"),
    maxLength: 14,
  });
  fc.assert(
    fc.property(fc.oneof(looksLike, fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
      expect(parseAddress(text) !== undefined).toBe(isIP(text) !== 0 && !text.includes("%"));
    }),
    { numRuns: 2000 },
  );
});

test("the canonical text reads back as the same prefix, and is the one the platform writes", () => {
  fc.assert(
    fc.property(parts, (given) => {
      const cidr = cidrOf(given);
      const isMapped = given.family === 6 && cidr.bits >= 96 && cidr.words[0] === 0 && cidr.words[1] === 0 && cidr.words[2] === 0xffff;
      fc.pre(!isMapped);
      const read = parseCidr(cidr.toString());
      expect(read?.words).toEqual(cidr.words);
      expect(read?.bits).toBe(cidr.bits);
      // A URL writes addresses as RFC 5952 does, by a rule of its own.
      const host = cidr.family === 6 ? `[${cidr.address}]` : cidr.address;
      expect(new URL(`http://${host}/`).hostname).toBe(host);
    }),
  );
});

test("contains and overlaps are those of the numbers", () => {
  fc.assert(
    fc.property(parts, parts, (left, right) => {
      const [a, b] = [spanOf(left), spanOf(right)];
      expect(cidrOf(left).overlaps(cidrOf(right))).toBe(overlap(a, b));
      expect(cidrOf(left).contains(cidrOf(right))).toBe(a.family === b.family && a.first <= b.first && b.last <= a.last);
    }),
  );
});

test("AddressRanges answers as a walk over every prefix does", () => {
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 30 }), parts, (members, asked) => {
      const ranges = new AddressRanges(members.map(cidrOf));
      const target = spanOf(asked);
      expect(ranges.overlaps(cidrOf(asked))).toBe(members.some((member) => overlap(spanOf(member), target)));
      // Neighbours that touch hold together what neither holds alone.
      let reached = target.first;
      for (const span of members.map(spanOf).toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
        if (span.family === target.family && span.first <= reached && span.last >= reached) reached = span.last + 1n;
      }
      expect(ranges.contains(cidrOf(asked))).toBe(reached > target.last);
    }),
    { numRuns: 500 },
  );
});

test("PrefixMap finds what a walk over every prefix finds", () => {
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 30 }), fc.array(parts, { maxLength: 10 }), parts, (members, removed, asked) => {
      const map = new PrefixMap<string>();
      const plain = new Map<string, Cidr>();
      for (const cidr of members.map(cidrOf)) {
        map.set(cidr, cidr.toString());
        plain.set(cidr.toString(), cidr);
      }
      for (const cidr of removed.map(cidrOf)) expect(map.delete(cidr)).toBe(plain.delete(cidr.toString()));
      const target = cidrOf(asked);
      const holders = [...plain.values()].filter((cidr) => cidr.contains(target)).toSorted((a, b) => b.bits - a.bits);
      expect(map.size).toBe(plain.size);
      expect(map.containing(target)).toEqual(holders.map(String));
      expect(map.longest(target)).toBe(holders[0]?.toString());
      expect(map.within(target).toSorted()).toEqual(
        [...plain.values()]
          .filter((cidr) => target.contains(cidr))
          .map(String)
          .toSorted(),
      );
      expect([...map.values()].toSorted()).toEqual([...plain.keys()].toSorted());
    }),
    { numRuns: 500 },
  );
});
