import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeNames } from "../../test/fakes/name_service.ts";
import { Blocks, DEFAULT_POLICY, EnforcerMemory, LEDGER_MIGRATIONS } from "../blocks/index.ts";
import { Counters, type Database, openDatabase, parseCidr, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import { LiveProtection, type NeverBlock, suffixesOf } from "./index.ts";

const START_MS = Date.parse("2026-11-20T10:00:00Z");
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let folder: string;
let database: Database;
let clock: VirtualClock;
let steps: Steps;
let counters: Counters;
let dns: FakeNames;
let own: string[];
let protection: LiveProtection;
let blocks: Blocks;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-protection-"));
  clock = new VirtualClock(START_MS);
  counters = new Counters();
  dns = new FakeNames();
  own = [];
  database = await openDatabase({ path: ":memory:", migrations: LEDGER_MIGRATIONS });
});
afterEach(() => {
  close();
  database.close();
  rmSync(folder, { recursive: true });
});

function close(): void {
  protection.close();
  blocks.close();
}

async function open(wanted: Partial<NeverBlock>, startedFrom = ""): Promise<void> {
  steps = new Steps(clock);
  const memory = new EnforcerMemory(database);
  protection = new LiveProtection({ service: dns, memory, clock, steps, log: silentLog, counters, ownAddresses: () => own, startedFrom });
  await protection.configure({ ...NOBODY, ...wanted });
  blocks = new Blocks({ database, rules: { policy: DEFAULT_POLICY, protection }, clock, steps, log: silentLog, counters });
  protection.onChange((cidrs) => blocks.protect(cidrs));
  blocks.onBlocked((asked) => protection.blocked(asked));
}

/** Lets time pass, and what becomes due happen. */
async function pass(ms: number): Promise<void> {
  clock.advanceTo(clock.nowMs() + ms);
  for (let turn = 0; turn < 20; turn++) await setImmediate();
}

let rowNumber = 0;
function decide(address: string): string {
  const asked = { rowKey: `row ${++rowNumber}`, address, forMs: HOUR_MS, mode: "block", reason: "flood", madeBy: "block.flood" } as const;
  const { outcome, objection } = blocks.decide({ ...asked, eventTimeMs: clock.nowMs() });
  return objection ?? outcome;
}

const shown = (): string[] => Array.from(blocks.inForce(), ({ cidr }) => cidr);
const counted = (name: string, outcome?: string): number =>
  counters.read().find((one) => one.name === name && (outcome === undefined || one.labels["outcome"] === outcome))?.value ?? 0;

describe("a host name", () => {
  test("protects the addresses it has, of both families", async () => {
    dns.addresses.set("office.example.com", ["203.0.113.7", "2001:db8::7"]);
    await open({ names: ["office.example.com"] });
    expect(decide("203.0.113.7")).toBe("203.0.113.7 is office.example.com, which is on the never-block list");
    // The prefix around it is not blocked either; another address of it is, alone.
    expect(decide("2001:db8::7")).toContain("2001:db8::7 is office.example.com");
    decide("2001:db8::8");
    expect(shown()).toEqual(["2001:db8::8/128"]);
  });

  test("is resolved again when its answer is no longer good, and what it has then is no longer blocked at once", async () => {
    dns.addresses.set("office.example.com", ["203.0.113.7"]);
    await open({ names: ["office.example.com"] });
    expect(decide("203.0.113.8")).toBe("blocked");
    dns.addresses.set("office.example.com", ["203.0.113.8"]);
    await pass(59_000);
    expect(shown()).toEqual(["203.0.113.8/32"]);
    await pass(1000);
    expect(shown()).toEqual([]);
    expect(blocks.why("203.0.113.8").sentences.join("\n")).toContain(
      "taken back 2026-11-20T10:01:00Z by policy: 203.0.113.8 is office.example.com",
    );
  });

  test("is not asked for more often than every half minute, nor less often than every hour", async () => {
    dns.addresses.set("a.example.com", ["203.0.113.7"]);
    dns.ttlMs = 0;
    await open({ names: ["a.example.com"] });
    await pass(29_000);
    expect(dns.asked).toHaveLength(1);
    dns.ttlMs = 7 * 24 * HOUR_MS;
    await pass(1000);
    expect(dns.asked).toHaveLength(2);
    await pass(HOUR_MS);
    expect(dns.asked).toHaveLength(3);
  });

  test("still protects an address that its answers left out for less than an hour", async () => {
    dns.addresses.set("cdn.example.com", ["203.0.113.1", "203.0.113.2"]);
    await open({ names: ["cdn.example.com"] });
    dns.addresses.set("cdn.example.com", ["203.0.113.2", "203.0.113.3"]);
    await pass(MINUTE_MS);
    expect(decide("203.0.113.1")).toContain("is cdn.example.com");
    for (let minute = 0; minute < 62; minute++) await pass(MINUTE_MS);
    expect(decide("203.0.113.1")).toBe("blocked");
    expect(decide("203.0.113.3")).toContain("is cdn.example.com");
  });

  test("that cannot be resolved keeps its last answer, also after a restart, and is counted", async () => {
    dns.addresses.set("office.example.com", ["203.0.113.7"]);
    await open({ names: ["office.example.com"] });
    dns.isDown = true;
    for (let hour = 0; hour < 3; hour++) await pass(HOUR_MS);
    expect(decide("203.0.113.7")).toContain("is office.example.com");
    close();
    await open({ names: ["office.example.com"] });
    expect(decide("203.0.113.7")).toContain("is office.example.com");
    expect(counted("never_block_names_failed")).toBeGreaterThanOrEqual(4);
    dns.isDown = false;
    dns.addresses.set("office.example.com", ["203.0.113.9"]);
    await pass(MINUTE_MS);
    expect(decide("203.0.113.9")).toContain("is office.example.com");
  });

  test("is not waited for at the start when nobody answers, and protects as soon as somebody does", async () => {
    await open({});
    let answer: (() => void) | undefined;
    dns.resolve = async () => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return { addresses: ["203.0.113.7"], ttlMs: 60_000 };
    };
    const configured = protection.configure({ ...NOBODY, names: ["office.example.com"] });
    await pass(0);
    await pass(5000);
    await configured;
    expect(decide("203.0.113.7")).toBe("blocked");
    answer?.();
    await pass(0);
    expect(shown()).toEqual([]);
  });

  test("protects no longer when the settings do not name it", async () => {
    dns.addresses.set("office.example.com", ["203.0.113.7"]);
    await open({ names: ["office.example.com"] });
    await protection.configure(NOBODY);
    expect(decide("203.0.113.7")).toBe("blocked");
    dns.isDown = true;
    await protection.configure({ ...NOBODY, names: ["office.example.com"] });
    expect(protection.whyNot(parseCidr("203.0.113.7")!)).toBeUndefined();
  });

  test("protects no more than 64 addresses; those beyond are counted", async () => {
    dns.addresses.set(
      "many.example.com",
      Array.from({ length: 70 }, (_, last) => `203.0.113.${last}`),
    );
    await open({ names: ["many.example.com"] });
    expect([decide("203.0.113.63").includes("many.example.com"), decide("203.0.113.64")]).toEqual([true, "blocked"]);
    expect(counted("never_block_addresses_dropped")).toBe(6);
  });
});

describe("a crawler", () => {
  const google = { suffixes: suffixesOf(["google"]) };
  beforeEach(() => {
    dns.names.set("66.249.66.1", ["crawl-66-249-66-1.googlebot.com"]);
    dns.addresses.set("crawl-66-249-66-1.googlebot.com", ["66.249.66.1"]);
  });

  test("is blocked until its name has been verified, which lifts the block, and is refused from then on", async () => {
    await open(google);
    expect(decide("66.249.66.1")).toBe("blocked");
    await pass(1);
    expect(shown()).toEqual([]);
    expect(decide("66.249.66.1")).toBe("66.249.66.1 is crawl-66-249-66-1.googlebot.com, a host of google");
    expect([counted("never_block_checks", "verified"), dns.asked.length]).toEqual([1, 2]);
  });

  test("is told by the address that was asked for, also where a prefix was blocked", async () => {
    dns.names.set("2001:4860:4801:10::5", ["crawl-5.googlebot.com."]);
    dns.addresses.set("crawl-5.googlebot.com", ["2001:4860:4801:10::5"]);
    await open(google);
    decide("2001:4860:4801:10::5");
    expect(shown()).toEqual(["2001:4860:4801:10::/64"]);
    await pass(1);
    expect(shown()).toEqual([]);
  });

  test.each([
    ["calls himself one", "203.0.113.7", ["crawl-66-249-66-1.googlebot.com"]],
    ["has a name that only looks so", "203.0.113.7", ["crawl.googlebot.com.evil.example", "evilgooglebot.com"]],
    ["has a name that leads nowhere", "203.0.113.7", ["crawl-1.googlebot.com"]],
    ["has no name", "203.0.113.7", []],
  ])("who %s stays blocked, and is not asked about again for an hour", async (_, address, names) => {
    dns.names.set(address, names);
    dns.addresses.set("crawl.googlebot.com.evil.example", [address]);
    dns.addresses.set("evilgooglebot.com", [address]);
    await open(google);
    decide(address);
    await pass(1);
    expect(shown()).toEqual([`${address}/32`]);
    const asked = dns.asked.length;
    decide(address);
    await pass(1);
    expect(dns.asked.length - asked).toBeLessThanOrEqual(names.includes("crawl-1.googlebot.com") ? 2 : 0);
  });

  test("is looked at again after half a day, and is blocked again when the name is no longer his", async () => {
    await open(google);
    decide("66.249.66.1");
    await pass(1);
    dns.names.delete("66.249.66.1");
    await pass(12 * HOUR_MS);
    expect(decide("66.249.66.1")).toContain("a host of google");
    await pass(1);
    expect(decide("66.249.66.1")).toBe("blocked");
  });

  test("stays protected while nobody answers, for a week", async () => {
    await open(google);
    decide("66.249.66.1");
    await pass(1);
    dns.isDown = true;
    await pass(6 * 24 * HOUR_MS);
    expect(decide("66.249.66.1")).toContain("a host of google");
    await pass(2 * 24 * HOUR_MS);
    expect(decide("66.249.66.1")).toBe("blocked");
  });

  test("that stood blocked when the settings began to trust its name is found out about too", async () => {
    await open({});
    decide("66.249.66.1");
    await protection.configure({ ...NOBODY, ...google });
    protection.lookAt(blocks.inForce());
    await pass(1);
    expect(shown()).toEqual([]);
  });

  test("no more than ten thousand wait to be asked about", async () => {
    await open(google);
    for (let last = 0; last < 10_100; last++) protection.blocked(parseCidr(`198.18.${last >> 8}.${last & 255}`)!);
    expect(counted("never_block_checks", "dropped")).toBeGreaterThan(50);
  });
});

describe("an operator", () => {
  test("is not locked out: a block of the address from which he asks is lifted, and none follows for the time of the settings", async () => {
    await open({ operatorForMs: HOUR_MS });
    decide("203.0.113.7");
    protection.operators.saw("203.0.113.7");
    expect(shown()).toEqual([]);
    expect(decide("203.0.113.7")).toBe("203.0.113.7 is where an operator asked from");
    await pass(HOUR_MS / 2);
    protection.operators.saw("::ffff:203.0.113.7");
    await pass(HOUR_MS - 1);
    expect(decide("203.0.113.7")).toContain("an operator");
    await pass(1);
    expect(decide("203.0.113.7")).toBe("blocked");
  });

  test("is protected as long as the daemon runs that he started", async () => {
    await open({}, "203.0.113.7");
    await pass(30 * 24 * HOUR_MS);
    expect(decide("203.0.113.7")).toBe("203.0.113.7 is where the daemon was started from");
  });

  test("who is seen from too many addresses is protected at the first thousand", async () => {
    await open({ operatorForMs: HOUR_MS });
    for (let last = 0; last < 1003; last++) protection.operators.saw(`198.51.${100 + (last >> 8)}.${last & 255}`);
    expect(counted("never_block_operators_dropped")).toBe(3);
  });

  test("is nobody where the settings say so, or the address is none", async () => {
    await open({ operatorForMs: undefined });
    protection.operators.saw("203.0.113.7");
    expect(decide("203.0.113.7")).toBe("blocked");
    await protection.configure({ ...NOBODY, operatorForMs: HOUR_MS });
    protection.operators.saw("unix:");
    expect(shown()).toEqual(["203.0.113.7/32"]);
  });
});

describe("ranges of AWS", () => {
  const file = (): string => join(folder, "ip-ranges.json");
  const write = (prefixes: object[], seconds = 1): void => {
    writeFileSync(
      file(),
      JSON.stringify({ prefixes, ipv6_prefixes: [{ ipv6_prefix: "2600:1ff0::/40", service: "EC2", region: "eu-west-1" }] }),
    );
    utimesSync(file(), seconds, seconds);
  };
  const checkers = (): Partial<NeverBlock> => ({ awsIpRanges: [{ file: file(), service: "ROUTE53_HEALTHCHECKS", region: undefined }] });
  const checker = (prefix: string): object => ({ ip_prefix: prefix, region: "us-east-1", service: "ROUTE53_HEALTHCHECKS" });

  test("protect the prefixes of one service, and follow the file", async () => {
    write([checker("54.183.255.128/26"), { ip_prefix: "3.4.12.4/32", region: "eu-west-1", service: "EC2" }]);
    await open(checkers());
    expect(decide("54.183.255.129")).toBe(`54.183.255.128/26 is a range of ROUTE53_HEALTHCHECKS in ${file()}`);
    expect([decide("3.4.12.4"), decide("54.228.16.1")]).toEqual(["blocked", "blocked"]);
    write([checker("54.228.16.0/26")], 2);
    await protection.refresh();
    expect(shown()).toEqual(["3.4.12.4/32"]);
  });

  test("that can no longer be read are what they were", async () => {
    write([checker("54.183.255.128/26")]);
    await open(checkers());
    writeFileSync(file(), "<html>");
    await protection.refresh();
    expect(decide("54.183.255.129")).toContain("ROUTE53_HEALTHCHECKS");
  });

  test.each([
    [
      () => write([{ ip_prefix: "3.4.12.4/32", region: "eu-west-1", service: "EC2" }]),
      /no prefixes of ROUTE53_HEALTHCHECKS\. Services in it: EC2/,
    ],
    [() => writeFileSync(file(), "<html>"), /it is not JSON/],
    [() => writeFileSync(file(), "null"), /no prefixes of ROUTE53_HEALTHCHECKS/],
    [() => {}, /it could not be read: ENOENT/],
  ])("that are none are refused at the start (%#)", async (prepare, sentence) => {
    await open({});
    prepare();
    await expect(protection.configure({ ...NOBODY, ...checkers() })).rejects.toThrow(sentence);
  });
});

test("an address that the machine is given is no longer blocked", async () => {
  await open({});
  decide("203.0.113.80");
  own = ["203.0.113.80"];
  await protection.refresh();
  expect(shown()).toEqual([]);
});

test("health checks of clouds are never blocked", async () => {
  await open({});
  expect(decide("35.191.12.1")).toBe("35.191.0.0/16 is never blocked: load balancers and health checks of Google Cloud come from there");
  expect(decide("130.211.3.255")).toContain("130.211.0.0/22");
  expect(decide("168.63.129.16")).toContain("Azure");
  expect(decide("169.254.169.254")).toContain("link-local");
});

const NOBODY: NeverBlock = { prefixes: [], names: [], awsIpRanges: [], suffixes: [], operatorForMs: undefined };
