import { expect, test } from "vitest";
import { Counters, VirtualClock } from "../kit/index.ts";
import { Tables } from "../tables/index.ts";
import { TableBlocks } from "./table_blocks.ts";

test("what changed can be read without all the others", async () => {
  const held = new Tables({ clock: new VirtualClock(0), counters: new Counters() }).open("blocked", 9);
  const enforcer = new TableBlocks(held);
  const wanted = ["203.0.113.7/32", "203.0.113.8/32"].map((cidr) => ({ cidr, untilMs: undefined, priority: 1 }));
  for (const change of enforcer.plan(wanted, await enforcer.observe())) await enforcer.apply(change);
  expect([...(await enforcer.observeOnly(["203.0.113.8/32", "203.0.113.9/32"])).keys()]).toEqual(["203.0.113.8/32"]);
});
