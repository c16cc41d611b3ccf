import { getHeapStatistics } from "node:v8";
import { formatUptime, rfc2822 } from "./ruby_time.ts";

/** How the daemon fares, as `/api/engine_statistics` of Norikra shows it; sizes are in MB. */
export interface EngineStatistics {
  readonly started: string;
  readonly uptime: string;
  readonly memory: { readonly heap: MemoryShare; readonly nonheap: MemoryShare };
  /** V8 tells of its collections only to who watches it all the time, at a cost; nobody is. */
  readonly garbage_collector: Readonly<Record<string, never>>;
  readonly input_events: number;
  readonly processed_events: number;
  readonly output_events: number;
  readonly queries: number;
  readonly targets: number;
}

interface MemoryShare {
  readonly max: number;
  readonly committed: number;
  readonly committed_percent: number;
  readonly used: number;
  readonly used_percent: number;
}

/** What the daemon counts of its work. */
export interface EngineCounts {
  readonly startedMs: number;
  readonly nowMs: number;
  /** Events that came, those that a target took, and rows that came out. */
  readonly inputEvents: number;
  readonly processedEvents: number;
  readonly outputEvents: number;
  readonly queries: number;
  readonly targets: number;
}

/** The statistics of these counts and of this process. */
export function engineStatistics(counts: EngineCounts): EngineStatistics {
  const { heap_size_limit: limit, total_heap_size: committed, used_heap_size: used, external_memory: external } = getHeapStatistics();
  const { rss } = process.memoryUsage();
  return {
    started: rfc2822(counts.startedMs),
    uptime: formatUptime(counts.nowMs - counts.startedMs),
    memory: {
      heap: shareOf(limit, committed, used),
      nonheap: shareOf(Math.max(rss - committed, external), Math.max(rss - committed, external), external),
    },
    garbage_collector: {},
    input_events: counts.inputEvents,
    processed_events: counts.processedEvents,
    output_events: counts.outputEvents,
    queries: counts.queries,
    targets: counts.targets,
  };
}

function shareOf(max: number, committed: number, used: number): MemoryShare {
  const megabytes = (bytes: number): number => Math.floor(bytes / MEGABYTE);
  const percent = (bytes: number): number => (max === 0 ? 0 : Math.floor((bytes * 1000) / max) / 10);
  return {
    max: megabytes(max),
    committed: megabytes(committed),
    committed_percent: percent(committed),
    used: megabytes(used),
    used_percent: percent(used),
  };
}

const MEGABYTE = 1_048_576;
