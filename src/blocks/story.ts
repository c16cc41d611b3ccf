import { type Cidr, formatDuration, shownCidr } from "../kit/index.ts";
import type { Enforcement } from "./enforcement.ts";
import type { BlockInForce } from "./block_list.ts";
import type { Decision, Hold } from "./decision.ts";
import { type RepeatPolicy, strikesLeft } from "./strikes.ts";

/** Everything that is known of an address: what `hotaka why` tells. */
export interface Story {
  /** As it was asked for, canonical. */
  readonly address: string;
  /** Why it is never blocked; undefined when it may be. */
  readonly protectedBy: string | undefined;
  /** The blocks that hold it, or parts of it, now, with how they stand at each enforcement point. */
  readonly inForce: readonly BlockStanding[];
  /** What was decided of it, the newest first. */
  readonly decisions: readonly Decision[];
  /** Strikes against it that are not forgiven yet: with them the next block lasts longer. */
  readonly strikes: number;
  /** The same for a person, a line each. */
  readonly sentences: readonly string[];
}

/** A block in force, and how it stands at each enforcement point. */
export interface BlockStanding extends BlockInForce {
  readonly enforcement: readonly Enforcement[];
}

/** Strikes that count at `nowMs` by what was decided, the newest first. */
export function strikesOf(decisions: readonly Decision[], nowMs: number, repeat: RepeatPolicy): number {
  return strikesLeft(
    decisions.find(({ strikes, lifted }) => strikes > 0 && lifted === undefined),
    nowMs,
    repeat,
  );
}

/** Tells the story in sentences: how it stands now, then how it came to be, the newest first. */
export function tell(cidr: Cidr, story: Omit<Story, "sentences" | "address">, nowMs: number): string[] {
  const { protectedBy, inForce, decisions, strikes } = story;
  const now = inForce.flatMap((block) => [
    `${shownCidr(block.cidr)} is blocked since ${instant(block.fromMs)}, ${endOf(block.untilMs, nowMs)}: ${because(block)}.`,
    ...block.enforcement.map(({ point, state, why }) => `  ${point}: ${state.replaceAll("_", " ")}${why === undefined ? "" : `: ${why}`}.`),
    ...(block.enforcement.length === 0 ? ["  No enforcement point is set up, so the block has no effect."] : []),
  ]);
  if (now.length === 0) now.push(`${cidr.shown} is not blocked.`);
  if (protectedBy !== undefined) now.push(`It is protected: ${protectedBy}.`);
  if (strikes > (inForce.length === 0 ? 0 : 1))
    now.push(`${countOf(strikes, "strike")} against it ${strikes === 1 ? "is" : "are"} not forgiven yet.`);
  const past = decisions.flatMap((decision) => sentencesOf(decision));
  return [...now, ...(past.length === 0 ? [`Nothing was ever decided about ${cidr.shown}.`] : past)];
}

/** What was decided, in a line, and below it the row that asked. */
function sentencesOf(decision: Decision): string[] {
  const { id, decidedMs, madeBy, reason, objection, lifted, rowJson, hold } = decision;
  const but = objection === undefined ? "" : `, because ${objection}`;
  const lines = [`${instant(decidedMs)} #${id} ${madeBy}: ${verdictOf(decision)}${but}.${reason === madeBy ? "" : ` Reason: ${reason}.`}`];
  if (rowJson !== undefined) lines.push(`  row ${rowJson}`);
  if (hold !== undefined) lines.push(`  ${waitOf(decision.cidr, hold)}`);
  if (lifted !== undefined) lines.push(`  taken back ${instant(lifted.atMs)} by ${lifted.by}: ${lifted.reason}.`);
  return lines;
}

/** Where a held decision is on its way to a yes or a no. */
export function waitOf(cidr: string, { state, untilMs, answer }: Hold): string {
  if (state === "waiting") return `it waits for approval until ${instant(untilMs)}: \`hotaka approve ${shownCidr(cidr)}\`, or reject.`;
  const { atMs, by, reason } = answer ?? { atMs: untilMs, by: "policy", reason: "nobody approved it in time" };
  const said = { approved: "approved", rejected: "rejected", expired: "given up", overtaken: "overtaken" }[state];
  return `${said} ${instant(atMs)} by ${by}: ${reason}.`;
}

/** The reason and who gave it; once, where a query gave no reason but its own name. */
function because({ reason, madeBy }: { readonly reason: string; readonly madeBy: string }): string {
  return reason === madeBy ? reason : `${reason} (${madeBy})`;
}

function verdictOf({ outcome, cidr, untilMs, objection, strikes, approvedBy }: Decision): string {
  const shown = shownCidr(cidr);
  const until = untilMs === undefined ? "for good" : `until ${instant(untilMs)}`;
  switch (outcome) {
    case "blocked":
      return `${shown} was blocked ${until}${strikes > 1 ? ` (strike ${strikes})` : ""}${approvedBy === undefined ? "" : `, approved by ${approvedBy}`}`;
    case "extended":
      return `${shown} was blocked already and stays so ${until}`;
    case "detected":
      return `${shown} was detected; ${objection === undefined ? "nothing was done, as the mode is detect" : "it would not have been blocked"}`;
    case "refused":
    case "too_late":
      return `${shown} was not blocked`;
    case "held":
      return `${shown} was held back`;
  }
}

/** One sentence that says what became of a request, for a terminal or a log. */
export function describe(decision: Decision): string {
  const but = decision.objection === undefined ? "" : `, because ${decision.objection}`;
  return `${verdictOf(decision)}${but}: ${because(decision)}.`;
}

function countOf(count: number, what: string): string {
  return `${count === 1 ? "One" : count} ${what}${count === 1 ? "" : "s"}`;
}

function endOf(untilMs: number | undefined, nowMs: number): string {
  return untilMs === undefined ? "for good" : `for another ${formatDuration(Math.max(0, untilMs - nowMs))}`;
}

/** `2026-11-20T10:00:00Z`: to the second, in UTC, so that stories of two machines compare. */
function instant(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
}
