import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { withAwsCredentials } from "../../../test/fakes/aws_credentials.ts";
import { memory } from "../../../test/fakes/enforcer_memory.ts";
import { WafServer } from "../../../test/fakes/waf_server.ts";
import { CAPACITY, describeEnforcer } from "../../../test/suites/enforcer_suite.ts";
import type { Enforcer, EnforcerMemory } from "../../component/index.ts";
import { Counters, silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { awsWafIpSet } from "./aws_waf_ip_set.ts";

let waf: WafServer;
withAwsCredentials();
beforeEach(async () => {
  waf = await WafServer.open();
  waf.sets.set("id-4", []);
  waf.sets.set("id-6", []);
});
afterEach(() => {
  waf.close();
});

async function open(kept: EnforcerMemory = memory(), settings: Record<string, unknown> = {}): Promise<Enforcer> {
  const clock = new VirtualClock(0);
  const sets = { ipv4: { name: "hotaka-4", id: "id-4" }, ipv6: { name: "hotaka-6", id: "id-6" } };
  const config = awsWafIpSet.config(z).parse({ ...sets, region: "us-east-1", endpoint: waf.url, ...settings });
  const context = {
    name: "enforcers[0]",
    folder: "/",
    clock,
    steps: new Steps(clock),
    log: silentLog,
    counters: new Counters(),
    memory: kept,
  };
  return awsWafIpSet.open(config, context);
}

const strangers = Array.from({ length: 10_000 - CAPACITY }, (_, host) => `10.${host >> 8}.${host & 255}.0/24`);

describeEnforcer("aws_waf_ip_set", async () => {
  const kept = memory();
  waf.sets.set("id-4", [...strangers]);
  const known = new Set(strangers);
  const reopen = async () => open(kept);
  return {
    enforcer: await reopen(),
    reopen,
    blocked: async () => [...waf.sets.values()].flat().filter((cidr) => !known.has(cidr)),
    remove: async (cidr) => waf.edit("id-4", (addresses) => addresses.filter((address) => address !== cidr)),
    add: async (cidr) => waf.edit("id-4", (addresses) => [...addresses, cidr]),
    spoil: async (cidr) => waf.edit("id-4", (addresses) => addresses.filter((address) => address !== cidr)),
    trouble: async () => {
      waf.isDown = true;
      return async () => void (waf.isDown = false);
    },
  };
});

async function keep(enforcer: Enforcer, ...cidrs: string[]): Promise<ReadonlyMap<string, string>> {
  const observed = await enforcer.observe();
  const { within, beyond } = enforcer.fit!(
    cidrs.map((cidr) => ({ cidr, untilMs: undefined, priority: 1 })),
    observed,
  );
  for (const change of enforcer.plan(within, observed)) await enforcer.apply(change);
  return beyond;
}

test("a wave of blocks is one update of each set", async () => {
  const enforcer = await open();
  await keep(enforcer, ...Array.from({ length: 2000 }, (_, host) => `203.0.${host >> 8}.${host & 255}/32`), "2001:db8:bad::/64");
  expect([waf.sets.get("id-4")?.length, waf.sets.get("id-6")]).toEqual([2000, ["2001:db8:bad::/64"]]);
  expect(waf.updates).toBe(2);
});

test("an address that somebody added in the same instant is not lost", async () => {
  const enforcer = await open();
  waf.before = () => {
    waf.before = undefined;
    waf.edit("id-4", (addresses) => [...addresses, "198.51.100.1/32"]);
  };
  await keep(enforcer, "203.0.113.7/32");
  expect(waf.sets.get("id-4")).toEqual(["198.51.100.1/32", "203.0.113.7/32"]);
  await keep(enforcer);
  expect(waf.sets.get("id-4")).toEqual(["198.51.100.1/32"]);
});

test("a family without a set is said to be over capacity, with the reason", async () => {
  const beyond = await keep(await open(memory(), { ipv6: undefined }), "203.0.113.7/32", "2001:db8:bad::/64");
  expect([...beyond]).toEqual([["2001:db8:bad::/64", "no set for IPv6 is named in the settings"]]);
});

test("a set that is not there is named", async () => {
  waf.sets.delete("id-6");
  await expect((await open()).observe()).rejects.toThrow("IP set hotaka-6 could not be read: WAFNonexistentItemException: ");
});
