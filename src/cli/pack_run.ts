import { z } from "zod";
import { Catalog, type Output, type QueryDefinition, REPLAY_TARGET_TIME } from "../catalog/index.ts";
import { formatSetting, openFormat } from "../formats/index.ts";
import { type Clock, Counters, HotakaError, parseCidr, silentLog } from "../kit/index.ts";
import type { Pack } from "../settings/index.ts";
import { readLog } from "../sources/read_log.ts";
import { openStatement } from "../sql/index.ts";

/** What the queries of a pack find in a log. */
interface PackFindings {
  /** Each query with each address that it found, once, in order: `block.ssh_bf 203.0.113.7`. */
  readonly found: readonly string[];
  readonly events: number;
  /** Lines that are not of the log, by reason. */
  readonly refused: ReadonlyMap<string, number>;
}

/**
 * Reads a log by one of the formats of a pack and runs its queries over it, in the time of its events. Throws HOTAKA_SOURCE_*,
 * HOTAKA_SQL_* and HOTAKA_PACK_UNKNOWN.
 */
export async function runPack(pack: Pack, logName: string, path: string, clock: Clock): Promise<PackFindings> {
  const log = pack.logs.get(logName);
  if (log === undefined)
    throw new HotakaError("HOTAKA_PACK_UNKNOWN", `${pack.name} has no log "${logName}"; it has ${[...pack.logs.keys()].join(", ")}.`);
  const format = openFormat(formatSetting(z).parse(log.format));
  const found = new Set<string>();
  const output = ({ query, rows }: Output): void => {
    for (const row of rows) found.add(`${query} ${addressOf(row["host"])}`);
  };
  const catalog = new Catalog({
    open: openStatement,
    clock,
    counters: new Counters(),
    log: silentLog,
    pool: { pool_rows_max: 0, pool_bytes_max: 0 },
    time: REPLAY_TARGET_TIME,
    output,
    broke: (query, reason) => {
      throw new HotakaError("HOTAKA_SQL_INVALID", `${query} broke: ${reason}.`);
    },
  });
  const intake = catalog.intake(pack.target, format.fields);
  catalog.declare(pack.queries.map(({ name, sql }): QueryDefinition => ({ name, sql })));
  const { events, refusals } = await readLog({ path, format, intake, nowMs: clock.nowMs() });
  catalog.finish();
  const refused = new Map([...refusals].map(([reason, { count }]) => [reason, count]));
  return { found: [...found].toSorted(), events, refused };
}

/** As queries word it: an IPv6 address is its /64. */
function addressOf(value: unknown): string {
  return typeof value === "string" ? (parseCidr(value)?.shown ?? value) : String(value);
}
