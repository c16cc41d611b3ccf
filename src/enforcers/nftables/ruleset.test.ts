import { expect, test } from "vitest";
import { partsOf, partsWanted, setLines, setOf, setOfName, setOfPart, tableLines } from "./ruleset.ts";

const LAYOUT = { table: "hotaka", hook: "prerouting", priority: -300, sizeMax: 9 };
const IPV4 = setOf({ family: 4, bits: 24 });

test("each prefix length has a set of its own and a rule that looks into it", () => {
  expect(setLines(LAYOUT, IPV4)).toEqual([
    "add set inet hotaka ip4_24 { type ipv4_addr; flags timeout; size 9; }",
    "add rule inet hotaka blocked ip saddr & 255.255.255.0 @ip4_24 counter drop",
  ]);
  expect(setLines(LAYOUT, setOf({ family: 6, bits: 64 }))[1]).toBe(
    "add rule inet hotaka blocked ip6 saddr & ffff:ffff:ffff:ffff:: @ip6_64 counter drop",
  );
  expect(setLines(LAYOUT, setOf({ family: 4, bits: 32 }))[1]).toBe("add rule inet hotaka blocked ip saddr @ip4_32 counter drop");
});

test("a table is made anew though one stands there or none does", () => {
  expect(tableLines(LAYOUT, []).slice(0, 3)).toEqual(["add table inet hotaka", "delete table inet hotaka", "add table inet hotaka"]);
});

test.each(["ip4_33", "ip5_1", "ip6_129", "ip4_032", "blocked", "ip4_"])("%s is no name of a set of ours", (name) => {
  expect(setOfName(name)).toBeUndefined();
});

test("what is listed is as wanted when nothing was changed, and counters are no change", () => {
  const payload = { payload: { protocol: "ip", field: "saddr" } };
  const rule = (packets: number, right: string) => ({
    rule: {
      family: "inet",
      table: "hotaka",
      chain: "blocked",
      handle: 6,
      expr: [{ match: { op: "==", left: { "&": [payload, "255.255.255.0"] }, right } }, { counter: { packets, bytes: 1 } }, { drop: null }],
    },
  });
  const listed = (packets: number, right = "@ip4_24") => ({
    nftables: [
      { metainfo: { version: "1.0.6" } },
      { table: { family: "inet", name: "hotaka", handle: 1 } },
      { set: { family: "inet", name: "ip4_24", table: "hotaka", type: "ipv4_addr", handle: 2, size: 9, flags: ["timeout"] } },
      { chain: { family: "inet", table: "hotaka", name: "blocked", type: "filter", hook: "prerouting", prio: -300, policy: "accept" } },
      rule(packets, right),
    ],
  });
  expect(partsOf(LAYOUT, listed(7))).toEqual(partsWanted(LAYOUT, [IPV4]));
  expect(partsOf(LAYOUT, listed(0, "@other"))).not.toEqual(partsWanted(LAYOUT, [IPV4]));
  expect([...partsOf(LAYOUT, listed(7))].flatMap((part) => setOfPart(part) ?? [])).toEqual([IPV4]);
  expect(partsOf(LAYOUT, "rubbish").size).toBe(0);
});
