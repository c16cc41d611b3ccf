import { type Cidr, type Clock, type Counter, type Counters, type Log, messageOf, parseAddress, type Steps } from "../kit/index.ts";
import { AddressBook } from "./address_book.ts";
import type { NameService } from "./name_service.ts";
import type { TrustedSuffix } from "./never_block.ts";

export interface ReverseDnsOptions {
  readonly service: NameService;
  readonly clock: Clock;
  readonly steps: Steps;
  readonly log: Log;
  readonly counters: Counters;
  /** Told of the addresses that are protected anew. */
  readonly found: (cidrs: readonly Cidr[]) => void;
}

/**
 * Finds out whether an address is who its reverse name says. Anybody can give his addresses the reverse name of a crawler; the name's own
 * addresses only its owner sets. So the name must end in a trusted suffix and lead back to the address. Asking goes on beside everything
 * else, an address once in a while, and neither what waits nor what is remembered is without a bound.
 * @see Google, "Verify requests from Google crawlers and fetchers"
 */
export class ReverseDns {
  readonly #options: ReverseDnsOptions;
  #suffixes: readonly TrustedSuffix[] = [];
  readonly #book = new AddressBook();
  /** When each address was last asked about, the longest ago first, and whether it was verified. */
  readonly #asked = new Map<string, { readonly atMs: number; readonly isVerified: boolean }>();
  #waiting: Cidr[] = [];
  #running = 0;
  readonly #counts: Readonly<Record<"verified" | "unverified" | "failed" | "dropped", Counter>>;

  constructor(options: ReverseDnsOptions) {
    this.#options = options;
    const count = (outcome: string): Counter =>
      options.counters.counter("never_block_checks", "Addresses whose reverse name was looked at, by what it said.", { outcome });
    this.#counts = { verified: count("verified"), unverified: count("unverified"), failed: count("failed"), dropped: count("dropped") };
  }

  /** Trusts names that end so, and no others, from now on. What was found by other suffixes is forgotten. */
  configure(suffixes: readonly TrustedSuffix[]): void {
    if (JSON.stringify(suffixes) === JSON.stringify(this.#suffixes)) return;
    this.#suffixes = suffixes;
    this.#waiting = [];
    for (const address of this.#asked.keys()) this.#forget(address);
  }

  /** Asks about an address that was blocked, unless that was done lately. Returns at once. */
  ask(cidr: Cidr): void {
    if (this.#suffixes.length === 0 || !cidr.isAddress || this.#isFresh(cidr)) return;
    if (this.#waiting.length >= WAITING_MAX) return this.#counts.dropped.add();
    this.#waiting.push(cidr);
    this.#go();
  }

  whyNot(cidr: Cidr): string | undefined {
    const found = this.#book.find(cidr);
    if (found === undefined) return undefined;
    const asked = this.#asked.get(found.cidr.address);
    const ageMs = this.#options.clock.nowMs() - (asked?.atMs ?? Number.NEGATIVE_INFINITY);
    if (ageMs > VERIFIED_MS_MAX) {
      this.#forget(found.cidr.address);
      return undefined;
    }
    // It is looked at again while what is known of it still holds.
    this.ask(found.cidr);
    return found.why;
  }

  #isFresh(cidr: Cidr): boolean {
    const asked = this.#asked.get(cidr.address);
    if (asked === undefined) return false;
    return this.#options.clock.nowMs() - asked.atMs < (asked.isVerified ? VERIFIED_AGAIN_MS : UNVERIFIED_AGAIN_MS);
  }

  #go(): void {
    const { steps, log } = this.#options;
    while (this.#running < AT_ONCE && this.#waiting.length > 0 && !steps.stopping) {
      const cidr = this.#waiting.pop()!;
      if (this.#isFresh(cidr)) continue;
      this.#running++;
      steps
        .run("never_block: reverse name", async () => this.#check(cidr, this.#suffixes))
        .catch((thrown: unknown) => {
          this.#counts.failed.add();
          log.debug(`never_block: the reverse name of ${cidr.address} could not be found out: ${messageOf(thrown)}`);
        })
        .finally(() => {
          this.#running--;
          this.#go();
        });
    }
  }

  async #check(cidr: Cidr, suffixes: readonly TrustedSuffix[]): Promise<void> {
    const { log, found } = this.#options;
    const name = await this.#trustedName(cidr, suffixes);
    if (suffixes !== this.#suffixes) return;
    this.#remember(cidr, name !== undefined);
    if (name === undefined) {
      this.#counts.unverified.add();
      this.#book.delete(cidr);
      return;
    }
    this.#counts.verified.add();
    if (!this.#book.add(cidr, `${cidr.address} is ${name.name}, a host of ${name.owner}`)) return;
    log.info(`never_block: ${cidr.address} is ${name.name}, a host of ${name.owner}, and is not blocked.`);
    found([cidr]);
  }

  async #trustedName(
    cidr: Cidr,
    suffixes: readonly TrustedSuffix[],
  ): Promise<{ readonly name: string; readonly owner: string } | undefined> {
    const { service } = this.#options;
    const names = (await service.reverse(cidr.address)).slice(0, NAMES_MAX).map((name) => name.toLowerCase().replace(/\.$/, ""));
    for (const name of names) {
      const trusted = suffixes.find(({ suffix }) => name.endsWith(suffix) && /^[a-z0-9.-]{1,253}$/.test(name));
      if (trusted === undefined) continue;
      const { addresses } = await service.resolve(name);
      if (addresses.some((address) => parseAddress(address)?.equals(cidr) === true)) return { name, owner: trusted.owner };
    }
    return undefined;
  }

  #remember(cidr: Cidr, isVerified: boolean): void {
    const { address } = cidr;
    this.#asked.delete(address);
    this.#asked.set(address, { atMs: this.#options.clock.nowMs(), isVerified });
    if (this.#asked.size <= REMEMBERED_MAX) return;
    for (const oldest of this.#asked.keys()) return this.#forget(oldest);
  }

  #forget(address: string): void {
    const cidr = parseAddress(address);
    if (cidr !== undefined) this.#book.delete(cidr);
    this.#asked.delete(address);
  }
}

const AT_ONCE = 16;
/** Those that were blocked last are asked about first. */
const WAITING_MAX = 10_000;
const REMEMBERED_MAX = 100_000;
const NAMES_MAX = 10;
const UNVERIFIED_AGAIN_MS = 3_600_000;
const VERIFIED_AGAIN_MS = 12 * 3_600_000;
const VERIFIED_MS_MAX = 7 * 86_400_000;
