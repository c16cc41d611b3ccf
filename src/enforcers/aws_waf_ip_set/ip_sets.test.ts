import { expect, test } from "vitest";
import { withAwsCredentials } from "../../../test/fakes/aws_credentials.ts";
import { WafServer } from "../../../test/fakes/waf_server.ts";
import { openIpSets } from "./ip_sets.ts";

withAwsCredentials();

const SET = { name: "hotaka", id: "id-4" };

test("a change is made of what is there when it is taken, and given up when somebody is always quicker", async () => {
  const waf = await WafServer.open();
  waf.sets.set(SET.id, ["203.0.113.1/32"]);
  const calls = await openIpSets({ region: "us-east-1", endpoint: waf.url, scope: "regional" });
  await calls.change(SET, (addresses) => addresses);
  expect(waf.updates).toBe(0);
  await calls.change(SET, (addresses) => [...addresses, "203.0.113.2/32"]);
  expect(await calls.read(SET)).toEqual(["203.0.113.1/32", "203.0.113.2/32"]);
  waf.before = () => waf.edit(SET.id, (addresses) => [...addresses]);
  await expect(calls.change(SET, () => [])).rejects.toThrow("IP set hotaka could not be changed: WAFOptimisticLockException: ");
  waf.close();
});
