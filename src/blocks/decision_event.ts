import type { ItemState } from "../keep/index.ts";
import { type Decision, isBlocking } from "./decision.ts";
import type { Enforcement } from "./enforcement.ts";

/**
 * What became of a decision, said once it is known: `blocked` when some enforcement point has been read back with the block in it,
 * `failed to block` when none has or the decision was not to block, `detected` in detect mode.
 */
export type DecisionStatus = "blocked" | "failed to block" | "detected";

/**
 * How a decision stands over all enforcement points: `enforced` at every one, `partly enforced` at some; where it is at none, the state of
 * the point that came furthest. `none` when there was nothing to enforce or nowhere to do it.
 */
export type EnforcementSummary = "enforced" | "partly enforced" | "pending" | "over capacity" | "failed" | "none";

/** How a decision came out, as it is written down beside it. */
export interface Settlement {
  readonly status: DecisionStatus;
  readonly enforcement: EnforcementSummary;
  /** The enforcement points one by one, or why there is nothing to say of any; for a person. */
  readonly detail: string;
}

/** A decision that came out in one way or the other: what re-enters as an event. In the order of `seq`, each once. */
export interface DecisionEvent extends Settlement {
  /** 1 or more, growing. */
  readonly seq: number;
  /** As it was made; what became of it later is not in it. */
  readonly decision: Decision;
  /** When it came out (epoch ms). */
  readonly processedMs: number;
}

/** How a decision came out that has nothing to wait for. Undefined for one that is to be enforced. */
export function settledAtOnce(decision: Pick<Decision, "outcome" | "objection">): Settlement | undefined {
  if (isBlocking(decision)) return undefined;
  const detail = decision.objection ?? "the mode is detect, so nothing was done";
  return { status: decision.outcome === "detected" ? "detected" : "failed to block", enforcement: "none", detail };
}

/** How a block comes out that stands so at the enforcement points. Undefined while one has yet to say, unless it was waited long enough. */
export function settled(enforcement: readonly Enforcement[], options: { readonly isLate: boolean }): Settlement | undefined {
  if (enforcement.length === 0) return { status: "failed to block", enforcement: "none", detail: NOWHERE };
  const has = (wanted: ItemState["state"]): boolean => enforcement.some(({ state }) => state === wanted);
  if (has("pending") && !options.isLate) return undefined;
  const detail = enforcement.map(({ point, state, why }) => `${point}: ${shownState(state)}${why === undefined ? "" : `: ${why}`}`);
  const isAnywhere = has("enforced");
  const isEverywhere = enforcement.every(({ state }) => state === "enforced");
  const furthest = FURTHEST.find((state) => has(state)) ?? "failed";
  const summary = isEverywhere ? "enforced" : isAnywhere ? "partly enforced" : shownState(furthest);
  return { status: isAnywhere ? "blocked" : "failed to block", enforcement: summary, detail: detail.join("; ") };
}

/** How a block comes out that ended or was taken back before any enforcement point could say. */
export const OVER_BEFORE: Settlement = {
  status: "failed to block",
  enforcement: "none",
  detail: "it ended or was taken back before it was enforced",
};

function shownState(state: ItemState["state"]): Exclude<EnforcementSummary, "none" | "partly enforced"> {
  return state === "over_capacity" ? "over capacity" : state;
}

const FURTHEST: readonly ItemState["state"][] = ["pending", "over_capacity", "failed"];
const NOWHERE = "no enforcement point is set up";
