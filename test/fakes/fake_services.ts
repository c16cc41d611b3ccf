import type { Blocks } from "../../src/blocks/index.ts";
import { Accounts } from "../../src/accounts/index.ts";
import { type Clock, Counters } from "../../src/kit/index.ts";
import { engineStatistics, HookList, type Services } from "../../src/server/index.ts";
import { FakeCatalog, FakeEvents } from "./fake_catalog.ts";

/** What a server tells of, with targets, queries and events in memory. */
export interface FakeServices extends Services {
  readonly catalog: FakeCatalog;
  readonly events: FakeEvents;
  readonly accounts: Accounts;
  readonly counters: Counters;
  reasons: string[];
  readonly sawOperators: string[];
}

export async function fakeServices({ dataDir, clock, blocks }: { dataDir: string; clock: Clock; blocks: Blocks }): Promise<FakeServices> {
  const [catalog, startedMs, counters] = [new FakeCatalog(), clock.nowMs(), new Counters()];
  const services: FakeServices = {
    reasons: [],
    health: { version: "1.2.3", startedMs: startedMs - 5000, nowMs: () => clock.nowMs(), notReady: () => services.reasons },
    blocks,
    operators: { saw: (address) => void services.sawOperators.push(address) },
    sawOperators: [],
    catalog,
    events: new FakeEvents(),
    accounts: await Accounts.open({ dataDir, clock }),
    logs: { read: () => [{ time: "2026-11-20 10:00:00 +0000", level: "warn", line: "a line" }] },
    counters,
    notices: {
      acknowledge: (id, by) => `${id} is acknowledged by ${by}.`,
      test: async (action) => [{ name: `actions[0] (${action})`, isDone: action === "mail", sentence: "mailed." }],
    },
    hooks: new HookList(),
    queryStatuses: () => catalog.queryStatuses(),
    targetStatuses: () => [],
    readings: () => ({
      counters: counters.read(),
      gauges: [{ name: "targets", help: "Targets there are.", labels: {}, value: catalog.held.size }],
    }),
    engineStatistics: () =>
      engineStatistics({ startedMs, nowMs: clock.nowMs(), inputEvents: 3, processedEvents: 2, outputEvents: 1, queries: 0, targets: 0 }),
  };
  return services;
}
