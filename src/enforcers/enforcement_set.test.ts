import { afterEach, beforeEach, expect, test } from "vitest";
import { memory } from "../../test/fakes/enforcer_memory.ts";
import { Blocks, DEFAULT_POLICY, LEDGER_MIGRATIONS, Protection } from "../blocks/index.ts";
import { Counters, type Database, openDatabase, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import { Tables } from "../tables/index.ts";
import { EnforcementSet, type EnforcersContext, type WantedEnforcer } from "./index.ts";
import { table } from "./table/table.ts";

let clock: VirtualClock;
let database: Database;
let blocks: Blocks;
let tables: Tables;
let said: string[];
let set: EnforcementSet<EnforcersContext>;

beforeEach(async () => {
  clock = new VirtualClock(1_763_632_800_000);
  said = [];
  const log = { ...silentLog, info: (sentence: string) => void said.push(sentence) };
  const [steps, counters] = [new Steps(clock), new Counters()];
  tables = new Tables({ clock, counters });
  database = await openDatabase({ path: ":memory:", migrations: LEDGER_MIGRATIONS });
  blocks = new Blocks({ database, rules: { policy: DEFAULT_POLICY, protection: new Protection([]) }, clock, steps, log, counters });
  set = new EnforcementSet({ blocks, context: (name) => ({ name, folder: "/", clock, steps, log, counters, memory: memory(), tables }) });
});

afterEach(async () => {
  await set.close();
  blocks.close();
  database.close();
});

function wanted(...names: string[]): WantedEnforcer<EnforcersContext>[] {
  return names.map((name, index) => ({
    name: `enforcers[${index}] (table)`,
    definition: table,
    config: { name, entries_max: 10 },
    identity: name,
    dryRun: false,
  }));
}

async function settled(): Promise<void> {
  clock.advanceTo(clock.nowMs() + 20);
  await set.settled();
}

test("every enforcer is held to the block list", async () => {
  await set.change(wanted("one", "two"));
  blocks.block("203.0.113.7", { forMs: 60_000, reason: "flood", by: "me" });
  await settled();
  expect(tables.get("one")?.size).toBe(1);
  expect(tables.get("two")?.size).toBe(1);
  expect(set.statuses()).toMatchObject([{ counts: { enforced: 1 } }, { counts: { enforced: 1 } }]);
});

test("one of dry_run says what it would change, changes nothing, and is no place where a block could stand", async () => {
  await set.change(wanted("one").map((one) => ({ ...one, dryRun: true })));
  blocks.block("203.0.113.7", { forMs: 60_000, reason: "flood", by: "me" });
  blocks.block("203.0.113.8", { forMs: undefined, reason: "flood", by: "me" });
  await settled();
  clock.advanceTo(clock.nowMs() + 60_000);
  await set.settled();
  expect(tables.get("one")?.size).toBe(0);
  expect(said).toEqual([
    "enforcers[0] (table): dry run, it would add 203.0.113.7/32 until 2025-11-20T10:01:00.000Z.",
    "enforcers[0] (table): dry run, it would add 203.0.113.8/32 for good.",
  ]);
  expect(set.statuses()).toMatchObject([{ counts: { enforced: 0, pending: 1 } }]);
  expect(blocks.list()[0]?.enforcement).toEqual([]);
});

test("one that is no longer wanted ends, and the others go on; one that comes takes up the whole list", async () => {
  await set.change(wanted("one", "two"));
  blocks.block("203.0.113.7", { forMs: 60_000, reason: "flood", by: "me" });
  await settled();
  await set.change(wanted("two", "three"));
  blocks.block("203.0.113.8", { forMs: 60_000, reason: "flood", by: "me" });
  await settled();
  expect([tables.get("one")?.size, tables.get("two")?.size, tables.get("three")?.size]).toEqual([1, 2, 2]);
  expect(blocks.list()[0]?.enforcement).toHaveLength(2);
});
