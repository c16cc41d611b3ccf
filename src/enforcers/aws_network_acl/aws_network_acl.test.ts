import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { withAwsCredentials } from "../../../test/fakes/aws_credentials.ts";
import { Ec2Server } from "../../../test/fakes/ec2_server.ts";
import { memory } from "../../../test/fakes/enforcer_memory.ts";
import { CAPACITY, describeEnforcer } from "../../../test/suites/enforcer_suite.ts";
import type { Enforcer, EnforcerMemory, WantedBlock } from "../../component/index.ts";
import { type Clock, Counters, silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { awsNetworkAcl } from "./aws_network_acl.ts";

const ACL = "acl-77527b1f";
let ec2: Ec2Server;

withAwsCredentials();
beforeEach(async () => {
  ec2 = await Ec2Server.open();
  ec2.addAcl(ACL);
});
afterEach(() => {
  ec2.close();
});

const said: string[] = [];

async function open(
  settings: Record<string, unknown> = {},
  kept: EnforcerMemory = memory(),
  clock: Clock = new VirtualClock(0),
): Promise<Enforcer> {
  const config = awsNetworkAcl.config(z).parse({ network_acl_id: ACL, region: "ap-northeast-1", endpoint: ec2.url, ...settings });
  const log = { ...silentLog, warn: (sentence: string) => void said.push(sentence) };
  const context = { name: "enforcers[0]", folder: "/", clock, steps: new Steps(clock), log, counters: new Counters(), memory: kept };
  return awsNetworkAcl.open(config, context);
}

function blocks(...cidrs: string[]): WantedBlock[] {
  return cidrs.map((cidr, at) => ({ cidr, untilMs: undefined, priority: cidrs.length - at }));
}

function hosts(count: number): WantedBlock[] {
  return blocks(...Array.from({ length: count }, (_, host) => `203.0.113.${host}/32`));
}

/** One pass. Gives what there was no room for, with the reason. */
async function keep(enforcer: Enforcer, wanted: readonly WantedBlock[]): Promise<ReadonlyMap<string, string>> {
  const observed = await enforcer.observe();
  const fit = enforcer.fit!(wanted, observed);
  for (const change of enforcer.plan(fit.within, observed)) await enforcer.apply(change);
  expect(enforcer.plan(fit.within, await enforcer.observe())).toEqual([]);
  return fit.beyond;
}

describeEnforcer("aws_network_acl", async (clock) => {
  const kept = memory();
  ec2.quota = CAPACITY + 2;
  const reopen = async () => open({}, kept, clock);
  const numberOf = (cidr: string): number =>
    Number(
      ec2
        .denies(ACL)
        .find((deny) => deny.endsWith(` ${cidr}`))
        ?.split(" ")[0],
    );
  return {
    enforcer: await reopen(),
    reopen,
    blocked: async () => [...new Set(ec2.denies(ACL).map((deny) => deny.split(" ")[1]!))],
    remove: async (cidr) => ec2.take(ACL, numberOf(cidr)),
    add: async (cidr) => ec2.put(ACL, cidr === "203.0.113.7/32" ? 50 : 51, cidr),
    spoil: async (cidr) => ec2.put(ACL, numberOf(cidr), "192.0.2.1/32"),
    trouble: async () => {
      ec2.isDown = true;
      return async () => void (ec2.isDown = false);
    },
  };
});

describe("rule numbers", () => {
  test("begin at 1, go on behind the last, and are used again when they are free", async () => {
    const enforcer = await open();
    await keep(enforcer, blocks("203.0.113.1/32", "203.0.113.2/32", "2001:db8::/64"));
    expect(ec2.denies(ACL)).toEqual(["1 203.0.113.1/32", "2 203.0.113.2/32", "3 2001:db8::/64"]);
    await keep(enforcer, blocks("203.0.113.1/32", "2001:db8::/64"));
    await keep(enforcer, blocks("203.0.113.1/32", "2001:db8::/64", "203.0.113.4/32", "203.0.113.5/32"));
    expect(ec2.denies(ACL)).toEqual(["1 203.0.113.1/32", "2 203.0.113.4/32", "3 2001:db8::/64", "4 203.0.113.5/32"]);
  });

  test("stay below the rule that allows, and follow it when it is moved", async () => {
    const enforcer = await open();
    await keep(enforcer, hosts(4));
    ec2.take(ACL, 100);
    ec2.put(ACL, 3, "0.0.0.0/0", "allow");
    const beyond = await keep(enforcer, hosts(4));
    expect(ec2.denies(ACL).slice(0, 2)).toEqual(["1 203.0.113.0/32", "2 203.0.113.1/32"]);
    expect([...beyond.keys()]).toEqual(["203.0.113.2/32", "203.0.113.3/32"]);
  });

  test("go around those that somebody else took, also in the instant between reading and writing", async () => {
    const enforcer = await open();
    ec2.put(ACL, 1, "198.51.100.1/32");
    ec2.before = (action) => {
      ec2.before = undefined;
      if (action === "CreateNetworkAclEntry") ec2.put(ACL, 2, "198.51.100.2/32");
    };
    await keep(enforcer, blocks("203.0.113.7/32"));
    await keep(enforcer, []);
    expect(ec2.denies(ACL)).toEqual(["1 198.51.100.1/32", "2 198.51.100.2/32"]);
  });

  test("of a rule for some addresses alone are no bound for others", async () => {
    const enforcer = await open();
    ec2.put(ACL, 5, "198.51.100.0/24", "allow");
    await keep(
      enforcer,
      blocks("203.0.113.7/32", "203.0.113.8/32", "203.0.113.9/32", "203.0.113.10/32", "203.0.113.11/32", "198.51.100.7/32"),
    );
    expect(ec2.denies(ACL)).toEqual([
      "1 198.51.100.7/32",
      "2 203.0.113.7/32",
      "3 203.0.113.8/32",
      "4 203.0.113.9/32",
      "6 203.0.113.10/32",
      "7 203.0.113.11/32",
    ]);
  });
});

describe("room", () => {
  test("is what the quota leaves, in each family, and the message says that a raised quota would help", async () => {
    const enforcer = await open();
    const beyond = await keep(enforcer, [...hosts(19), ...blocks("2001:db8::/64")]);
    expect(ec2.denies(ACL)).toHaveLength(19);
    expect([...beyond]).toEqual([
      [
        "203.0.113.18/32",
        `the quota of ${ACL} is full: 20 rules for IPv4, of which 18 are left for blocks; a raised quota would make room (Service Quotas, vpc L-2AEEBF1A, 40 at most)`,
      ],
    ]);
  });

  test("of a quota that is raised as far as it goes is left to the web application firewall", async () => {
    ec2.quota = 40;
    const beyond = await keep(await open(), hosts(39));
    expect(beyond.get("203.0.113.38/32")).toBe(
      `the quota of ${ACL} is full: 40 rules for IPv4, of which 38 are left for blocks, and AWS gives no more than 40; aws_waf_ip_set takes what goes beyond`,
    );
  });

  test("is what stands below the rule that allows, and the message says that a higher number for it would help", async () => {
    ec2.addAcl(ACL, 4);
    const beyond = await keep(await open(), hosts(4));
    expect([...beyond]).toEqual([
      [
        "203.0.113.3/32",
        `the band of ${ACL} is full: rule_numbers [1, 99] has 3 numbers for blocks below the rule that allows, at 4; a higher number for that rule would make room`,
      ],
    ]);
  });

  test("is what rule_numbers says, and the message says that more of them would help", async () => {
    const beyond = await keep(await open({ rule_numbers: [10, 11] }), hosts(3));
    expect(ec2.denies(ACL)).toEqual(["10 203.0.113.0/32", "11 203.0.113.1/32"]);
    expect([...beyond.values()]).toEqual([
      `the band of ${ACL} is full: rule_numbers [10, 11] has 2 numbers for blocks, and the rule that allows is at 100; a wider rule_numbers would make room`,
    ]);
  });

  test("is given to the more important by putting it in the place of a lesser one, in one call", async () => {
    ec2.quota = 4;
    const enforcer = await open();
    await keep(enforcer, hosts(2));
    ec2.calls.length = 0;
    await keep(enforcer, [{ cidr: "198.51.100.7/32", untilMs: undefined, priority: 99 }, ...hosts(2)]);
    expect(ec2.denies(ACL)).toEqual(["1 203.0.113.0/32", "2 198.51.100.7/32"]);
    expect(ec2.calls.filter((call) => call !== "DescribeNetworkAcls")).toEqual(["ReplaceNetworkAclEntry"]);
  });

  test("is learned from AWS where it refuses before the quota is reached", async () => {
    ec2.quotaSaid = 40;
    const enforcer = await open();
    const observed = await enforcer.observe();
    const changes = enforcer.plan(hosts(19), observed);
    for (const change of changes.slice(0, 18)) await enforcer.apply(change);
    await expect(enforcer.apply(changes[18]!)).rejects.toThrow(
      `rule 19 could not be added to ${ACL}, which has as many as its quota allows`,
    );
    expect([...(await keep(enforcer, hosts(19))).keys()]).toEqual(["203.0.113.18/32"]);
  });

  test("is counted by the quota of everybody when the quota may not be read, and that is said", async () => {
    ec2.quotaSaid = "denied";
    await keep(await open(), hosts(19));
    expect(ec2.denies(ACL)).toHaveLength(18);
    expect(said.at(-1)).toMatch(
      /could not be read: AccessDeniedException: .* Its credentials need servicequotas:GetServiceQuota\. It is taken to be 20/,
    );
  });
});

describe("ownership", () => {
  test("a deny of somebody else in the band stays, is not doubled, and is ours when the band is adopted", async () => {
    ec2.put(ACL, 7, "203.0.113.7/32");
    ec2.put(ACL, 8, "198.51.100.8/32");
    await keep(await open(), blocks("203.0.113.7/32"));
    expect(ec2.denies(ACL)).toEqual(["7 203.0.113.7/32", "8 198.51.100.8/32"]);
    await keep(await open({ adopt_band: true }), blocks("203.0.113.7/32"));
    expect(ec2.denies(ACL)).toEqual(["7 203.0.113.7/32"]);
  });

  test("an address that stands twice is denied once", async () => {
    ec2.put(ACL, 7, "203.0.113.7/32");
    ec2.put(ACL, 9, "203.0.113.7/32");
    await keep(await open({ adopt_band: true }), blocks("203.0.113.7/32"));
    expect(ec2.denies(ACL)).toEqual(["7 203.0.113.7/32"]);
  });

  test("a number that a stranger took after ours was deleted is his", async () => {
    const enforcer = await open();
    await keep(enforcer, blocks("203.0.113.7/32"));
    ec2.take(ACL, 1);
    await enforcer.observe();
    ec2.put(ACL, 1, "198.51.100.9/32");
    await keep(enforcer, []);
    expect(ec2.denies(ACL)).toEqual(["1 198.51.100.9/32"]);
  });

  test("a number of ours at which a stranger has put a rule that allows is his from then on", async () => {
    const enforcer = await open();
    await keep(enforcer, blocks("203.0.113.7/32", "203.0.113.8/32"));
    ec2.put(ACL, 2, "0.0.0.0/0", "allow");
    const beyond = await keep(enforcer, blocks("203.0.113.7/32", "203.0.113.8/32"));
    expect(ec2.denies(ACL)).toEqual(["1 203.0.113.7/32"]);
    expect(beyond.get("203.0.113.8/32")).toContain("below the rule that allows, at 2; a higher number for that rule would make room");
  });

  test("what was created when the daemon was killed is known again", async () => {
    const kept = memory();
    const enforcer = await open({}, kept);
    for (const change of enforcer.plan(blocks("203.0.113.7/32"), await enforcer.observe())) await enforcer.apply(change);
    await keep(await open({}, kept), []);
    expect(ec2.denies(ACL)).toEqual([]);
  });
});

test("several ACLs hold the same blocks, as many as the fullest has room for", async () => {
  const other = "acl-0a1b2c3d4e5f60718";
  ec2.addAcl(other, 3);
  const beyond = await keep(await open({ network_acl_id: [ACL, other] }), hosts(3));
  expect(ec2.denies(ACL)).toEqual(["1 203.0.113.0/32", "2 203.0.113.1/32"]);
  expect(ec2.denies(other)).toEqual(ec2.denies(ACL));
  expect(beyond.get("203.0.113.2/32")).toContain(`the band of ${other} is full`);
});

test("calls that AWS throttles are made again, and what goes on being throttled is said", async () => {
  const enforcer = await open();
  ec2.throttled = 2;
  await keep(enforcer, blocks("203.0.113.7/32"));
  expect(ec2.denies(ACL)).toEqual(["1 203.0.113.7/32"]);
  ec2.throttled = Number.POSITIVE_INFINITY;
  const [change] = enforcer.plan([], await enforcer.observe());
  await expect(enforcer.apply(change!)).rejects.toThrow(
    "rule 1 of acl-77527b1f could not be removed: RequestLimitExceeded: Request limit exceeded. AWS throttles",
  );
});

test("an ACL that is not there is named", async () => {
  await expect((await open({ network_acl_id: "acl-00000000" })).observe()).rejects.toThrow(
    "acl-00000000 could not be read: InvalidNetworkAclID.NotFound: The network ACL ID 'acl-00000000' does not exist.",
  );
});
