import { afterEach, beforeEach, expect, test } from "vitest";
import { withAwsCredentials } from "../../../test/fakes/aws_credentials.ts";
import { Ec2Server } from "../../../test/fakes/ec2_server.ts";
import { type NetworkAcls, openNetworkAcls, QuotaFull } from "./network_acls.ts";

const ACL = "acl-77527b1f";
let ec2: Ec2Server;
let calls: NetworkAcls;
withAwsCredentials();
beforeEach(async () => {
  ec2 = await Ec2Server.open();
  ec2.addAcl(ACL);
  calls = await openNetworkAcls({ region: "us-east-1", endpoint: ec2.url });
});
afterEach(() => {
  ec2.close();
});

test("inbound entries are read, outbound ones are not", async () => {
  const entries = (await calls.describe([ACL])).get(ACL) ?? [];
  expect(entries.map(({ number, cidr, action }) => `${number} ${action} ${cidr.toString()}`).toSorted()).toEqual([
    "100 allow 0.0.0.0/0",
    "101 allow ::/0",
    "32767 deny 0.0.0.0/0",
    "32768 deny ::/0",
  ]);
});

test("to create at a number that is taken is no failure, and changes nothing", async () => {
  expect(await calls.create(ACL, 1, "203.0.113.7/32")).toBe(true);
  expect(await calls.create(ACL, 1, "203.0.113.8/32")).toBe(false);
  expect(ec2.denies(ACL)).toEqual(["1 203.0.113.7/32"]);
});

test("to replace what is not there is no failure, and to remove it is done already", async () => {
  expect(await calls.replace(ACL, 9, "203.0.113.8/32")).toBe(false);
  await calls.remove(ACL, 9);
  expect(ec2.denies(ACL)).toEqual([]);
});

test("an ACL that is full says so in its own way", async () => {
  ec2.quota = 2;
  await expect(calls.create(ACL, 1, "203.0.113.7/32")).rejects.toBeInstanceOf(QuotaFull);
});

test("the quota is that of the account", async () => {
  ec2.quota = 33;
  expect(await calls.quota()).toBe(33);
});
