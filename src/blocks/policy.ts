import { type Cidr, formatDuration } from "../kit/index.ts";
import type { DecisionRequest, Outcome } from "./decision.ts";
import { type LastStrike, type RepeatPolicy, strikesLeft, termOf } from "./strikes.ts";
import type { Protects } from "./protection.ts";

/** What may be blocked, how much of it and how late. */
export interface BlockPolicy {
  /** An IPv6 address is blocked as the prefix of this length around it: 48 to 128, 128 being the address alone. */
  readonly ipv6WidenBits: number;
  /** The shortest prefixes a row may ask for: the row is from outside, and 0.0.0.0/1 is half of the internet. A person may ask for more. */
  readonly ipv4BitsMin: number;
  readonly ipv6BitsMin: number;
  /** A decision about an event longer ago than this is written down and not enforced; undefined never is too late. Milliseconds. */
  readonly decisionAgeMaxMs: number | undefined;
  /** New blocks by rows in any 60 seconds; what goes beyond is held and counted. */
  readonly blocksPerMinuteMax: number;
  /** Blocks in force at one time; what goes beyond is held and counted. */
  readonly blocksMax: number;
  /** Decisions held back that may wait for a person; those beyond it are written down and counted. */
  readonly heldMax: number;
  /** How long each waits (milliseconds). */
  readonly heldForMs: number;
  /** The shortest prefixes that neighbours are merged into where a place has no room; 32 and 128 merge none. */
  readonly mergeIpv4Bits: number;
  readonly mergeIpv6Bits: number;
  readonly repeat: RepeatPolicy;
}

/** The policy where the settings say nothing else. */
export const DEFAULT_POLICY: BlockPolicy = {
  ipv6WidenBits: 64,
  ipv4BitsMin: 24,
  ipv6BitsMin: 48,
  decisionAgeMaxMs: 3_600_000,
  blocksPerMinuteMax: 300,
  blocksMax: 100_000,
  mergeIpv4Bits: 29,
  mergeIpv6Bits: 56,
  heldMax: 10_000,
  heldForMs: 3_600_000,
  repeat: { factor: 2, forMaxMs: 30 * 86_400_000, forgivenAfterMs: 7 * 86_400_000 },
};

/** What is known when a request is judged. */
export interface Situation {
  readonly nowMs: number;
  readonly protection: Protects;
  /** The end of the block of exactly this prefix that is in force; `end: undefined` is for good. Undefined when there is none. */
  inForce(cidr: Cidr): { readonly untilMs: number | undefined } | undefined;
  readonly blocksInForce: number;
  /** New blocks by rows in the 60 seconds before `nowMs`. */
  readonly blocksLastMinute: number;
  /** The latest block by a row of exactly this prefix that nobody took back; undefined when there is none. */
  lastStrike(cidr: Cidr): LastStrike | undefined;
}

/** What `judge` finds. */
export interface Judgement {
  readonly cidr: Cidr;
  readonly outcome: Outcome;
  readonly untilMs: number | undefined;
  readonly objection: string | undefined;
  /** Which strike against the prefix this is: 1 or more for a block by a row; 0 for what is no strike. */
  readonly strikes: number;
}

/** Decides what becomes of a request. Pure. `written` is the request's address as parsed. */
export function judge(request: DecisionRequest, written: Cidr, policy: BlockPolicy, situation: Situation): Judgement {
  const cidr = scopeOf(request, written, policy, situation.protection);
  const standing = situation.inForce(cidr);
  const strikes = strikesOf(request, cidr, policy, situation, standing !== undefined);
  const forMs = termOf(request.forMs, strikes, policy.repeat);
  const untilMs = forMs === undefined ? undefined : situation.nowMs + forMs;
  const fault = faultOf(request, cidr, policy, situation, standing !== undefined);
  if (request.mode === "detect") return { cidr, outcome: "detected", untilMs, objection: fault?.objection, strikes: 0 };
  if (fault !== undefined) return { cidr, untilMs, ...fault, strikes: 0 };
  if (standing === undefined) return { cidr, outcome: "blocked", untilMs, objection: undefined, strikes };
  return { cidr, outcome: "extended", untilMs: laterOf(standing.untilMs, untilMs), objection: undefined, strikes };
}

/**
 * Which strike a block of the prefix would be. What comes while the last block stands is the same offence still: events on their way, or an
 * enforcement point that lags. A person says how long in so many words, and is no witness of an offence.
 */
function strikesOf(
  { rowKey, approvedBy }: DecisionRequest,
  cidr: Cidr,
  { repeat }: BlockPolicy,
  situation: Situation,
  isStanding: boolean,
): number {
  if (rowKey === undefined && approvedBy === undefined) return 0;
  const left = strikesLeft(situation.lastStrike(cidr), situation.nowMs, repeat);
  return isStanding ? Math.max(left, 1) : left + 1;
}

/** The later of two ends; undefined is for good. */
export function laterOf(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : Math.max(left, right);
}

/** Widens an IPv6 address to its network, unless that network holds something protected: then the address stays alone. */
function scopeOf({ address }: DecisionRequest, written: Cidr, policy: BlockPolicy, protection: Protects): Cidr {
  if (written.family === 4 || !written.isAddress || address.includes("/")) return written;
  const widened = written.widened(policy.ipv6WidenBits);
  return protection.whyNot(widened) === undefined ? widened : written;
}

function faultOf(
  { rowKey, eventTimeMs, approvedBy }: DecisionRequest,
  cidr: Cidr,
  policy: BlockPolicy,
  { nowMs, protection, blocksInForce, blocksLastMinute }: Situation,
  isStanding: boolean,
): { readonly outcome: Outcome; readonly objection: string } | undefined {
  const protector = protection.whyNot(cidr);
  if (protector !== undefined) return { outcome: "refused", objection: protector };
  const bitsMin = cidr.family === 4 ? policy.ipv4BitsMin : policy.ipv6BitsMin;
  if (rowKey !== undefined && cidr.bits < bitsMin) {
    return { outcome: "refused", objection: `a row may ask for a prefix of /${bitsMin} or longer, and this is a /${cidr.bits}` };
  }
  const ageMs = eventTimeMs === undefined || approvedBy !== undefined ? 0 : nowMs - eventTimeMs;
  if (policy.decisionAgeMaxMs !== undefined && ageMs > policy.decisionAgeMaxMs) {
    const ago = formatDuration(ageMs);
    return {
      outcome: "too_late",
      objection: `it is about ${ago} ago, beyond decision_age_max of ${formatDuration(policy.decisionAgeMaxMs)}`,
    };
  }
  if (isStanding) return undefined;
  if (rowKey !== undefined && blocksLastMinute >= policy.blocksPerMinuteMax) {
    return { outcome: "held", objection: `queries asked for more than blocks_per_minute_max of ${policy.blocksPerMinuteMax}` };
  }
  if (blocksInForce >= policy.blocksMax) {
    return { outcome: "held", objection: `the block list is full: blocks_max of ${policy.blocksMax} are in force` };
  }
  return undefined;
}
