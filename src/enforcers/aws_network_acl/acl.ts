import { type Cidr, parseCidr } from "../../kit/index.ts";

/** One inbound rule of a network ACL. */
export interface Entry {
  /** 1 to 32766; the default deny, which cannot be changed, is at 32767 (IPv4) or 32768 (IPv6). */
  readonly number: number;
  readonly cidr: Cidr;
  readonly action: "allow" | "deny";
  /** `-1` is every protocol. */
  readonly protocol: string;
}

/** The inbound side of a network ACL as it was read, and what is known of it beside. */
export interface Acl {
  readonly id: string;
  readonly entries: readonly Entry[];
  /** Inbound rules that it may have of each family, the default deny among them. */
  readonly quota: Readonly<Record<4 | 6, number>>;
  /** The numbers under which this enforcer has put entries. A deny that stands there is its own, whoever changed it since. */
  readonly claims: ReadonlySet<number>;
}

/** Which rules of an ACL belong to the enforcer. */
export interface Band {
  readonly first: number;
  readonly last: number;
  /** Every deny of all protocols in the band is ours, not only what we have put there. */
  readonly isAdopted: boolean;
}

/** A rule that allows is never ours, whatever number it has: to take it away could cut off everybody. */
export function isOwn({ number, action, protocol }: Entry, { claims }: Acl, { first, last, isAdopted }: Band): boolean {
  if (number < first || number > last || action === "allow") return false;
  return claims.has(number) || (isAdopted && protocol === EVERY_PROTOCOL);
}

/** True of an entry that refuses everything of its addresses. */
export function isDenyAll({ action, protocol }: Entry): boolean {
  return action === "deny" && protocol === EVERY_PROTOCOL;
}

/**
 * The number that a deny of `cidr` must stay below to be of any effect: that of the first foreign rule that would let all of it in. A rule
 * for one office is none of that; the rule that allows everything (`-1`, 0.0.0.0/0 or ::/0) mostly is. Infinity where there is none.
 */
export function allowAbove(cidr: Cidr, acl: Acl, band: Band): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const entry of acl.entries) {
    if (entry.action === "allow" && entry.number < lowest && entry.cidr.contains(cidr) && !isOwn(entry, acl, band)) lowest = entry.number;
  }
  return lowest;
}

/** Whether a foreign rule refuses all of `cidr` before any lets it in. */
export function isDeniedByOthers(cidr: Cidr, acl: Acl, band: Band): boolean {
  const limit = allowAbove(cidr, acl, band);
  // The default deny stands behind every allow and is no answer to a block: an allow may be added below it.
  return acl.entries.some(
    (entry) => entry.number < Math.min(limit, NUMBER_MAX + 1) && isDenyAll(entry) && entry.cidr.contains(cidr) && !isOwn(entry, acl, band),
  );
}

/** Rules of one family that are left for blocks by the quota. */
export function slotsOf(family: 4 | 6, acl: Acl, band: Band): number {
  const own = acl.entries.filter((entry) => entry.cidr.family === family && isOwn(entry, acl, band));
  return Math.max(0, acl.quota[family] - rulesOf(family, acl) + own.length);
}

/** Rules of one family as the quota counts them: with the default deny, which is not shown for IPv6 while the VPC has none. */
export function rulesOf(family: 4 | 6, { entries }: Pick<Acl, "entries">): number {
  const rules = entries.filter(({ cidr }) => cidr.family === family);
  return rules.some(({ number }) => number > NUMBER_MAX) ? rules.length : rules.length + 1;
}

/** The numbers of the band that are free or our own, ascending. */
export function numbersOf(acl: Acl, band: Band): number[] {
  const taken = new Set(acl.entries.filter((entry) => !isOwn(entry, acl, band)).map(({ number }) => number));
  return Array.from({ length: band.last - band.first + 1 }, (_, at) => band.first + at).filter((number) => !taken.has(number));
}

/** The prefix of a rule in canonical form, as the list of blocks writes it: AWS clears host bits too. */
export function cidrOf(text: string | undefined): Cidr | undefined {
  return text === undefined ? undefined : parseCidr(text);
}

export const EVERY_PROTOCOL = "-1";
/** Numbers above it are of the default denies. @see AWS EC2 API, CreateNetworkAclEntry */
export const NUMBER_MAX = 32_766;
