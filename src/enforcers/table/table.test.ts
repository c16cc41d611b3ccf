import { z } from "zod";
import { expect, test } from "vitest";
import { memory } from "../../../test/fakes/enforcer_memory.ts";
import { CAPACITY, describeEnforcer } from "../../../test/suites/enforcer_suite.ts";
import { Counters, silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { Tables } from "../../tables/index.ts";
import { table } from "./table.ts";

describeEnforcer("table", async (clock) => {
  const tables = new Tables({ clock, counters: new Counters() });
  const held = tables.open("blocked", CAPACITY);
  const reopen = async () => table.open({ name: "blocked", entries_max: CAPACITY }, contextOf(clock, tables));
  return {
    enforcer: await reopen(),
    reopen,
    blocked: async () => held.entries().map(({ key }) => key),
    remove: async (cidr) => void held.delete(cidr),
    add: async (cidr) => void held.set({ key: cidr, value: "1", untilMs: undefined, owner: "somebody" }),
    spoil: async (cidr) => void held.set({ ...held.get(cidr)!, untilMs: clock.nowMs() + 1000 }),
  };
});

test("the table is found under its name, with room for as many as the settings say", async () => {
  const clock = new VirtualClock(0);
  const tables = new Tables({ clock, counters: new Counters() });
  await table.open(table.config(z).parse({ entries_max: 7 }), contextOf(clock, tables));
  expect(tables.get("blocked")?.entriesMax).toBe(7);
});

test("an entry that somebody else put under the same address is left alone and named", async () => {
  const clock = new VirtualClock(0);
  const tables = new Tables({ clock, counters: new Counters() });
  const enforcer = await table.open({ name: "blocked", entries_max: 9 }, contextOf(clock, tables));
  tables.get("blocked")?.set({ key: "203.0.113.7", value: "allow", untilMs: undefined, owner: "proxy" });
  const [change] = enforcer.plan([{ cidr: "203.0.113.7/32", untilMs: undefined, priority: 1 }], await enforcer.observe());
  await expect(enforcer.apply(change!)).rejects.toThrow("table blocked holds an entry for 203.0.113.7/32 by proxy, which was left alone.");
});

function contextOf(clock: VirtualClock, tables: Tables) {
  return {
    name: "enforcers[0] (table)",
    folder: "/",
    clock,
    steps: new Steps(clock),
    log: silentLog,
    counters: new Counters(),
    memory: memory(),
    tables,
  };
}
