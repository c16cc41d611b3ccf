/** `block` takes effect; `detect` is written down and does nothing. */
export type Mode = "block" | "detect";

/** What somebody asks for: a row of a query, or a person. */
export interface DecisionRequest {
  /** The same row after a crash has the same key, and is decided once. Undefined for a person, who is answered each time. */
  readonly rowKey: string | undefined;
  /**
   * An address or a prefix in CIDR notation. An IPv6 address means the prefix that `ipv6WidenBits` says, because whoever has one address
   * of a network mostly has all; with its length written out (`2001:db8::7/128`) it means just what it says.
   */
  readonly address: string;
  /** For how long (milliseconds); undefined is for good. */
  readonly forMs: number | undefined;
  readonly mode: Mode;
  /** A sentence or a word for people. */
  readonly reason: string;
  /** The name of the query, or of the person. */
  readonly madeBy: string;
  /** The row that asked, as JSON. */
  readonly rowJson?: string | undefined;
  /** When it happened (epoch ms); undefined for a person, who speaks of now. */
  readonly eventTimeMs: number | undefined;
  /** The person who grants what the policy held back; neither the ceiling of a minute nor the age of the event counts then. */
  readonly approvedBy?: string | undefined;
}

/**
 * What became of a request:
 * - `blocked`: a new block is in force;
 * - `extended`: the same prefix was blocked already, and stays so until the later of the two ends;
 * - `detected`: written down, as `mode: detect` asks;
 * - `refused`: protected, or wider than a row may ask for;
 * - `too_late`: about a past that is longer ago than `decisionAgeMaxMs`;
 * - `held`: more blocks in a minute, or in force, than the policy allows; a person may grant it while its `hold` waits.
 */
export type Outcome = "blocked" | "extended" | "detected" | "refused" | "too_late" | "held";

/** An entry of the ledger. It is never changed, but for being lifted, or granted when it was held. */
export interface Decision {
  /** Its number in the ledger, 1 or more; 0 where there is no ledger. */
  readonly id: number;
  readonly rowKey: string | undefined;
  /** Canonical, with its length: `203.0.113.7/32`. */
  readonly cidr: string;
  readonly mode: Mode;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly madeBy: string;
  readonly rowJson: string | undefined;
  readonly eventTimeMs: number | undefined;
  /** When it was decided, from which it is in force where it is (epoch ms). */
  readonly decidedMs: number;
  /** Until when it is in force (epoch ms); undefined is for good. */
  readonly untilMs: number | undefined;
  /** Why it is not in force, as the end of a sentence; for `detected`, why block mode would not have blocked either. */
  readonly objection: string | undefined;
  readonly lifted: Lifted | undefined;
  /** Which strike against the prefix it was: 1 or more for a block by a row; 0 for anything else. */
  readonly strikes: number;
  /** The person who granted it; undefined where nobody had to. */
  readonly approvedBy: string | undefined;
  /** Of a decision that was held and may be, or might have been, granted. */
  readonly hold: Hold | undefined;
}

/**
 * A held decision on its way to a yes or a no. `expired`: nobody said either in time; `overtaken`: the same prefix was blocked by another
 * decision meanwhile.
 */
export interface Hold {
  readonly state: "waiting" | "approved" | "rejected" | "expired" | "overtaken";
  /** Until when it waits (epoch ms). */
  readonly untilMs: number;
  /** For how long a block was asked (milliseconds); undefined is for good. */
  readonly forMs: number | undefined;
  readonly answer: HoldAnswer | undefined;
}

/** Who ended the wait of a held decision, and why. */
export interface HoldAnswer {
  readonly atMs: number;
  readonly by: string;
  readonly reason: string;
}

/** Taken back before its end. */
export interface Lifted {
  readonly atMs: number;
  readonly by: string;
  readonly reason: string;
}

/** True of a decision that blocked, at the time it was made. */
export function isBlocking({ outcome }: Pick<Decision, "outcome">): boolean {
  return outcome === "blocked" || outcome === "extended";
}
