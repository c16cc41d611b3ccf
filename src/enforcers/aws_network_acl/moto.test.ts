import {
  CreateNetworkAclCommand,
  CreateNetworkAclEntryCommand,
  DescribeNetworkAclsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { memory } from "../../../test/fakes/enforcer_memory.ts";
import { type Moto, openMoto } from "../../../test/suites/moto.ts";
import type { Enforcer } from "../../component/index.ts";
import { Counters, silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { awsNetworkAcl } from "./aws_network_acl.ts";

let moto: Moto | string;
let ec2: EC2Client;
beforeAll(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example");
  vi.stubEnv("AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED", "true");
  moto = await openMoto();
  if (typeof moto !== "string") ec2 = new EC2Client({ region: "us-east-1", endpoint: moto.url });
}, 200_000);
afterAll(() => {
  vi.unstubAllEnvs();
  if (typeof moto !== "string") moto.close();
});

/** An ACL of its own with the rule that allows all at 100. */
async function acl(): Promise<string> {
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({}));
  const made = await ec2.send(new CreateNetworkAclCommand({ VpcId: Vpcs?.[0]?.VpcId }));
  const id = made.NetworkAcl?.NetworkAclId ?? "";
  const allow = { NetworkAclId: id, Protocol: "-1", RuleAction: "allow", Egress: false } as const;
  await ec2.send(new CreateNetworkAclEntryCommand({ ...allow, RuleNumber: 100, CidrBlock: "0.0.0.0/0" }));
  return id;
}

async function denies(id: string): Promise<string[]> {
  const { NetworkAcls } = await ec2.send(new DescribeNetworkAclsCommand({ NetworkAclIds: [id] }));
  const entries = NetworkAcls?.[0]?.Entries ?? [];
  return entries
    .filter(({ RuleAction, Egress, RuleNumber = 0 }) => RuleAction === "deny" && Egress === false && RuleNumber < 100)
    .toSorted((a, b) => a.RuleNumber! - b.RuleNumber!)
    .map(({ RuleNumber, CidrBlock, Ipv6CidrBlock }) => `${RuleNumber} ${CidrBlock ?? Ipv6CidrBlock}`);
}

test("blocks come, change places and go in an ACL of moto, by the SDK as it is", async ({ skip }) => {
  skip(typeof moto === "string", typeof moto === "string" ? moto : undefined);
  const id = await acl();
  const clock = new VirtualClock(0);
  const config = awsNetworkAcl.config(z).parse({ network_acl_id: id, region: "us-east-1", endpoint: (moto as Moto).url });
  const context = {
    name: "enforcers[0]",
    folder: "/",
    clock,
    steps: new Steps(clock),
    log: silentLog,
    counters: new Counters(),
    memory: memory(),
  };
  const enforcer = await awsNetworkAcl.open(config, context);

  await keep(enforcer, "203.0.113.7/32", "2001:db8:bad::/64", "198.51.100.0/24");
  expect(await denies(id)).toEqual(["1 203.0.113.7/32", "2 198.51.100.0/24", "3 2001:db8:bad::/64"]);
  await keep(enforcer, "2001:db8:bad::/64", "203.0.113.9/32");
  expect(await denies(id)).toEqual(["1 203.0.113.9/32", "3 2001:db8:bad::/64"]);
  await keep(enforcer, ...Array.from({ length: 20 }, (_, host) => `192.0.2.${host}/32`));
  expect(await denies(id)).toHaveLength(18);
  await keep(enforcer);
  expect(await denies(id)).toEqual([]);
});

async function keep(enforcer: Enforcer, ...cidrs: string[]): Promise<void> {
  const wanted = cidrs.map((cidr) => ({ cidr, untilMs: undefined, priority: 1 }));
  const observed = await enforcer.observe();
  const { within } = enforcer.fit!(wanted, observed);
  for (const change of enforcer.plan(within, observed)) await enforcer.apply(change);
}
