import type { Blocks, EnforcementPoint } from "../blocks/index.ts";
import type { Enforcer, EnforcerChange, WantedBlock } from "../component/index.ts";
import { type ItemState, Keeper, type KeeperPace, type KeeperStatus } from "../keep/index.ts";
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

  constructor(options: EnforcementOptions) {
    const { name, enforcer, blocks } = options;
    this.name = name;
    this.#enforcer = enforcer;
    this.#keeper = new Keeper({
      ...options,
      place: enforcer,
      naming: { keyOf: ({ cidr }) => cidr, priorityOf: ({ priority }) => priority, keysOf: ({ cidrs }) => cidrs },
      wanted: () => wantedOf(blocks),
      passed: () => blocks.observed(),
    });
    this.#detach = [blocks.attach(this), blocks.onChange(() => this.#keeper.poke())];
    this.#keeper.poke();
  }

  stateOf(cidr: string): ItemState | undefined {
    return this.#keeper.stateOf(cidr);
  }

  status(): KeeperStatus {
    return this.#keeper.status();
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

function wantedOf(blocks: Blocks): WantedBlock[] {
  return Array.from(blocks.inForce(), ({ cidr, untilMs, priority }) => ({ cidr, untilMs, priority }));
}
