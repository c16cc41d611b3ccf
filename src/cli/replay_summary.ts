import { basename } from "node:path";
import type { QueryStatus, TargetStatus } from "../catalog/index.ts";
import { formatDuration, formatSize } from "../kit/index.ts";
import type { ReadSummary } from "../sources/read_log.ts";

export interface Replayed {
  readonly log: string;
  readonly read: ReadSummary;
  readonly target: TargetStatus;
  readonly queries: readonly QueryStatus[];
  readonly rows: number;
  /** By outcome. */
  readonly decisions: ReadonlyMap<string, number>;
  /** Rows with no address to decide about. */
  readonly unusable: number;
  readonly elapsedMs: number;
}

/** What a replay read, what of it could not be used and why, and what was found: a sentence a line. */
export function summaryOf(replayed: Replayed): string {
  const { read, queries, rows, decisions, unusable } = replayed;
  const lines = [readSentence(replayed)];
  if (!read.isComplete) lines.push("Stopped before the end: the windows that were open are closed as they stood.");
  lines.push(eventSentence(replayed));
  const refused = [...read.refusals].map(
    ([reason, { count, firstOffset }]) => `${number(count)} ${reason} (the first at byte ${firstOffset})`,
  );
  if (refused.length > 0) lines.push(`Refused lines: ${refused.join(", ")}.`);
  if (read.skipped > 0) lines.push(`${counted(read.skipped, "line")} longer than the bound of a line, and not read.`);
  for (const { name, state, reason, refused: over, evicted } of queries) {
    if (state === "waiting") lines.push(`Query "${name}" never began: it ${reason ?? "waits."}`);
    if (evicted > 0)
      lines.push(`Query "${name}" forgot ${counted(evicted, "group")} to make room for others: its budget of groups was used up.`);
    if (over > 0) lines.push(`Query "${name}" refused ${counted(over, "event")}: its budget of groups or events was used up.`);
  }
  lines.push(
    `${counted(rows, "row")} found${queries.length > 1 ? ` (${queries.map(({ name, rows: own }) => `${name} ${number(own)}`).join(", ")})` : ""}.`,
  );
  if (decisions.size > 0) lines.push(`Decisions: ${[...decisions].map(([outcome, count]) => `${number(count)} ${outcome}`).join(", ")}.`);
  if (unusable > 0) lines.push(`${counted(unusable, "row")} named no address, so there was nothing to decide.`);
  return `${lines.join("\n")}\n`;
}

function readSentence({ log, read, elapsedMs }: Replayed): string {
  const seconds = Math.max(elapsedMs, 1) / 1000;
  const rate = number(Math.round(read.lines / seconds));
  return `${basename(log)}: ${counted(read.lines, "line")}, ${formatSize(read.bytes)}, in ${seconds.toFixed(2)} s (${rate} lines/s).`;
}

function eventSentence({ target: { events, late, lateness_seen_ms, released_early } }: Replayed): string {
  const taken = `${counted(events, "event")} taken`;
  const early = released_early === 0 ? "" : ` ${counted(released_early, "event")} waited less than that, because too many waited.`;
  if (late === 0) return `${taken}, none late.${early}`;
  // Whole seconds are what people would write, and what most logs have.
  const enough = `${Math.ceil(lateness_seen_ms / 1000)}s`;
  return `${taken}, ${number(late)} of them late, by at most ${formatDuration(lateness_seen_ms)}: --lateness ${enough} would have put all in order.${early}`;
}

function counted(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function number(count: number): string {
  // The international library would take longer to load than a small log to read.
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}
