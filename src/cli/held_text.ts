import { formatDuration, oneLine, shownCidr } from "../kit/index.ts";
import type { Answer } from "../server/index.ts";
import { tableText } from "./table.ts";

/** What waits for approval, for a person. */
export function heldText(answer: Answer, nowMs: number): string {
  const held = answer.objects("decisions");
  if (held.length === 0) return NOTHING_HELD;
  const rows = held.map((decision) => [
    shownCidr(decision.text("cidr")),
    formatDuration(Math.max(0, decision.object("hold").number("until_ms") - nowMs)),
    String(decision.number("id")),
    decision.text("made_by"),
    oneLine(decision.text("reason"), 80),
  ]);
  const left = answer.number("total") - held.length;
  const more = left > 0 ? `and ${left} more.\n` : "";
  return `${tableText(["ADDRESS", "WAITS", "DECISION", "BY", "REASON"], rows)}${more}`;
}

export const NOTHING_HELD = "Nothing waits for approval.\n";
