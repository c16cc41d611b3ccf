import type { Blocks, EnforcementPoint } from "../blocks/index.ts";
import type { Enforcer, EnforcerChange, WantedBlock } from "../component/index.ts";
import { type Fit, type ItemState, Keeper, type KeeperPace, type KeeperStatus, type Naming, type Place, shareOf } from "../keep/index.ts";
import { type Clock, type Counters, type Log, parseCidr, type Steps } from "../kit/index.ts";
import { fitMerged } from "./merging.ts";

/** What holds an enforcer to the block list. */
export interface EnforcementOptions {
  /** Where it stands in the settings: `enforcers[0] (table)`. */
  readonly name: string;
  readonly enforcer: Enforcer;
  readonly blocks: Blocks;
  readonly clock: Clock;
  readonly steps: Steps;
  readonly log: Log;
  readonly counters: Counters;
  readonly pace?: Partial<KeeperPace>;
  /** Says in the log what it would change, and changes nothing. Blocks are then not said to be enforced there, nor that they are not. */
  readonly dryRun?: boolean;
}

/**
 * Holds one enforcer to the block list for as long as it is open: at once when the list changes, and on a timer whatever happens. The
 * block list tells from it how each block stands there.
 */
export class Enforcement implements EnforcementPoint {
  readonly name: string;
  readonly #enforcer: Enforcer;
  readonly #keeper: Keeper<WantedBlock, unknown, EnforcerChange>;
  readonly #detach: readonly (() => void)[];
  readonly #isDryRun: boolean;
  readonly #blocks: Blocks;
  /** Some blocks are left outside there, or stand as a prefix: a change of one is a change of others. */
  #isCrowded = false;

  constructor(options: EnforcementOptions) {
    const { name, enforcer, blocks, log, dryRun = false } = options;
    this.name = name;
    this.#enforcer = enforcer;
    this.#isDryRun = dryRun;
    this.#blocks = blocks;
    this.#keeper = new Keeper({
      ...options,
      place: this.#merging(dryRun ? rehearsed(name, enforcer, log) : enforcer),
      naming: NAMING,
      wanted: (keys) => wantedOf(blocks, keys),
      passed: () => blocks.observed(),
    });
    this.#detach = [dryRun ? () => {} : blocks.attach(this), blocks.onChange((cidrs) => this.#changed(cidrs))];
    this.#keeper.poke();
  }

  stateOf(cidr: string): ItemState | undefined {
    return this.#keeper.stateOf(cidr);
  }

  status(): KeeperStatus {
    const status = this.#keeper.status();
    if (!this.#isDryRun) return status;
    return { ...status, counts: { enforced: 0, pending: status.counts.enforced, over_capacity: status.counts.over_capacity, failed: 0 } };
  }

  /** Looks at all of the place soon, as the timer does. */
  refresh(): void {
    this.#keeper.poke();
  }

  /** Resolves when what was decided so far has been tried there. */
  async settled(): Promise<void> {
    await this.#keeper.settled();
  }

  #changed(cidrs: readonly string[]): void {
    const { capacity } = this.#enforcer;
    const isShort = capacity !== undefined && this.#blocks.size > capacity;
    if (this.#isCrowded || isShort) this.#keeper.poke();
    else if (cidrs.length > 0) this.#keeper.poke(cidrs);
  }

  /** The same place, in which neighbours are merged where room is short. */
  #merging(place: Place<WantedBlock, unknown, EnforcerChange>): Place<WantedBlock, unknown, EnforcerChange> {
    const fit = (wanted: readonly WantedBlock[], observed: unknown): Fit<WantedBlock> => {
      const { policy, protection } = this.#blocks.rules;
      const exempt = (this.#enforcer.exempt?.(observed) ?? []).flatMap((text) => parseCidr(text) ?? []);
      const fitted = fitMerged(wanted, (some) => place.fit?.(some, observed) ?? shareOf(some, place.capacity, NAMING), {
        ipv4Bits: policy.mergeIpv4Bits,
        ipv6Bits: policy.mergeIpv6Bits,
        isRoomShared: place.fit === undefined,
        isProtected: (cidr) => protection.whyNot(cidr) !== undefined || exempt.some((other) => other.overlaps(cidr)),
      });
      this.#isCrowded = fitted.beyond.size + fitted.covered.size > 0;
      return fitted;
    };
    return {
      get capacity() {
        return place.capacity;
      },
      observe: async () => place.observe(),
      ...(place.observeOnly === undefined ? {} : { observeOnly: async (cidrs: readonly string[]) => place.observeOnly!(cidrs) }),
      fit,
      plan: (wanted, observed) => place.plan(wanted, observed),
      apply: async (change) => place.apply(change),
    };
  }

  /** Ends the keeping; what is enforced stays so. */
  async close(): Promise<void> {
    for (const detach of this.#detach) detach();
    await this.#keeper.close();
    await this.#enforcer.close();
  }
}

/** The same place, at which nothing is changed: what is missing is said once, and counts as done. */
function rehearsed(name: string, enforcer: Enforcer, log: Log): Place<WantedBlock, unknown, EnforcerChange> {
  let said = new Set<string>();
  return {
    capacity: enforcer.capacity,
    observe: async () => enforcer.observe(),
    ...(enforcer.fit === undefined ? {} : { fit: (wanted, observed) => enforcer.fit!(wanted, observed) }),
    plan: (wanted, observed) => {
      const sentences = enforcer.plan(wanted, observed).map(({ sentence }) => sentence);
      for (const sentence of sentences) if (!said.has(sentence)) log.info(`${name}: dry run, it would ${sentence}.`);
      said = new Set(sentences);
      return [];
    },
    apply: async () => {},
  };
}

/** What a keeper must know of blocks. */
const NAMING: Naming<WantedBlock, EnforcerChange> = {
  keyOf: ({ cidr }) => cidr,
  priorityOf: ({ priority }) => priority,
  keysOf: ({ cidrs }) => cidrs,
};

function wantedOf(blocks: Blocks, keys?: ReadonlySet<string>): WantedBlock[] {
  const found = keys === undefined ? blocks.inForce() : [...keys].flatMap((cidr) => blocks.byText(cidr) ?? []);
  return Array.from(found, ({ cidr, untilMs, priority }) => ({ cidr, untilMs, priority }));
}
