import { type Decision, describeDecision, type Hold } from "../blocks/index.ts";

/** A decision as the API shows it. */
export function shownDecision(decision: Decision): Record<string, unknown> {
  const { lifted, hold } = decision;
  return {
    id: decision.id,
    cidr: decision.cidr,
    outcome: decision.outcome,
    mode: decision.mode,
    reason: decision.reason,
    made_by: decision.madeBy,
    decided_ms: decision.decidedMs,
    until_ms: decision.untilMs ?? null,
    event_ms: decision.eventTimeMs ?? null,
    objection: decision.objection ?? null,
    strikes: decision.strikes,
    sentence: describeDecision(decision),
    approved_by: decision.approvedBy ?? null,
    hold: hold === undefined ? null : shownHold(hold),
    // As text: a number of a row may be wider than a reader of JSON takes.
    row_json: decision.rowJson ?? null,
    lifted: lifted === undefined ? null : { at_ms: lifted.atMs, by: lifted.by, reason: lifted.reason },
  };
}

function shownHold({ state, untilMs, forMs, answer }: Hold): Record<string, unknown> {
  return {
    state,
    until_ms: untilMs,
    for_ms: forMs ?? null,
    answer: answer === undefined ? null : { at_ms: answer.atMs, by: answer.by, reason: answer.reason },
  };
}
