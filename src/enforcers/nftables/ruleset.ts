import { type Cidr, parseCidr } from "../../kit/index.ts";

/**
 * The table as text for `nft -f` and as its JSON shows it:
 *
 *     table inet hotaka {
 *       set ip4_32 { type ipv4_addr; flags timeout; size 100000; }     one set for each prefix length in use
 *       set ip6_64 { type ipv6_addr; flags timeout; size 100000; }
 *       chain blocked {
 *         type filter hook prerouting priority -300; policy accept;
 *         ip saddr @ip4_32 counter drop
 *         ip6 saddr & ffff:ffff:ffff:ffff:: @ip6_64 counter drop
 *       }
 *     }
 */
export interface Layout {
  readonly table: string;
  readonly hook: string;
  readonly priority: number;
  readonly sizeMax: number;
}

/** The set that holds prefixes of one length. */
export interface PrefixSet {
  readonly name: string;
  readonly family: 4 | 6;
  readonly bits: number;
}

export function setOf({ family, bits }: Pick<Cidr, "family" | "bits">): PrefixSet {
  return { name: `ip${family}_${bits}`, family, bits };
}

/** The set of that name; undefined for a name that is none of ours. */
export function setOfName(name: string): PrefixSet | undefined {
  const [, family, bits] = /^ip([46])_(\d{1,3})$/.exec(name) ?? [];
  if (family === undefined || bits === undefined) return undefined;
  const [length, lengthMax] = [Number(bits), family === "4" ? 32 : 128];
  return length <= lengthMax && setOf({ family: family === "4" ? 4 : 6, bits: length }).name === name
    ? { name, family: family === "4" ? 4 : 6, bits: length }
    : undefined;
}

/** The lines that make the table afresh, with these sets, whatever stood in its place. */
export function tableLines(layout: Layout, sets: readonly PrefixSet[]): string[] {
  const { table, hook, priority } = layout;
  return [
    // To add first makes the deletion of a table that is not there no error.
    `add table inet ${table}`,
    `delete table inet ${table}`,
    `add table inet ${table}`,
    `add chain inet ${table} ${CHAIN} { type filter hook ${hook} priority ${priority}; policy accept; }`,
    ...sets.flatMap((set) => setLines(layout, set)),
  ];
}

/** The lines that add a set and the rule that looks into it. */
export function setLines({ table, sizeMax }: Layout, set: PrefixSet): string[] {
  const protocol = set.family === 4 ? "ip" : "ip6";
  const mask = isWhole(set) ? "" : ` & ${maskOf(set)}`;
  return [
    `add set inet ${table} ${set.name} { type ipv${set.family}_addr; flags timeout; size ${sizeMax}; }`,
    `add rule inet ${table} ${CHAIN} ${protocol} saddr${mask} @${set.name} counter drop`,
  ];
}

/** What `nft --json --terse list table` gives, as far as it matters, in one text a part: equal texts are equal parts. */
export function partsOf(layout: Layout, listed: unknown): ReadonlySet<string> {
  const objects =
    typeof listed === "object" && listed !== null && "nftables" in listed && Array.isArray(listed.nftables) ? listed.nftables : [];
  return new Set(objects.flatMap((object: unknown) => partOf(layout, object)));
}

/** The parts that must be there for these sets. */
export function partsWanted(layout: Layout, sets: readonly PrefixSet[]): Set<string> {
  const { table, hook, priority, sizeMax } = layout;
  return new Set([
    JSON.stringify({ chain: { table, name: CHAIN, type: "filter", hook, prio: priority, policy: "accept" } }),
    ...sets.flatMap((set) => [
      JSON.stringify({ set: { table, name: set.name, type: `ipv${set.family}_addr`, size: sizeMax, flags: ["timeout"] } }),
      JSON.stringify({ rule: { table, chain: CHAIN, expr: exprOf(set) } }),
    ]),
  ]);
}

/** The name of the set that a part declares. */
export function setOfPart(part: string): PrefixSet | undefined {
  const [, name] = /^\{"set":\{"table":"[^"]*","name":"([^"]*)"/.exec(part) ?? [];
  return name === undefined ? undefined : setOfName(name);
}

function partOf({ table }: Layout, object: unknown): string[] {
  if (typeof object !== "object" || object === null) return [];
  const [[kind, content] = ["", undefined]] = Object.entries(object);
  if (kind === "metainfo" || kind === "table" || typeof content !== "object" || content === null) return [];
  const { name, type, hook, prio, policy, size, flags, chain, expr } = content as Record<string, unknown>;
  if (kind === "chain") return [JSON.stringify({ chain: { table, name, type, hook, prio, policy } })];
  if (kind === "set") return [JSON.stringify({ set: { table, name, type, size, flags } })];
  if (kind === "rule") return [JSON.stringify({ rule: { table, chain, expr: withoutCounters(expr) } })];
  return [JSON.stringify({ [kind]: { table, name } })];
}

function withoutCounters(expr: unknown): unknown {
  if (!Array.isArray(expr)) return expr;
  return expr.map((part: unknown) => (typeof part === "object" && part !== null && "counter" in part ? { counter: null } : part));
}

function exprOf(set: PrefixSet): unknown {
  const payload = { payload: { protocol: set.family === 4 ? "ip" : "ip6", field: "saddr" } };
  const left = isWhole(set) ? payload : { "&": [payload, maskOf(set)] };
  return [{ match: { op: "==", left, right: `@${set.name}` } }, { counter: null }, { drop: null }];
}

function isWhole({ family, bits }: PrefixSet): boolean {
  return bits === (family === 4 ? 32 : 128);
}

/** As `nft` writes it: `255.255.255.0`, `ffff:ffff:ffff:ffff::`. */
function maskOf({ family, bits }: PrefixSet): string {
  const ones = parseCidr(`${family === 4 ? "255.255.255.255" : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}/${bits}`);
  return ones?.address ?? "";
}

const CHAIN = "blocked";
