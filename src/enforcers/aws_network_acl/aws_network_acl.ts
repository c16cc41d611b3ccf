import {
  defineEnforcer,
  type Enforcer,
  type EnforcerContext,
  type EnforcerMemory,
  type FittedBlocks,
  type WantedBlock,
} from "../../component/index.ts";
import { assert, type Cidr, type Clock, HotakaError, type Log, messageOf, parseCidr } from "../../kit/index.ts";
import { type AwsSettings, awsShape } from "../aws_client.ts";
import { type Acl, allowAbove, type Band, isOwn, NUMBER_MAX, numbersOf, rulesOf } from "./acl.ts";
import { type NetworkAcls, openNetworkAcls, QuotaFull } from "./network_acls.ts";
import { place, wantedOf } from "./placement.ts";
import { type AclChange, planAcl } from "./planning.ts";

interface AclConfig extends AwsSettings {
  readonly network_acl_id: readonly string[];
  readonly rule_numbers: readonly [number, number];
  readonly adopt_band: boolean;
}

/** Denies what is blocked in network ACLs of AWS, at the edge of their subnets. */
export const awsNetworkAcl = defineEnforcer<AclConfig>({
  name: "aws_network_acl",
  summary: "Denies what is blocked in network ACLs of AWS, at the edge of their subnets: 18 blocks a family unless the quota is raised.",
  undo: "Once it is out of the settings, `aws ec2 delete-network-acl-entry --ingress --network-acl-id ID --rule-number N` removes a deny of its band.",
  config: (z) => {
    const id = z.string().regex(/^acl-[0-9a-f]{8,17}$/, "the id of a network ACL was wanted, such as acl-77527b1f.");
    const number = z.int().min(1).max(NUMBER_MAX);
    return z.strictObject({
      network_acl_id: z
        .union([id, z.array(id).min(1).max(50)])
        .transform((ids) => (typeof ids === "string" ? [ids] : ids))
        .describe("The network ACL of the subnets to protect, or several that are to hold the same blocks."),
      rule_numbers: z
        .tuple([number, number])
        .refine(([first, last]) => first <= last, "the first number was wanted first.")
        .default([1, 99])
        .describe("First and last rule number for blocks. They must be below the rule that allows: AWS stops at the first that fits."),
      adopt_band: z
        .boolean()
        .default(false)
        .describe("Takes every deny of all protocols in rule_numbers for its own, also those that it has not put there."),
      ...awsShape(z),
    });
  },
  examples: [
    { network_acl_id: "acl-77527b1f" },
    { network_acl_id: ["acl-77527b1f", "acl-0a1b2c3d4e5f60718"], rule_numbers: [1, 49], region: "ap-northeast-1" },
  ],
  open: async (config, context) => new AclEnforcer(config, context, await openNetworkAcls(config)),
});

type Observed = readonly Acl[];

class AclEnforcer implements Enforcer<Observed, AclChange> {
  /** What fits is known when the ACLs have been read; `fit` tells it by family. */
  readonly capacity = undefined;
  readonly #ids: readonly string[];
  readonly #band: Band;
  readonly #calls: NetworkAcls;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #claims: Claims;
  #quota: { readonly rules: number; readonly readMs: number } | undefined;
  /** The rules that an ACL had of a family when AWS took no more, by `acl-77527b1f 4`, where that was less than the quota promised. */
  readonly #learned = new Map<string, { readonly rules: number; readonly readMs: number }>();

  constructor({ network_acl_id: ids, rule_numbers: [first, last], adopt_band }: AclConfig, context: EnforcerContext, calls: NetworkAcls) {
    this.#ids = ids;
    this.#band = { first, last, isAdopted: adopt_band };
    this.#calls = calls;
    this.#clock = context.clock;
    this.#log = context.log;
    this.#claims = new Claims(context.memory);
  }

  async observe(): Promise<Observed> {
    const quota = await this.#rulesMax();
    const found = await this.#calls.describe(this.#ids);
    return this.#ids.map((id) => {
      const entries = found.get(id);
      if (entries === undefined) throw new HotakaError("HOTAKA_ENFORCER_FAILED", `there is no network ACL ${id} in this region.`);
      // What nobody finds at a claimed number any more is given up, so that a stranger who takes the number later is left alone.
      this.#claims.keep(id, new Set(entries.map(({ number }) => number)));
      return { id, entries, quota: this.#quotaOf(id, quota), claims: this.#claims.of(id) };
    });
  }

  fit(wanted: readonly WantedBlock[], observed: Observed): FittedBlocks {
    const beyond = new Map<string, string>();
    for (const acl of observed) {
      for (const [cidr, why] of place(wantedOf(wanted, parsed), acl, this.#band).beyond) if (!beyond.has(cidr)) beyond.set(cidr, why);
    }
    return { within: wanted.filter(({ cidr }) => !beyond.has(cidr)), beyond, covered: new Map() };
  }

  exempt(observed: Observed): string[] {
    const allows = observed.flatMap((acl) => acl.entries.filter((entry) => entry.action === "allow" && !isOwn(entry, acl, this.#band)));
    return allows.flatMap(({ cidr }) => (cidr.bits === 0 ? [] : [cidr.toString()]));
  }

  plan(wanted: readonly WantedBlock[], observed: Observed): AclChange[] {
    return observed.flatMap((acl) => planAcl(place(wantedOf(wanted, parsed), acl, this.#band), acl, this.#band));
  }

  async apply(change: AclChange): Promise<void> {
    const { kind, aclId, number, cidr } = change;
    if (kind === "delete") {
      await this.#calls.remove(aclId, number);
      this.#claims.release(aclId, number);
    } else if (cidr !== undefined) {
      if (kind === "replace" && (await this.#calls.replace(aclId, number, cidr))) return this.#claims.claim(aclId, number);
      await this.#create(aclId, number, cidr);
    }
  }

  /** What is denied stays so. */
  async close(): Promise<void> {}

  /**
   * To create is to claim: AWS has no other way to say that a number is taken. When it is, the ACL is read again and the next free number
   * tried. The claim is written down first, so that an entry whose creation we did not live to see is known as ours.
   */
  async #create(aclId: string, wished: number, cidr: string): Promise<void> {
    let number: number | undefined = wished;
    for (let attempt = 0; attempt < CLAIMS_MAX && number !== undefined; attempt++) {
      const isOurs = this.#claims.of(aclId).has(number);
      this.#claims.claim(aclId, number);
      try {
        if (await this.#calls.create(aclId, number, cidr)) return;
      } catch (thrown) {
        if (thrown instanceof QuotaFull) await this.#learnQuota(aclId, cidr);
        throw thrown;
      }
      if (!isOurs) this.#claims.release(aclId, number);
      const acl = (await this.observe()).find(({ id }) => id === aclId);
      assert(acl !== undefined, `${aclId} was read and is not there`);
      if (acl.entries.some((entry) => entry.cidr.toString() === cidr && isOwn(entry, acl, this.#band))) return;
      number = freeNumber(acl, this.#band, { wished, limit: allowAbove(parsed(cidr), acl, this.#band) });
    }
    throw new HotakaError(
      "HOTAKA_ENFORCER_FAILED",
      `others take the rule numbers of ${aclId} as fast as they are tried; ${cidr} has none yet.`,
    );
  }

  /** What AWS refuses is full, whatever the quota says: as many as stand there now are as many as it takes for the next hour. */
  async #learnQuota(aclId: string, cidr: string): Promise<void> {
    const entries = (await this.#calls.describe([aclId])).get(aclId) ?? [];
    const { family } = parsed(cidr);
    this.#learned.set(`${aclId} ${family}`, { rules: rulesOf(family, { entries }), readMs: this.#clock.nowMs() });
  }

  #quotaOf(aclId: string, quota: number): Acl["quota"] {
    const of = (family: 4 | 6): number => {
      const learned = this.#learned.get(`${aclId} ${family}`);
      return learned === undefined || this.#clock.nowMs() - learned.readMs >= QUOTA_MS_MAX ? quota : Math.min(quota, learned.rules);
    };
    return { 4: of(4), 6: of(6) };
  }

  /** Read once an hour: it changes when a person has asked AWS for more. */
  async #rulesMax(): Promise<number> {
    const nowMs = this.#clock.nowMs();
    if (this.#quota !== undefined && nowMs - this.#quota.readMs < QUOTA_MS_MAX) return this.#quota.rules;
    try {
      this.#quota = { rules: await this.#calls.quota(), readMs: nowMs };
    } catch (thrown) {
      this.#quota = { rules: QUOTA_OF_EVERYBODY, readMs: nowMs };
      this.#log.warn(`aws_network_acl: ${messageOf(thrown)} It is taken to be ${QUOTA_OF_EVERYBODY}, as AWS gives it to everybody.`);
    }
    return this.#quota.rules;
  }
}

/** The rule numbers that the enforcer has put entries under, by ACL: kept on the disk, for AWS lets nobody sign an entry. */
class Claims {
  readonly #memory: EnforcerMemory;

  constructor(memory: EnforcerMemory) {
    this.#memory = memory;
  }

  of(aclId: string): ReadonlySet<number> {
    const kept = this.#memory.get(keyOf(aclId));
    return new Set(Array.isArray(kept) ? kept.filter((number) => typeof number === "number") : []);
  }

  claim(aclId: string, number: number): void {
    const claims = this.of(aclId);
    if (!claims.has(number)) this.#memory.set(keyOf(aclId), [...claims, number]);
  }

  release(aclId: string, number: number): void {
    this.keep(aclId, this.of(aclId), number);
  }

  /** Gives up all that are not among `numbers`, and `but`. */
  keep(aclId: string, numbers: ReadonlySet<number>, but?: number): void {
    const claims = this.of(aclId);
    const kept = [...claims].filter((number) => numbers.has(number) && number !== but);
    if (kept.length !== claims.size) this.#memory.set(keyOf(aclId), kept);
  }
}

function keyOf(aclId: string): string {
  return `aws_network_acl ${aclId}`;
}

/** The next number at which nothing stands, below `limit`. */
function freeNumber(acl: Acl, band: Band, { wished, limit }: { readonly wished: number; readonly limit: number }): number | undefined {
  const taken = new Set(acl.entries.map(({ number }) => number));
  const free = numbersOf(acl, band).filter((number) => number < limit && !taken.has(number));
  return free.find((number) => number > wished) ?? free[0];
}

/** The list of blocks holds canonical prefixes. */
function parsed(text: string): Cidr {
  const cidr = parseCidr(text);
  assert(cidr !== undefined, `"${text}" was taken for a prefix`);
  return cidr;
}

const CLAIMS_MAX = 5;
const QUOTA_MS_MAX = 3_600_000;
const QUOTA_OF_EVERYBODY = 20;
