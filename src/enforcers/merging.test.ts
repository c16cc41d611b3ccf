import { describe, expect, test } from "vitest";
import { shareOf } from "../keep/index.ts";
import { parseCidr } from "../kit/index.ts";
import type { WantedBlock } from "../component/index.ts";
import { fitMerged, type MergeBounds } from "./merging.ts";

const BOUNDS: MergeBounds = { ipv4Bits: 29, ipv6Bits: 56, isRoomShared: true, isProtected: () => false };
const NAMING = { keyOf: ({ cidr }: WantedBlock) => cidr, priorityOf: ({ priority }: WantedBlock) => priority };

function fit(cidrs: readonly string[], capacity: number, bounds: Partial<MergeBounds> = {}) {
  const wanted = cidrs.map((cidr, index) => ({ cidr, untilMs: 1000 + index, priority: cidrs.length - index }));
  const { within, beyond, covered } = fitMerged(wanted, (some) => shareOf(some, capacity, NAMING), { ...BOUNDS, ...bounds });
  return {
    within: within.map(({ cidr }) => cidr).toSorted(),
    beyond: [...beyond.keys()],
    covered: Object.fromEntries(covered),
    blocks: within,
  };
}

describe("where there is room", () => {
  test("nothing is merged", () => {
    expect(fit(["203.0.113.6/32", "203.0.113.7/32"], 2)).toMatchObject({ within: ["203.0.113.6/32", "203.0.113.7/32"], covered: {} });
  });
});

describe("where room is short", () => {
  test("neighbours that fill a prefix are merged first, and no more than is needed", () => {
    const { within, beyond, covered } = fit(["198.51.100.1/32", "198.51.100.4/32", "203.0.113.6/32", "203.0.113.7/32"], 3);
    expect(within).toEqual(["198.51.100.1/32", "198.51.100.4/32", "203.0.113.6/31"]);
    expect([beyond, covered]).toEqual([[], { "203.0.113.6/32": "203.0.113.6/31", "203.0.113.7/32": "203.0.113.6/31" }]);
  });

  test("a prefix stands for as long as the last of its blocks, and as high as the first", () => {
    const { blocks } = fit(["203.0.113.6/32", "203.0.113.7/32"], 1);
    expect(blocks).toEqual([{ cidr: "203.0.113.6/31", untilMs: 1001, priority: 2 }]);
  });

  test("prefixes are merged further, and their blocks are found under the last of them", () => {
    const { within, covered } = fit(["203.0.113.0/32", "203.0.113.1/32", "203.0.113.2/32", "203.0.113.3/32"], 1);
    expect(within).toEqual(["203.0.113.0/30"]);
    expect(Object.values(covered)).toEqual(Array.from({ length: 4 }, () => "203.0.113.0/30"));
  });

  test("networks of IPv6 are merged too, and addresses into their network", () => {
    expect(fit(["2001:db8:0:10::/64", "2001:db8:0:1f::/64", "198.51.100.1/32"], 2).within).toEqual([
      "198.51.100.1/32",
      "2001:db8:0:10::/60",
    ]);
    expect(fit(["2001:db8::1/128", "2001:db8::2/128"], 1).within).toEqual(["2001:db8::/64"]);
  });

  test("what lies inside another needs no place of its own", () => {
    const { within, covered } = fit(["203.0.113.0/29", "203.0.113.1/32", "198.51.100.1/32"], 2);
    expect([within, covered]).toEqual([["198.51.100.1/32", "203.0.113.0/29"], { "203.0.113.1/32": "203.0.113.0/29" }]);
  });

  test("of one family alone, blocks of the other are left as they are", () => {
    const fitting = (some: readonly WantedBlock[]) => {
      const [four, six] = [some.filter(({ cidr }) => !cidr.includes(":")), some.filter(({ cidr }) => cidr.includes(":"))];
      const share = shareOf(four, 1, NAMING);
      return { ...share, within: [...share.within, ...six] };
    };
    const cidrs = ["2001:db8:0:10::/64", "2001:db8:0:11::/64", "203.0.113.1/32", "203.0.113.9/32"];
    const wanted = cidrs.map((cidr) => ({ cidr, untilMs: undefined, priority: 1 }));
    const { within, beyond } = fitMerged(wanted, fitting, { ...BOUNDS, isRoomShared: false });
    expect([within.map(({ cidr }) => cidr), [...beyond.keys()]]).toEqual([
      ["203.0.113.1/32", "2001:db8:0:10::/64", "2001:db8:0:11::/64"],
      ["203.0.113.9/32"],
    ]);
  });

  test("nothing is merged beyond the bounds, nor over what is protected; what is left is beyond", () => {
    expect(fit(["203.0.113.1/32", "203.0.113.9/32"], 1)).toMatchObject({ within: ["203.0.113.1/32"], beyond: ["203.0.113.9/32"] });
    const isProtected: MergeBounds["isProtected"] = (cidr) => cidr.overlaps(parseCidr("203.0.113.5")!);
    expect(fit(["203.0.113.6/32", "203.0.113.4/32"], 1, { isProtected }).beyond).toEqual(["203.0.113.4/32"]);
    expect(fit(["203.0.113.6/32", "203.0.113.7/32"], 1, { isProtected }).beyond).toEqual([]);
    expect(fit(["203.0.113.6/32", "203.0.113.7/32"], 1, { ipv4Bits: 32 }).beyond).toEqual(["203.0.113.7/32"]);
  });

  test("all blocks are still accounted for: each is within, beyond, or stands under a prefix that is one of both", () => {
    const cidrs = Array.from({ length: 200 }, (_, index) => `198.51.100.${(index * 37) % 256}/32`);
    const { within, beyond, covered } = fit(cidrs, 20);
    expect(within).toHaveLength(20);
    const inWithin = cidrs.filter((cidr) => within.includes(cidr) || within.includes(covered[cidr] ?? ""));
    expect(inWithin.length + beyond.length).toBe(cidrs.length);
    expect(new Set([...inWithin, ...beyond]).size).toBe(cidrs.length);
  });
});
