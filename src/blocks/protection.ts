import { AddressRanges, type Cidr, HotakaError, parseCidr } from "../kit/index.ts";

/** Whoever knows what is never blocked. */
export interface Protects {
  /** What protects `cidr` or a part of it, as a sentence without its full stop; undefined when nothing does. */
  whyNot(cidr: Cidr): string | undefined;
}

/** Addresses that are never blocked, and why each is not. */
export class Protection implements Protects {
  readonly #entries: readonly { readonly cidr: Cidr; readonly why: string }[];
  readonly #ranges: AddressRanges;

  /**
   * @param neverBlock addresses and prefixes of the never-block list
   * @param own addresses of this machine; those that are no addresses (zone ids) are left out: link-local ones are protected anyway
   * @param others more of them, each with its reason
   */
  constructor(
    neverBlock: readonly Cidr[],
    own: readonly string[] = [],
    others: readonly { readonly cidr: Cidr; readonly why: string }[] = [],
  ) {
    const ownCidrs = own.flatMap((text) => parseCidr(text) ?? []);
    this.#entries = [
      ...neverBlock.map((cidr) => ({ cidr, why: `${cidr.shown} is on the never-block list` })),
      ...ownCidrs.map((cidr) => ({ cidr, why: `${cidr.shown} is an address of this machine` })),
      ...others,
      ...NEVER_PUBLIC,
    ];
    this.#ranges = new AddressRanges(this.#entries.map(({ cidr }) => cidr));
  }

  whyNot(cidr: Cidr): string | undefined {
    if (!this.#ranges.overlaps(cidr)) return undefined;
    return this.#entries.find((entry) => entry.cidr.overlaps(cidr))?.why;
  }
}

/** Reads the never-block list of the settings. Throws HOTAKA_CONFIG_INVALID at the first entry that is neither address nor prefix. */
export function parseNeverBlock(entries: readonly string[]): Cidr[] {
  return entries.map((text, index) => {
    const cidr = parseCidr(text);
    if (cidr !== undefined) return cidr;
    throw new HotakaError(
      "HOTAKA_CONFIG_INVALID",
      `never_block[${index}]: "${text.slice(0, 60)}" was found; an address or a prefix such as 192.0.2.10 or 2001:db8:feed::/48 was wanted.`,
    );
  });
}

/**
 * What is not on the public internet, or is not one host there: to block it would cut off the machine, its neighbours, its routers or the
 * health checks of its cloud. The
 * ranges for documentation (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32) are not among them: nothing there can be hurt.
 * @see Google Cloud, "Health checks overview", probe IP ranges; Azure, "What is IP address 168.63.129.16?"
 * @see IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890)
 */
const NEVER_PUBLIC = (
  [
    ["0.0.0.0/8", "it is the unspecified network"],
    ["10.0.0.0/8", "it is private (RFC 1918)"],
    ["100.64.0.0/10", "it is shared address space (RFC 6598)"],
    ["127.0.0.0/8", "it is loopback"],
    ["169.254.0.0/16", "it is link-local"],
    ["172.16.0.0/12", "it is private (RFC 1918)"],
    ["192.168.0.0/16", "it is private (RFC 1918)"],
    ["224.0.0.0/4", "it is multicast"],
    ["35.191.0.0/16", "load balancers and health checks of Google Cloud come from there"],
    ["130.211.0.0/22", "load balancers and health checks of Google Cloud come from there"],
    ["168.63.129.16/32", "health checks of Azure come from there"],
    ["255.255.255.255/32", "it is the broadcast address"],
    ["::/128", "it is the unspecified address"],
    ["::1/128", "it is loopback"],
    ["fc00::/7", "it is unique-local (RFC 4193)"],
    ["fe80::/10", "it is link-local"],
    ["ff00::/8", "it is multicast"],
  ] as const
).flatMap(([text, what]) => {
  const cidr = parseCidr(text);
  return cidr === undefined ? [] : [{ cidr, why: `${text} is never blocked: ${what}` }];
});
