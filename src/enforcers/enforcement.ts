import type { Blocks, EnforcementPoint } from "../blocks/index.ts";
import type { Enforcer, EnforcerChange, WantedBlock } from "../component/index.ts";
import { type ItemState, Keeper, type KeeperPace, type KeeperStatus, type Place } from "../keep/index.ts";
import type { Clock, Counters, Log, Steps } from "../kit/index.ts";

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

  constructor(options: EnforcementOptions) {
    const { name, enforcer, blocks, log, dryRun = false } = options;
    this.name = name;
    this.#enforcer = enforcer;
    this.#isDryRun = dryRun;
    this.#keeper = new Keeper({
      ...options,
      place: dryRun ? rehearsed(name, enforcer, log) : enforcer,
      naming: { keyOf: ({ cidr }) => cidr, priorityOf: ({ priority }) => priority, keysOf: ({ cidrs }) => cidrs },
      wanted: (keys) => wantedOf(blocks, keys),
      passed: () => blocks.observed(),
    });
    this.#detach = [dryRun ? () => {} : blocks.attach(this), blocks.onChange((cidrs) => this.#keeper.poke(cidrs))];
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

  /** Resolves when what was decided so far has been tried there. */
  async settled(): Promise<void> {
    await this.#keeper.settled();
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

function wantedOf(blocks: Blocks, keys?: ReadonlySet<string>): WantedBlock[] {
  const found = keys === undefined ? blocks.inForce() : [...keys].flatMap((cidr) => blocks.byText(cidr) ?? []);
  return Array.from(found, ({ cidr, untilMs, priority }) => ({ cidr, untilMs, priority }));
}
