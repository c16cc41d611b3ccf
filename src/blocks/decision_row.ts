import type { Cidr, SqlRow } from "../kit/index.ts";
import type { Decision, Hold, Mode, Outcome } from "./decision.ts";

/** A decision, read from its row of the ledger. */
export function decisionOf(row: SqlRow): Decision {
  const liftedMs = row.numberOrNull("lifted_ms");
  const lifted = liftedMs === null ? undefined : { atMs: liftedMs, by: row.text("lifted_by"), reason: row.text("lifted_reason") };
  return {
    id: row.number("id"),
    rowKey: row.textOrNull("row_key") ?? undefined,
    cidr: row.text("cidr"),
    mode: modeOf(row.text("mode")),
    outcome: outcomeOf(row.text("outcome")),
    reason: row.text("reason"),
    madeBy: row.text("made_by"),
    rowJson: row.textOrNull("row_json") ?? undefined,
    eventTimeMs: row.numberOrNull("event_ms") ?? undefined,
    decidedMs: row.number("decided_ms"),
    untilMs: row.numberOrNull("until_ms") ?? undefined,
    objection: row.textOrNull("objection") ?? undefined,
    lifted,
    strikes: row.number("strikes"),
    approvedBy: row.textOrNull("approved_by") ?? undefined,
    hold: holdOf(row),
  };
}

function holdOf(row: SqlRow): Hold | undefined {
  const state = HOLD_STATES.find((known) => known === row.textOrNull("hold_state"));
  if (state === undefined) return undefined;
  const atMs = row.numberOrNull("answered_ms");
  return {
    state,
    untilMs: row.number("hold_until_ms"),
    forMs: row.numberOrNull("hold_for_ms") ?? undefined,
    answer: atMs === null ? undefined : { atMs, by: row.text("answered_by"), reason: row.text("answered_reason") },
  };
}

function modeOf(text: string): Mode {
  return text === "detect" ? "detect" : "block";
}

/** An outcome that this version does not know was not in force under any other either. */
function outcomeOf(text: string): Outcome {
  return OUTCOMES.find((outcome) => outcome === text) ?? "refused";
}

const OUTCOMES: readonly Outcome[] = ["blocked", "extended", "detected", "refused", "too_late", "held"];

const HOLD_STATES: readonly Hold["state"][] = ["waiting", "approved", "rejected", "expired", "overtaken"];

/** The family and the first address in hexadecimal, so that addresses of one family sort as their numbers do. */
export function hexOf({ family, words }: Pick<Cidr, "family" | "words">): string {
  return `${family}:${words.map((word) => word.toString(16).padStart(8, "0")).join("")}`;
}

/** The first and the last address of a prefix, as `hexOf` writes them. */
export function hexSpanOf(cidr: Cidr): [string, string] {
  const first = hexOf(cidr);
  const digits = Math.floor(cidr.bits / 4);
  const loose = cidr.bits % 4;
  const start = first.slice(0, 2 + digits);
  const rest = first.slice(2 + digits);
  if (rest === "") return [first, first];
  const top = (Number.parseInt(rest[0]!, 16) | (0xf >> loose)).toString(16);
  return [first, start + top + "f".repeat(rest.length - 1)];
}
