import { basename } from "node:path";
import { Catalog, type OpenStatement, type Output, type QueryDefinition, type TargetTime } from "../catalog/index.ts";
import type { FieldType } from "../event/index.ts";
import { assert, Counters, formatSize, HotakaError, type Log, silentLog } from "../kit/index.ts";
import { readLog, type ReadLogOptions, type ReadProgress, type ReadSummary } from "../sources/read_log.ts";
import type { OwnFunctions } from "../settings/index.ts";
import { openCommonStatement } from "../sql/core.ts";
import type { Shell } from "./command.ts";
import { Progress } from "./progress.ts";
import type { ReplayBlocks } from "./replay_blocks.ts";
import { JsonOutput, type ReplayOutput, TableOutput } from "./replay_output.ts";
import { summaryOf } from "./replay_summary.ts";
import type { Screen } from "./terminal.ts";

/** What is to be replayed, with everything checked that can be without reading. */
export interface ReplayPlan {
  readonly log: string;
  readonly format: ReadLogOptions["format"];
  readonly target: string;
  readonly time: TargetTime;
  readonly queries: readonly QueryDefinition[];
  /** Functions that the queries may call beside those of the language. */
  readonly functions: OwnFunctions | undefined;
  /** Targets of decisions, which stay without events, and their fields. */
  readonly decisions: ReadonlyMap<string, Readonly<Record<string, FieldType>>>;
  readonly blocks: ReplayBlocks | undefined;
  readonly asJson: boolean;
  /** Its fields are those of the combined format, and its queries may get by with what most do: it is tried first. */
  readonly isCommon: boolean;
}

/**
 * Reads the log once and prints what the queries find; at the end time is advanced past the last window. A signal ends the reading, and
 * what was found until then is printed. Throws HOTAKA_SOURCE_* and HOTAKA_SQL_*.
 */
export async function runReplay(plan: ReplayPlan, shell: Shell): Promise<void> {
  const { terminal, clock } = shell;
  const found = new Found(plan, terminal.out);
  const { catalog, intake, format } = await opened(plan, shell, found);
  const stop = new AbortController();
  const release = onStopSignals(() => stop.abort());
  const startMs = clock.nowMs();
  let progress: Progress | undefined;
  let read: ReadSummary | undefined;
  try {
    const onProgress = ({ bytes, bytesTotal }: ReadProgress): void => {
      progress ??= new Progress({
        name: `reading ${basename(plan.log)}`,
        total: bytesTotal,
        shown: formatSize,
        clock,
        screen: terminal.err,
      });
      progress.at(bytes);
      found.flush();
    };
    read = await readLog({ path: plan.log, format, intake, nowMs: startMs, onProgress, signal: stop.signal });
  } finally {
    // What was gathered is told also when reading broke off.
    progress?.end();
    release();
    catalog.finish();
    found.flush();
  }
  for (const [name, count] of plan.functions?.failures() ?? []) shell.terminal.err.write(`${name} failed ${count} times.\n`);
  const { rows, decisions } = found;
  const unusable = plan.blocks?.unusable ?? 0;
  const target = catalog.targets()[0];
  assert(target !== undefined, "the target of a replay is there");
  terminal.err.write(
    summaryOf({ log: plan.log, read, target, queries: catalog.queries(), rows, decisions, unusable, elapsedMs: clock.nowMs() - startMs }),
  );
}

/** The whole language is loaded only where a query needs it, or is wrong: it has the names that a mistake may have meant. */
async function opened(plan: ReplayPlan, shell: Shell, found: Found) {
  if (plan.isCommon) {
    try {
      return openedWith(openCommonStatement, plan, shell, found);
    } catch (thrown) {
      if (!(thrown instanceof HotakaError)) throw thrown;
    }
  }
  const { openStatement } = await import("../sql/index.ts");
  return openedWith((options) => openStatement({ ...options, own: plan.functions }), plan, shell, found);
}

function openedWith(open: OpenStatement, plan: ReplayPlan, shell: Shell, found: Found) {
  const { format, functions } = plan;
  const log = logTo(shell.terminal.err);
  functions?.tell({ failed: () => {}, warn: (sentence) => log.warn(sentence) });
  const catalog = new Catalog({
    open,
    clock: shell.clock,
    counters: new Counters(),
    log,
    pool: { pool_rows_max: 0, pool_bytes_max: 0 },
    time: plan.time,
    output: (output) => found.add(output),
    broke: () => (shell.exitStatus = 1),
  });
  // Where nobody said what the lines hold, the target learns it from them, as in the daemon.
  const intake = format.events === undefined ? catalog.intake(plan.target, format.fields) : catalog.openIntake(plan.target);
  for (const [target, fields] of plan.decisions) if (target !== plan.target) catalog.intake(target, fields);
  catalog.declare(plan.queries);
  return { catalog, intake, format };
}

/** Rows and decisions on their way to stdout. */
class Found {
  rows = 0;
  readonly decisions = new Map<string, number>();
  readonly #blocks: ReplayBlocks | undefined;
  readonly #output: ReplayOutput;
  readonly #screen: Screen;

  constructor({ asJson, blocks }: ReplayPlan, screen: Screen) {
    this.#output = asJson ? new JsonOutput() : new TableOutput();
    this.#blocks = blocks;
    this.#screen = screen;
  }

  add(output: Output): void {
    this.rows += output.rows.length;
    this.#output.rows(output);
    for (const decided of this.#blocks?.decide(output) ?? []) {
      this.#output.decision(decided);
      const { outcome } = decided.decision;
      this.decisions.set(outcome, (this.decisions.get(outcome) ?? 0) + 1);
    }
    if (this.#output.size > TEXT_CHARS_MAX) this.flush();
  }

  flush(): void {
    const text = this.#output.take();
    if (text !== "") this.#screen.write(text);
  }
}

/** A second signal finds nobody listening any more, and ends the process as it would any other. */
function onStopSignals(stop: () => void): () => void {
  for (const signal of STOP_SIGNALS) process.once(signal, stop);
  return () => {
    for (const signal of STOP_SIGNALS) process.off(signal, stop);
  };
}

/** Warnings and errors as lines of their own; what else a daemon would log is of no use to somebody who waits for rows. */
function logTo(screen: Screen): Log {
  const say = (sentence: string): void => screen.write(`${sentence}\n`);
  return { ...silentLog, warn: say, error: say };
}

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGQUIT"] as const;
/** A write costs more than a row, so text is gathered; more than this would only be memory. */
const TEXT_CHARS_MAX = 65_536;
