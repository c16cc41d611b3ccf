import { type Cidr, HotakaError, oneLine, parseCidr } from "../kit/index.ts";
import type { BlockList } from "./block_list.ts";
import type { Decision, DecisionRequest } from "./decision.ts";
import { type BlockPolicy, judge, type Situation } from "./policy.ts";
import type { Protects } from "./protection.ts";

/** What requests are judged by. */
export interface Rules {
  readonly policy: BlockPolicy;
  readonly protection: Protects;
}

/** What has been decided so far, and the time. */
export interface Past extends Pick<Situation, "nowMs" | "lastStrike"> {
  readonly list: BlockList;
}

/**
 * Judges a request against what was decided before it and says what is to be decided, without deciding it. Throws HOTAKA_ADDRESS_INVALID
 * when the address is none.
 */
export function consider(request: DecisionRequest, { list, lastStrike, nowMs }: Past, { policy, protection }: Rules): [Cidr, Decision] {
  const judgement = judge(request, parseRequested(request.address), policy, {
    nowMs,
    protection,
    inForce: (cidr) => list.get(cidr),
    blocksInForce: list.size,
    blocksLastMinute: list.blocksLastMinute(nowMs),
    lastStrike,
  });
  const decision: Decision = {
    id: 0,
    rowKey: request.rowKey,
    cidr: judgement.cidr.toString(),
    mode: request.mode,
    outcome: judgement.outcome,
    reason: oneLine(request.reason, REASON_CHARS_MAX),
    madeBy: oneLine(request.madeBy, MADE_BY_CHARS_MAX),
    rowJson: request.rowJson === undefined ? undefined : boundedJson(request.rowJson),
    eventTimeMs: request.eventTimeMs,
    decidedMs: nowMs,
    untilMs: judgement.untilMs,
    objection: judgement.objection,
    lifted: undefined,
    strikes: judgement.strikes,
    approvedBy: request.approvedBy,
    hold: undefined,
  };
  return [judgement.cidr, decision];
}

/** Reads an address or a prefix, or throws HOTAKA_ADDRESS_INVALID with what was found. */
export function parseRequested(address: string): Cidr {
  const cidr = parseCidr(address);
  if (cidr !== undefined) return cidr;
  throw new HotakaError(
    "HOTAKA_ADDRESS_INVALID",
    `"${oneLine(address, 60)}" is not an address; one such as 203.0.113.7, 2001:db8::7 or a prefix such as 203.0.113.0/24 was wanted.`,
  );
}

/** A row that is too long for the ledger is kept as the JSON of its beginning. */
function boundedJson(json: string): string {
  return json.length <= ROW_CHARS_MAX ? json : JSON.stringify({ cut: json.slice(0, ROW_CHARS_MAX) });
}

const REASON_CHARS_MAX = 500;
const MADE_BY_CHARS_MAX = 200;
const ROW_CHARS_MAX = 8192;
