import { afterEach, beforeEach, expect, test } from "vitest";
import { memory } from "../../test/fakes/enforcer_memory.ts";
import { Blocks, DEFAULT_POLICY, LEDGER_MIGRATIONS, Protection } from "../blocks/index.ts";
import { Counters, type Database, openDatabase, parseCidr, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import { Tables } from "../tables/index.ts";
import { Enforcement } from "./enforcement.ts";
import { table } from "./table/table.ts";

const clock = new VirtualClock(1_763_632_800_000);
const counters = new Counters();
const rules = { policy: DEFAULT_POLICY, protection: new Protection([]) };
let steps: Steps;
let tables: Tables;
let database: Database;
let blocks: Blocks;
let enforcement: Enforcement;

beforeEach(async () => {
  steps = new Steps(clock);
  tables = new Tables({ clock, counters });
  database = await openDatabase({ path: ":memory:", migrations: LEDGER_MIGRATIONS });
  blocks = new Blocks({ database, rules, clock, steps, log: silentLog, counters });
  const context = { name: "enforcers[0] (table)", folder: "/", clock, steps, log: silentLog, counters, memory: memory(), tables };
  const enforcer = await table.open({ name: "blocked", entries_max: 10 }, context);
  enforcement = new Enforcement({ ...context, name: "table blocked", enforcer, blocks });
});
afterEach(async () => {
  await enforcement.close();
  blocks.close();
  database.close();
});

async function settled(): Promise<void> {
  clock.advanceTo(clock.nowMs() + 20);
  await enforcement.settled();
}

const person = { reason: "scanner", by: "operator" };

test("a block takes effect within the debounce, and its standing is told with it", async () => {
  blocks.block("203.0.113.7", { ...person, forMs: 60_000 });
  expect(blocks.list()[0]?.enforcement).toMatchObject([{ point: "table blocked", state: "pending" }]);
  await settled();
  expect(tables.get("blocked")?.holding("203.0.113.7")?.value).toBe("blocked");
  expect(blocks.list()[0]?.enforcement).toMatchObject([{ point: "table blocked", state: "enforced" }]);
  expect(enforcement.status()).toMatchObject({ counts: { enforced: 1 }, problem: undefined });
});

test("an unblock and an end reach the place as fast as a block", async () => {
  blocks.block("203.0.113.7", { ...person, forMs: 60_000 });
  blocks.block("203.0.113.8", { ...person, forMs: undefined });
  await settled();
  blocks.unblock("203.0.113.8", person);
  await settled();
  expect(tables.get("blocked")?.entries()).toHaveLength(1);
  clock.advanceTo(clock.nowMs() + 60_000);
  expect(tables.get("blocked")?.entries()).toHaveLength(0);
});

test("what was in force before the start is enforced without anything new happening", async () => {
  blocks.block("203.0.113.7", { ...person, forMs: undefined });
  await enforcement.close();
  const fresh = new Tables({ clock, counters });
  const context = { name: "enforcers[0] (table)", folder: "/", clock, steps, log: silentLog, counters, memory: memory(), tables: fresh };
  const enforcer = await table.open({ name: "blocked", entries_max: 10 }, context);
  enforcement = new Enforcement({ ...context, enforcer, blocks });
  await settled();
  expect(fresh.get("blocked")?.entries()).toHaveLength(1);
});

test("once closed it neither changes the place nor is told of", async () => {
  await enforcement.close();
  blocks.block("203.0.113.7", { ...person, forMs: undefined });
  await settled();
  expect(tables.get("blocked")?.entries()).toHaveLength(0);
  expect(blocks.list()[0]?.enforcement).toEqual([]);
});

test("neighbours stand as a prefix where room is short, and by themselves again when there is room", async () => {
  for (let last = 0; last < 12; last++) blocks.block(`203.0.113.${last * 8}`, { ...person, forMs: last === 5 ? 60_000 : undefined });
  await settled();
  expect(enforcement.status().counts).toMatchObject({ enforced: 10, over_capacity: 2 });
  blocks.unblock("203.0.113.88", person);
  blocks.unblock("203.0.113.80", person);
  blocks.block("203.0.113.1", { ...person, forMs: undefined });
  await settled();
  const shown = (): string[] => [...(tables.get("blocked")?.entries() ?? [])].map(({ key }) => key).toSorted();
  expect(shown()).toContain("203.0.113.0/31");
  const standing = blocks.why("203.0.113.1").inForce[0]?.enforcement[0];
  expect(standing).toMatchObject({ state: "enforced", why: "as a part of 203.0.113.0/31" });
  clock.advanceTo(clock.nowMs() + 60_000);
  await settled();
  expect(shown()).toEqual(expect.arrayContaining(["203.0.113.0/32", "203.0.113.1/32"]));
  expect(shown()).not.toContain("203.0.113.0/31");
});

test("a prefix of neighbours comes apart at once when an address in it becomes protected", async () => {
  for (let last = 1; last <= 9; last++) blocks.block(`198.51.100.${last * 8}`, { ...person, forMs: undefined });
  blocks.block("203.0.113.0", { ...person, forMs: undefined });
  blocks.block("203.0.113.2", { ...person, forMs: undefined });
  await settled();
  expect(tables.get("blocked")?.holding("203.0.113.1")?.value).toBe("blocked");
  blocks.setRules({ ...rules, protection: new Protection([parseCidr("203.0.113.1")!]) });
  await settled();
  expect(tables.get("blocked")?.holding("203.0.113.1")).toBeUndefined();
  expect(tables.get("blocked")?.entries()).toHaveLength(10);
});
