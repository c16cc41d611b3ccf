import { type Command, InvalidArgumentError, Option } from "commander";
import { oneLine, parseDuration, shownCidr } from "../kit/index.ts";
import type { Answer } from "../server/index.ts";
import { ask, type DaemonOptions } from "./daemon_options.ts";
import { tableText } from "./table.ts";

/** What `hotaka blocks` looks for in the ledger. */
export interface SearchOptions extends DaemonOptions {
  readonly all?: boolean;
  readonly search?: string;
  readonly address?: string;
  readonly query?: string;
  readonly mode?: string;
  readonly outcome?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
}

/** Adds the options that look through the ledger. */
export function withSearchOptions(command: Command): Command {
  return command
    .option("--all", "everything that was decided, also what is over, was refused or only detected; so do the options below")
    .option("--search <text>", "decisions with this text in their reason, row, objection or maker")
    .option("--address <address>", "decisions about this address or prefix, what holds it and what lies inside it")
    .option("--query <name>", "decisions of this query, or person")
    .addOption(new Option("--mode <mode>", "decisions of this mode").choices(["block", "detect"]))
    .addOption(
      new Option("--outcome <outcome>", "decisions that came out so").choices([
        "blocked",
        "extended",
        "detected",
        "refused",
        "too_late",
        "held",
      ]),
    )
    .option("--since <time>", "decided in the last 2h, 7 days, or since 2026-11-20 or 2026-11-20T10:00:00Z", timeOf)
    .option("--until <time>", "decided before that time, written as for --since", timeOf);
}

/** Whether the options ask for the ledger rather than for what is blocked now. */
export function isSearch({ all, search, address, query, mode, outcome, since, until }: SearchOptions): boolean {
  return all === true || [search, address, query, mode, outcome, since, until].some((option) => option !== undefined);
}

/** Asks page by page until there are as many as wanted, or no more. `next` says that there are. */
export async function searchDecisions(
  options: SearchOptions,
  nowMs: number,
): Promise<{ readonly decisions: Answer[]; readonly next: number | null }> {
  const decisions: Answer[] = [];
  const question = new URLSearchParams();
  for (const name of ["search", "address", "query", "mode", "outcome"] as const) {
    if (options[name] !== undefined) question.set(name, options[name]);
  }
  if (options.since !== undefined) question.set("since_ms", String(instantOf(options.since, nowMs)));
  if (options.until !== undefined) question.set("until_ms", String(instantOf(options.until, nowMs)));
  for (;;) {
    question.set("limit", String(options.limit - decisions.length));
    const answer = await ask(options, "GET", `/v1/decisions?${question.toString()}`);
    decisions.push(...answer.objects("decisions"));
    const next = answer.numberOrNull("next");
    if (next === null || decisions.length >= options.limit) return { decisions, next };
    question.set("below", String(next));
  }
}

/** Decisions for a person, the newest first. */
export function decisionsText(decisions: readonly Answer[], next: number | null): string {
  if (decisions.length === 0) return "Nothing such was decided.\n";
  const rows = decisions.map((decision) => [
    String(decision.number("id")),
    new Date(decision.number("decided_ms")).toISOString().replace(/\.\d+Z$/, "Z"),
    shownCidr(decision.text("cidr")),
    decision.text("outcome").replaceAll("_", " "),
    decision.text("made_by"),
    oneLine(decision.text("reason"), 80),
  ]);
  const more = next === null ? "" : "and more; a larger --limit lists them.\n";
  return `${tableText(["DECISION", "AT", "ADDRESS", "OUTCOME", "BY", "REASON"], rows)}${more}`;
}

/** Epoch ms of what `timeOf` has let through. */
function instantOf(text: string, nowMs: number): number {
  const agoMs = parseDuration(text);
  return Math.max(0, agoMs === undefined ? Date.parse(text) : nowMs - agoMs);
}

function timeOf(text: string): string {
  if (parseDuration(text) !== undefined) return text;
  if (/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text) && !Number.isNaN(Date.parse(text)))
    return text;
  throw new InvalidArgumentError("How long ago, such as 2h, or a time such as 2026-11-20 or 2026-11-20T10:00:00Z, was wanted.");
}
