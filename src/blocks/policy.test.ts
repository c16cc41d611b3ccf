import { describe, expect, test } from "vitest";
import { type Cidr, parseCidr } from "../kit/index.ts";
import type { DecisionRequest } from "./decision.ts";
import { DEFAULT_POLICY, judge, type Situation } from "./policy.ts";
import { parseNeverBlock, Protection } from "./protection.ts";

const NOW_MS = 1_750_000_000_000;
const HOUR_MS = 3_600_000;
const NEVER_BLOCK = parseNeverBlock(["198.51.100.10", "2001:db8:feed::/48", "2001:db8:1:2::80"]);
const OWN = ["203.0.113.80", "2001:db8:5:6::1", "fe80::1%eth0"];

function judged(
  change: Partial<DecisionRequest>,
  situation: Partial<Situation> = {},
): ReturnType<typeof judge> & { readonly shown: string } {
  const request: DecisionRequest = {
    rowKey: "row",
    address: "203.0.113.7",
    forMs: HOUR_MS,
    mode: "block",
    reason: "too many requests",
    madeBy: "block.access",
    eventTimeMs: NOW_MS,
    ...change,
  };
  const judgement = judge(request, parse(request.address), DEFAULT_POLICY, {
    nowMs: NOW_MS,
    protection: new Protection(NEVER_BLOCK, OWN),
    inForce: () => undefined,
    blocksInForce: 0,
    blocksLastMinute: 0,
    lastStrike: () => undefined,
    ...situation,
  });
  return { ...judgement, shown: judgement.cidr.shown };
}

function parse(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new Error(`${text} is no address`);
  return cidr;
}

test("an address is blocked from now for as long as was asked", () => {
  expect(judged({})).toMatchObject({ shown: "203.0.113.7", outcome: "blocked", untilMs: NOW_MS + HOUR_MS, objection: undefined });
  expect(judged({ forMs: undefined })).toMatchObject({ outcome: "blocked", untilMs: undefined });
});

describe("protection", () => {
  test.each([
    ["198.51.100.10", "198.51.100.10 is on the never-block list"],
    ["2001:db8:feed:1::9", "2001:db8:feed::/48 is on the never-block list"],
    ["203.0.113.80", "203.0.113.80 is an address of this machine"],
    ["127.0.0.1", "127.0.0.0/8 is never blocked: it is loopback"],
    ["::1", "::1/128 is never blocked: it is loopback"],
    ["::ffff:10.1.2.3", "10.0.0.0/8 is never blocked: it is private (RFC 1918)"],
    ["172.31.255.255", "172.16.0.0/12 is never blocked: it is private (RFC 1918)"],
    ["192.168.1.254", "192.168.0.0/16 is never blocked: it is private (RFC 1918)"],
    ["100.127.0.1", "100.64.0.0/10 is never blocked: it is shared address space (RFC 6598)"],
    ["169.254.169.254", "169.254.0.0/16 is never blocked: it is link-local"],
    ["224.0.0.1", "224.0.0.0/4 is never blocked: it is multicast"],
    ["0.0.0.0", "0.0.0.0/8 is never blocked: it is the unspecified network"],
    ["fe80::1", "fe80::/10 is never blocked: it is link-local"],
    ["fd00::1", "fc00::/7 is never blocked: it is unique-local (RFC 4193)"],
    ["ff02::1", "ff00::/8 is never blocked: it is multicast"],
    ["::", "::/128 is never blocked: it is the unspecified address"],
  ])("%s is refused, because %s", (address, objection) => {
    expect(judged({ address })).toMatchObject({ outcome: "refused", objection });
    expect(judged({ address, rowKey: undefined, eventTimeMs: undefined })).toMatchObject({ outcome: "refused", objection });
  });

  test("a prefix that holds a protected address is refused, although it is not protected as a whole", () => {
    expect(judged({ address: "198.51.100.0/24" })).toMatchObject({
      outcome: "refused",
      objection: "198.51.100.10 is on the never-block list",
    });
  });

  test.each(["192.0.2.1", "198.51.100.11", "203.0.113.1", "172.32.0.1", "100.128.0.1", "8.8.8.8"])("%s may be blocked", (address) => {
    expect(judged({ address }).outcome).toBe("blocked");
  });
});

describe("an IPv6 address", () => {
  test("is blocked as its /64", () => {
    expect(judged({ address: "2001:db8:bad::7" }).shown).toBe("2001:db8:bad::/64");
  });

  test.each(["2001:db8:1:2::7", "2001:db8:5:6::7"])("%s, whose /64 holds a protected one, is blocked alone", (address) => {
    expect(judged({ address })).toMatchObject({ shown: address, outcome: "blocked" });
  });

  test("with its length written out is blocked as it says", () => {
    expect(judged({ address: "2001:db8:bad::7/128" }).shown).toBe("2001:db8:bad::7");
    expect(judged({ address: "2001:db8:bad::/56" }).shown).toBe("2001:db8:bad::/56");
  });
});

describe("a row", () => {
  test.each([
    ["8.0.0.0/7", "a row may ask for a prefix of /24 or longer, and this is a /7"],
    ["2001:db8::/47", "a row may ask for a prefix of /48 or longer, and this is a /47"],
  ])("that asks for %s is refused; a person is not", (address, objection) => {
    expect(judged({ address }, { protection: new Protection([]) })).toMatchObject({ outcome: "refused", objection });
    expect(judged({ address, rowKey: undefined }, { protection: new Protection([]) }).outcome).toBe("blocked");
  });

  test("about a past beyond decision_age_max is too late, at it it is not", () => {
    expect(judged({ eventTimeMs: NOW_MS - HOUR_MS }).outcome).toBe("blocked");
    expect(judged({ eventTimeMs: NOW_MS - HOUR_MS - 1 })).toMatchObject({
      outcome: "too_late",
      objection: "it is about 1h ago, beyond decision_age_max of 1h",
    });
  });

  test("beyond blocks_per_minute_max is held; a person is not", () => {
    const situation = { blocksLastMinute: DEFAULT_POLICY.blocksPerMinuteMax };
    expect(judged({}, situation)).toMatchObject({ outcome: "held", objection: "queries asked for more than blocks_per_minute_max of 300" });
    expect(judged({}, { blocksLastMinute: DEFAULT_POLICY.blocksPerMinuteMax - 1 }).outcome).toBe("blocked");
    expect(judged({ rowKey: undefined }, situation).outcome).toBe("blocked");
  });

  test("for a full block list is held", () => {
    expect(judged({}, { blocksInForce: DEFAULT_POLICY.blocksMax }).outcome).toBe("held");
  });
});

describe("a block that is in force already", () => {
  test("is extended to the later end, however full the list and however hurried the queries", () => {
    const crowded = { blocksInForce: DEFAULT_POLICY.blocksMax, blocksLastMinute: DEFAULT_POLICY.blocksPerMinuteMax };
    const inForce = (untilMs: number | undefined): Partial<Situation> => ({ ...crowded, inForce: () => ({ untilMs }) });
    expect(judged({}, inForce(NOW_MS + 1000))).toMatchObject({ outcome: "extended", untilMs: NOW_MS + HOUR_MS });
    expect(judged({}, inForce(NOW_MS + 9 * HOUR_MS))).toMatchObject({ outcome: "extended", untilMs: NOW_MS + 9 * HOUR_MS });
    expect(judged({}, inForce(undefined))).toMatchObject({ outcome: "extended", untilMs: undefined });
  });
});

describe("mode detect", () => {
  test("blocks nothing, and says why block mode would not have either", () => {
    expect(judged({ mode: "detect" })).toMatchObject({ outcome: "detected", objection: undefined });
    expect(judged({ mode: "detect", address: "10.0.0.1" })).toMatchObject({
      outcome: "detected",
      objection: "10.0.0.0/8 is never blocked: it is private (RFC 1918)",
    });
  });
});

test("the never-block list of the settings names the entry that is wrong", () => {
  expect(() => parseNeverBlock(["192.0.2.1", "office.example"])).toThrow(
    'never_block[1]: "office.example" was found; an address or a prefix',
  );
});
