import type { Catalog } from "../catalog/index.ts";
import type { EnforcementSet, EnforcersContext } from "../enforcers/index.ts";
import type { Blocks } from "../blocks/index.ts";
import type { Clock, Counters } from "../kit/index.ts";
import type { Outbox } from "../outbox/index.ts";
import type { Reading, Readings } from "../server/index.ts";
import type { NamedSource } from "./daemon.ts";

/** What is measured. */
export interface Measured {
  readonly counters: Counters;
  readonly catalog: Catalog;
  readonly outbox: Outbox;
  readonly blocks: Blocks;
  readonly enforcement: EnforcementSet<EnforcersContext>;
  readonly clock: Clock;
  readonly startedMs: number;
  readonly version: string;
  sources(): readonly NamedSource[];
}

/** Every counter, and how everything stands now. */
export function readingsOf(measured: Measured): Readings {
  const { counters, catalog } = measured;
  const queries = catalog.queries();
  const perQuery = queries.flatMap((query) => {
    const labels = { query: query.name };
    return [
      reading(
        "query_running",
        "1 while the query takes events; 0 while it waits or is suspended.",
        query.state === "running" ? 1 : 0,
        labels,
      ),
      reading("query_groups", "Groups that the query holds.", query.groups, labels),
      reading("query_events_held", "Events that the query holds in windows.", query.events_held, labels),
      reading("query_bytes", "About how many bytes the query holds.", query.bytes, labels),
      reading("query_rows_pooled", "Rows of the query that nobody has fetched.", query.pooled, labels),
    ];
  });
  const totals = queries.flatMap((query) => [
    reading("query_events", "Events that the query was handed.", query.events, { query: query.name }),
    reading("query_busy_seconds", "How long the query was at work.", query.busy_ms / 1000, { query: query.name }),
    reading("query_rows", "Rows that the query gave.", query.rows, { query: query.name }),
    reading("query_events_refused", "Events that the query did not take because its budget was used up.", query.refused, {
      query: query.name,
    }),
    reading("query_groups_evicted", "Groups of the query that made room for others because its budget was used up.", query.evicted, {
      query: query.name,
    }),
  ]);
  return { counters: [...counters.read(), ...totals], gauges: [...general(measured), ...perQuery, ...places(measured)] };
}

function general({ catalog, outbox, blocks, clock, startedMs, version }: Measured): Reading[] {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const states = new Map<string, number>([
    ["running", 0],
    ["waiting", 0],
    ["suspended", 0],
  ]);
  for (const { state } of catalog.queries()) states.set(state, (states.get(state) ?? 0) + 1);
  return [
    reading("info", "1, with the version.", 1, { version }),
    reading("up_seconds", "Since the start of the daemon.", (clock.nowMs() - startedMs) / 1000),
    reading("cpu_seconds", "CPU time of the process.", (user + system) / 1e6),
    reading("resident_bytes", "Memory of the process.", rss),
    reading("heap_used_bytes", "Memory of the process that JavaScript uses.", heapUsed),
    reading("targets", "Targets there are.", catalog.targets().length),
    ...[...states].map(([state, count]) => reading("queries", "Queries there are, by state.", count, { state })),
    reading("outbox_rows_waiting", "Rows on their way to actions.", outbox.waiting),
    reading("blocks", "Blocks in force.", blocks.size),
    reading("blocks_held", "Decisions that wait for approval.", blocks.holds.size),
  ];
}

function places(measured: Measured): Reading[] {
  const { catalog, enforcement, clock } = measured;
  const nowMs = clock.nowMs();
  return [
    ...catalog.targets().flatMap((target) => {
      const labels = { target: target.name };
      const fields = reading("target_fields", "Fields of the target.", Object.keys(target.fields).length, labels);
      if (target.clock_ms === undefined) return [fields];
      return [
        fields,
        reading(
          "target_clock_behind_seconds",
          "How far the clock of the target is behind the wall clock.",
          (nowMs - target.clock_ms) / 1000,
          labels,
        ),
        reading("target_events_held", "Events that wait for stragglers.", target.held, labels),
      ];
    }),
    ...measured.sources().flatMap(({ name, source }) => {
      const { ok, recordsBehind } = source.status();
      const isOk = reading("source_ok", "1 while the source does its work.", ok ? 1 : 0, { source: name });
      if (recordsBehind === undefined) return [isOk];
      return [
        isOk,
        reading("source_records_behind", "Records that are there and that the source has not read.", recordsBehind, { source: name }),
      ];
    }),
    ...enforcement
      .statuses()
      .map(({ name, problem }) =>
        reading("enforcer_ok", "1 while the enforcer does its work.", problem === undefined ? 1 : 0, { enforcer: name }),
      ),
  ];
}

function reading(name: string, help: string, value: number, labels: Readonly<Record<string, string>> = {}): Reading {
  return { name, help, labels, value };
}
