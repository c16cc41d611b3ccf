import { parseNeverBlock, Protection, type Protects } from "../blocks/index.ts";
import type { Cidr, Clock, Counters, Log, Steps } from "../kit/index.ts";
import { messageOf, parseAddress, parseCidr } from "../kit/index.ts";
import { readAwsIpRanges, versionOf } from "./aws_ip_ranges.ts";
import type { NameService } from "./name_service.ts";
import { type NameMemory, Names } from "./names.ts";
import type { AwsIpRanges, NeverBlock } from "./never_block.ts";
import { Operators } from "./operators.ts";
import { ReverseDns } from "./reverse_dns.ts";

export interface LiveProtectionOptions {
  readonly service: NameService;
  readonly memory: NameMemory;
  readonly clock: Clock;
  readonly steps: Steps;
  readonly log: Log;
  readonly counters: Counters;
  /** The addresses of this machine, as they are now. */
  readonly ownAddresses: () => readonly string[];
  /** Where the person sits who started the daemon, who is protected as long as it runs; empty when nobody knows. */
  readonly startedFrom: string;
}

/**
 * Who is not blocked now: what the settings list, this machine, private ranges, the addresses that names have, verified hosts, and where
 * operators sit. It changes while the daemon runs, and whoever holds blocks hears of it, because allow beats block at once.
 */
export class LiveProtection implements Protects {
  readonly operators: Operators;
  readonly #options: LiveProtectionOptions;
  readonly #names: Names;
  readonly #reverse: ReverseDns;
  #fixed = new Protection([]);
  #prefixes: readonly Cidr[] = [];
  #ranges: readonly LoadedRanges[] = [];
  #own = "";
  #listener: (cidrs: readonly Cidr[] | undefined) => void = () => {};

  constructor(options: LiveProtectionOptions) {
    this.#options = options;
    const parts = { ...options, found: (cidrs: readonly Cidr[]) => this.#listener(cidrs) };
    this.#names = new Names(parts);
    this.#reverse = new ReverseDns(parts);
    this.operators = new Operators(parts);
  }

  /**
   * Protects as the settings say from now on. Resolves when each name has been asked for. Throws HOTAKA_CONFIG_INVALID, with everything as
   * it was, when a file of ranges cannot be read.
   */
  async configure(wanted: NeverBlock): Promise<void> {
    const prefixes = parseNeverBlock(wanted.prefixes);
    this.#ranges = await Promise.all(wanted.awsIpRanges.map(async (ranges) => loaded(ranges)));
    this.#prefixes = prefixes;
    this.operators.forMs = wanted.operatorForMs;
    this.#reverse.configure(wanted.suffixes);
    this.#fix();
    await this.#names.configure(wanted.names);
  }

  /** Calls `listener` with what is protected anew; with undefined when that may be anything. One listener. */
  onChange(listener: (cidrs: readonly Cidr[] | undefined) => void): void {
    this.#listener = listener;
  }

  /** An address was blocked as asked: whether it belongs to a host that is trusted by its name is found out beside everything else. */
  blocked(asked: Cidr): void {
    this.#reverse.ask(asked);
  }

  /** As `blocked`, of blocks that stand already. */
  lookAt(blocks: Iterable<{ readonly cidr: string }>): void {
    for (const { cidr } of blocks) {
      const address = parseCidr(cidr);
      if (address !== undefined) this.#reverse.ask(address);
    }
  }

  whyNot(cidr: Cidr): string | undefined {
    return this.#fixed.whyNot(cidr) ?? this.#names.whyNot(cidr) ?? this.operators.whyNot(cidr) ?? this.#reverse.whyNot(cidr);
  }

  /** Looks whether this machine has other addresses, or a file of ranges was changed. */
  async refresh(): Promise<void> {
    const isMoved = this.#options.ownAddresses().join(" ") !== this.#own;
    const ranges = await Promise.all(this.#ranges.map(async (one) => this.#refreshed(one)));
    const isChanged = ranges.some((one, index) => one !== this.#ranges[index]);
    if (!isMoved && !isChanged) return;
    this.#ranges = ranges;
    this.#fix();
    this.#listener(undefined);
  }

  close(): void {
    this.#names.close();
  }

  #fix(): void {
    const own = this.#options.ownAddresses();
    this.#own = own.join(" ");
    const inRanges = this.#ranges.flatMap(({ cidrs, from: { service, file } }) => {
      return cidrs.map((cidr) => ({
        cidr,
        why: `${cidr.shown} is ${service === undefined ? "a range" : `a range of ${service}`} in ${file}`,
      }));
    });
    const starter = parseAddress(this.#options.startedFrom);
    const started = starter === undefined ? [] : [{ cidr: starter, why: `${starter.shown} is where the daemon was started from` }];
    this.#fixed = new Protection(this.#prefixes, own, [...started, ...inRanges]);
  }

  /** A file that is gone or broken is what it was: to protect too much for a while is the lesser evil. */
  async #refreshed(known: LoadedRanges): Promise<LoadedRanges> {
    const { from, version } = known;
    if ((await versionOf(from.file)) === version) return known;
    try {
      return await loaded(from);
    } catch (thrown) {
      this.#options.log.warn(`${messageOf(thrown)} What it held before is still protected.`);
      return { ...known, version: await versionOf(from.file) };
    }
  }
}

interface LoadedRanges {
  readonly from: AwsIpRanges;
  readonly version: string | undefined;
  readonly cidrs: readonly Cidr[];
}

async function loaded(from: AwsIpRanges): Promise<LoadedRanges> {
  const version = await versionOf(from.file);
  return { from, version, cidrs: await readAwsIpRanges(from) };
}
