import {
  defineEnforcer,
  type Enforcer,
  type EnforcerChange,
  type EnforcerContext,
  type EnforcerMemory,
  type FittedBlocks,
  type WantedBlock,
} from "../../component/index.ts";
import { parseCidr } from "../../kit/index.ts";
import { type AwsSettings, awsShape } from "../aws_client.ts";
import { type IpSetName, type IpSets, openIpSets } from "./ip_sets.ts";

interface IpSetConfig extends AwsSettings {
  readonly ipv4?: IpSetName | undefined;
  readonly ipv6?: IpSetName | undefined;
  readonly scope: "regional" | "cloudfront";
}

/** Holds what is blocked in IP sets of AWS WAF, before load balancers and CloudFront. */
export const awsWafIpSet = defineEnforcer<IpSetConfig>({
  name: "aws_waf_ip_set",
  summary:
    "Holds what is blocked in IP sets of AWS WAF, 10,000 a family: for load balancers and CloudFront, and for what a network ACL has no room for.",
  undo: "Once it is out of the settings, `aws wafv2 update-ip-set` takes its addresses out of the sets.",
  config: (z) => {
    const set = (family: string) =>
      z
        .strictObject({
          name: z
            .string()
            .regex(/^[\w-]{1,128}$/, "the name of an IP set was wanted.")
            .describe("Its name."),
          id: z
            .string()
            .regex(/^[0-9a-z-]{1,36}$/i, "the id of an IP set was wanted.")
            .describe("Its id, as `aws wafv2 list-ip-sets` shows it."),
        })
        .optional()
        .describe(`The set of ${family} addresses, which a rule of the web ACL blocks. Without it ${family} is left out.`);
    return z
      .strictObject({
        ipv4: set("IPv4"),
        ipv6: set("IPv6"),
        scope: z
          .enum(["regional", "cloudfront"])
          .default("regional")
          .describe("regional: load balancers and APIs. cloudfront: distributions."),
        ...awsShape(z),
      })
      .refine(
        ({ ipv4, ipv6 }) => ipv4 !== undefined || ipv6 !== undefined,
        "neither ipv4 nor ipv6 was found; a set of one of them was wanted.",
      );
  },
  examples: [
    {
      ipv4: { name: "hotaka-ipv4", id: "a1b2c3d4-5678-90ab-cdef-EXAMPLE11111" },
      ipv6: { name: "hotaka-ipv6", id: "a1b2c3d4-5678-90ab-cdef-EXAMPLE22222" },
    },
  ],
  open: async (config, context) => new IpSetEnforcer(config, context, await openIpSets(config)),
});

/** What one set holds, in canonical CIDRs. */
interface ObservedSet {
  readonly family: 4 | 6;
  readonly own: ReadonlySet<string>;
  readonly foreign: ReadonlySet<string>;
}

interface IpSetChange extends EnforcerChange {
  readonly family: 4 | 6;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

class IpSetEnforcer implements Enforcer<readonly ObservedSet[], IpSetChange> {
  /** What fits depends on the family; `fit` tells it. */
  readonly capacity = undefined;
  readonly #sets: ReadonlyMap<4 | 6, IpSetName>;
  readonly #calls: IpSets;
  readonly #memory: EnforcerMemory;

  constructor({ ipv4, ipv6 }: IpSetConfig, { memory }: EnforcerContext, calls: IpSets) {
    const named: [4 | 6, IpSetName | undefined][] = [
      [4, ipv4],
      [6, ipv6],
    ];
    this.#sets = new Map(named.flatMap(([family, set]): [4 | 6, IpSetName][] => (set === undefined ? [] : [[family, set]])));
    this.#calls = calls;
    this.#memory = memory;
  }

  async observe(): Promise<ObservedSet[]> {
    const observed: ObservedSet[] = [];
    for (const [family, set] of this.#sets) {
      const there = (await this.#calls.read(set)).map(canonical);
      const kept = this.#ownOf(set);
      const own = new Set(there.filter((cidr) => kept.has(cidr)));
      // What somebody took out is no longer ours, so that it stays when he puts it back as his.
      if (own.size !== kept.size) this.#remember(set, own);
      observed.push({ family, own, foreign: new Set(there.filter((cidr) => !own.has(cidr))) });
    }
    return observed;
  }

  fit(wanted: readonly WantedBlock[], observed: readonly ObservedSet[]): FittedBlocks {
    const beyond = new Map<string, string>();
    const room = new Map(observed.map(({ family, foreign }) => [family, Math.max(0, ADDRESSES_MAX - foreign.size)]));
    const foreign = new Set(observed.flatMap((set) => [...set.foreign]));
    for (const { cidr } of wanted.toSorted((a, b) => b.priority - a.priority)) {
      const family = familyOf(cidr);
      const left = room.get(family);
      if (left === undefined) beyond.set(cidr, `no set for IPv${family} is named in the settings`);
      else if (foreign.has(cidr)) continue;
      else if (left > 0) room.set(family, left - 1);
      else beyond.set(cidr, `IP set ${this.#sets.get(family)?.name ?? ""} has no room: AWS WAF takes ${ADDRESSES_MAX} addresses in a set`);
    }
    return { within: wanted.filter(({ cidr }) => !beyond.has(cidr)), beyond, covered: new Map() };
  }

  plan(wanted: readonly WantedBlock[], observed: readonly ObservedSet[]): IpSetChange[] {
    return observed.flatMap(({ family, own, foreign }) => {
      const cidrs = new Set(wanted.flatMap(({ cidr }) => (familyOf(cidr) === family ? [cidr] : [])));
      const added = [...cidrs].filter((cidr) => !own.has(cidr) && !foreign.has(cidr));
      const removed = [...own].filter((cidr) => !cidrs.has(cidr));
      if (added.length + removed.length === 0) return [];
      const parts = [...(added.length > 0 ? [`add ${shown(added)}`] : []), ...(removed.length > 0 ? [`remove ${shown(removed)}`] : [])];
      const sentence = `${parts.join(", ")} in IP set ${this.#sets.get(family)?.name ?? ""}`;
      return [{ family, added, removed, cidrs: [...added, ...removed], sentence }];
    });
  }

  async apply({ family, added, removed }: IpSetChange): Promise<void> {
    const set = this.#sets.get(family);
    if (set === undefined) return;
    const own = this.#ownOf(set);
    const going = new Set(removed.filter((cidr) => own.has(cidr)));
    // Written down first: an address whose addition we did not live to see is known as ours.
    let fresh: string[] = [];
    await this.#calls.change(set, (addresses) => {
      const there = new Set(addresses.map(canonical));
      fresh = added.filter((cidr) => !there.has(cidr));
      this.#remember(set, new Set([...own, ...fresh]));
      return [...[...there].filter((cidr) => !going.has(cidr)), ...fresh];
    });
    this.#remember(set, new Set([...own, ...fresh].filter((cidr) => !going.has(cidr))));
  }

  /** What is blocked stays so. */
  async close(): Promise<void> {}

  #ownOf(set: IpSetName): ReadonlySet<string> {
    const kept = this.#memory.get(keyOf(set));
    return new Set(Array.isArray(kept) ? kept.map(String) : []);
  }

  #remember(set: IpSetName, own: ReadonlySet<string>): void {
    this.#memory.set(keyOf(set), [...own]);
  }
}

function keyOf({ id }: IpSetName): string {
  return `aws_waf_ip_set ${id}`;
}

function familyOf(cidr: string): 4 | 6 {
  return cidr.includes(":") ? 6 : 4;
}

/** As the list of blocks writes it; what is no prefix is nobody's of ours and stays as it is. */
function canonical(text: string): string {
  return parseCidr(text)?.toString() ?? text;
}

function shown(cidrs: readonly string[]): string {
  return cidrs.length <= 3 ? cidrs.join(", ") : `${cidrs.slice(0, 3).join(", ")} and ${cidrs.length - 3} more`;
}

/** @see AWS WAF quotas, "Maximum number of IP addresses in a single IP set" */
const ADDRESSES_MAX = 10_000;
