import type { WantedBlock } from "../../component/index.ts";
import type { Cidr } from "../../kit/index.ts";
import { type Acl, allowAbove, type Band, isDenyAll, isDeniedByOthers, isOwn, numbersOf, slotsOf } from "./acl.ts";

/** A wanted block with its prefix at hand. */
export interface Wanted {
  readonly cidr: Cidr;
  readonly priority: number;
}

/** Where each block is to stand in one ACL. */
export interface Placement {
  /** The number of each block, by canonical CIDR. A block that a foreign rule refuses already has none. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Those that there is no room for, each with the reason. */
  readonly beyond: ReadonlyMap<string, string>;
}

/**
 * Places blocks in the order of their priority: as many as the quota leaves for their family, each below the rule that would let it in.
 * What stands rightly keeps its number; what is new takes the lowest that is free, so the first stands at the beginning of the band,
 * the next behind the last, and freed numbers are used again. Pure.
 */
export function place(wanted: readonly Wanted[], acl: Acl, band: Band): Placement {
  const { chosen, beyond } = choose(wanted, acl, band);
  const limits = new Map(chosen.map(({ cidr }) => [cidr.toString(), allowAbove(cidr, acl, band)]));
  const numbers = kept(limits, acl, band);
  const holders = new Map([...numbers].map(([cidr, number]) => [number, cidr]));
  const usable = numbersOf(acl, band);
  const missing = [...limits.keys()].filter((cidr) => !numbers.has(cidr)).toSorted((a, b) => limits.get(a)! - limits.get(b)!);
  for (let cidr = missing.shift(); cidr !== undefined; cidr = missing.shift()) {
    const limit = limits.get(cidr)!;
    const free = usable.find((number) => number < limit && !holders.has(number));
    // What may stand higher makes way; there is a number for it, or it would not have been chosen.
    const number = free ?? usable.find((one) => one < limit && limits.get(holders.get(one)!)! > limit);
    if (number === undefined) continue;
    const displaced = holders.get(number);
    if (displaced !== undefined) {
      numbers.delete(displaced);
      missing.push(displaced);
    }
    numbers.set(cidr, number);
    holders.set(number, cidr);
  }
  return { numbers, beyond };
}

/** The blocks that there is room for, by priority, and why there is none for the others. */
function choose(wanted: readonly Wanted[], acl: Acl, band: Band): { chosen: Wanted[]; beyond: Map<string, string> } {
  const slots = { 4: slotsOf(4, acl, band), 6: slotsOf(6, acl, band) };
  const free = numbersOf(acl, band);
  const chosen: Wanted[] = [];
  const beyond = new Map<string, string>();
  for (const one of wanted.toSorted((a, b) => b.priority - a.priority)) {
    const { cidr } = one;
    if (isDeniedByOthers(cidr, acl, band)) continue;
    const limit = allowAbove(cidr, acl, band);
    // The highest number that will do is spent, so that a lower one is left for a block that needs it.
    const at = free.findLastIndex((number) => number < limit);
    if (slots[cidr.family] > 0 && at >= 0) {
      slots[cidr.family]--;
      free.splice(at, 1);
      chosen.push(one);
    } else
      beyond.set(
        cidr.toString(),
        whyBeyond({ acl, band, family: cidr.family, limit, hasSlot: slots[cidr.family] > 0, hasNumber: at >= 0 }),
      );
  }
  return { chosen, beyond };
}

/** The own entries that stand as they should, each block once. */
function kept(limits: ReadonlyMap<string, number>, acl: Acl, band: Band): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const entry of acl.entries.toSorted((a, b) => a.number - b.number)) {
    const cidr = entry.cidr.toString();
    const limit = limits.get(cidr);
    if (limit === undefined || numbers.has(cidr) || entry.number >= limit) continue;
    if (isOwn(entry, acl, band) && isDenyAll(entry)) numbers.set(cidr, entry.number);
  }
  return numbers;
}

interface Fullness {
  readonly acl: Acl;
  readonly band: Band;
  readonly family: 4 | 6;
  readonly limit: number;
  readonly hasSlot: boolean;
  readonly hasNumber: boolean;
}

/** What is full, and what would make room. */
function whyBeyond({ acl, band, family, limit, hasSlot, hasNumber }: Fullness): string {
  const sentences: string[] = [];
  if (!hasSlot) {
    const quota = acl.quota[family];
    const room = `the quota of ${acl.id} is full: ${quota} rules for IPv${family}, of which ${slotsOf(family, acl, band)} are left for blocks`;
    sentences.push(
      quota < QUOTA_MOST
        ? `${room}; a raised quota would make room (Service Quotas, vpc ${QUOTA_CODE}, ${QUOTA_MOST} at most)`
        : `${room}, and AWS gives no more than ${QUOTA_MOST}; aws_waf_ip_set takes what goes beyond`,
    );
  }
  if (!hasNumber) sentences.push(whyNoNumber(acl, band, limit));
  return sentences.join("; and ");
}

function whyNoNumber(acl: Acl, band: Band, limit: number): string {
  const count = numbersOf(acl, band).filter((number) => number < limit).length;
  const room = `the band of ${acl.id} is full: rule_numbers [${band.first}, ${band.last}] has ${count} numbers for blocks`;
  if (limit > band.last)
    return `${room}${limit === Number.POSITIVE_INFINITY ? "" : `, and the rule that allows is at ${limit}`}; a wider rule_numbers would make room`;
  const helps = band.first < limit ? "" : " at all";
  return `${room} below the rule that allows, at ${limit}${helps}; a higher number for that rule would make room`;
}

export const QUOTA_CODE = "L-2AEEBF1A";
/** @see Amazon VPC quotas, "Rules per network ACL" */
const QUOTA_MOST = 40;

/** The blocks with their prefixes. */
export function wantedOf(blocks: readonly WantedBlock[], parse: (text: string) => Cidr): Wanted[] {
  return blocks.map(({ cidr, priority }) => ({ cidr: parse(cidr), priority }));
}
