import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCidr } from "../../kit/index.ts";
import { type Acl, allowAbove, type Band, type Entry, isDenyAll, isOwn, rulesOf, slotsOf } from "./acl.ts";
import { place, type Wanted } from "./placement.ts";
import { planAcl } from "./planning.ts";

const CIDRS = [
  "203.0.113.1/32",
  "203.0.113.2/32",
  "203.0.113.0/24",
  "198.51.100.7/32",
  "2001:db8:1::/64",
  "2001:db8:2::/64",
  "0.0.0.0/0",
  "::/0",
];

const entry = fc.record({
  number: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 9, max: 12 })),
  cidr: fc.constantFrom(...CIDRS).map((text) => parseCidr(text)!),
  action: fc.constantFrom("allow" as const, "deny" as const, "deny" as const),
  protocol: fc.constantFrom("-1", "-1", "-1", "6"),
});

const acl = fc
  .record({
    entries: fc.uniqueArray(entry, { maxLength: 9, selector: ({ number }) => number }),
    quota: fc.integer({ min: 2, max: 8 }),
    claims: fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 8 }),
  })
  .map(({ entries, quota, claims }): Acl => ({
    id: "acl-1",
    entries: [...entries, { number: 32_767, cidr: parseCidr("0.0.0.0/0")!, action: "deny", protocol: "-1" }],
    quota: { 4: quota, 6: quota },
    claims: new Set(claims),
  }));

const wanted = fc.uniqueArray(
  fc.record({ cidr: fc.constantFrom(...CIDRS.slice(0, 6)).map((text) => parseCidr(text)!), priority: fc.integer({ min: 0, max: 3 }) }),
  { selector: ({ cidr }) => cidr.toString() },
);

const band = fc.constantFrom<Band>({ first: 1, last: 8, isAdopted: false }, { first: 2, last: 6, isAdopted: true });

/** AWS: refuses a number that is taken, one that is not there, and more rules than an ACL of so many may have. */
function applied(before: Acl, changes: ReturnType<typeof planAcl>): Acl {
  const entries = new Map(before.entries.map((one) => [one.number, one]));
  for (const { kind, number, cidr } of changes) {
    expect(entries.has(number), `${kind} ${number}`).toBe(kind !== "create");
    if (kind === "delete") entries.delete(number);
    else entries.set(number, { number, cidr: parseCidr(cidr!)!, action: "deny", protocol: "-1" });
  }
  const claims = new Set([...before.claims, ...changes.flatMap(({ kind, number }) => (kind === "delete" ? [] : [number]))]);
  return { ...before, entries: [...entries.values()], claims };
}

test("whatever stands in an ACL, what is chosen is denied in time, each once, within the quota, and nobody else's rule is touched", () => {
  fc.assert(
    fc.property(acl, wanted, band, (before, wishes: Wanted[], own) => {
      const { beyond } = place(wishes, before, own);
      const chosen = wishes.filter(({ cidr }) => !beyond.has(cidr.toString()));
      const changes = planAcl(place(chosen, before, own), before, own);
      const after = applied(before, changes);

      const foreign = ({ entries }: Acl, of: Acl): Entry[] => entries.filter((one) => !isOwn(one, of, own));
      expect(new Set(foreign(after, after))).toEqual(new Set(foreign(before, before)));
      const denies = after.entries.filter((one) => isOwn(one, after, own));
      const standing = denies.map(({ cidr }) => cidr.toString());
      expect(new Set(standing).size).toBe(standing.length);
      for (const { cidr } of chosen) {
        const limit = allowAbove(cidr, after, own);
        expect(after.entries.some((one) => isDenyAll(one) && one.cidr.contains(cidr) && one.number < limit)).toBe(true);
      }
      for (const { number } of denies) expect(number >= own.first && number <= own.last).toBe(true);
      for (const family of [4, 6] as const) {
        // One that is fuller than its quota now allows is not made fuller.
        expect(rulesOf(family, after)).toBeLessThanOrEqual(Math.max(rulesOf(family, before), before.quota[family]));
        expect(denies.filter(({ cidr }) => cidr.family === family).length).toBeLessThanOrEqual(Math.max(0, slotsOf(family, before, own)));
      }
      expect(planAcl(place(chosen, after, own), after, own)).toEqual([]);
    }),
  );
});
