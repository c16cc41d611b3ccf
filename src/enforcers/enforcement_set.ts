import type { EnforcerContext, EnforcerDefinition } from "../component/index.ts";
import type { KeeperStatus } from "../keep/index.ts";
import { Enforcement, type EnforcementOptions } from "./enforcement.ts";

/** An enforcer as the settings declare it. */
export interface WantedEnforcer<Context extends EnforcerContext> {
  /** Where it stands in the settings: `enforcers[0] (table)`. */
  readonly name: string;
  readonly definition: EnforcerDefinition<unknown, Context>;
  readonly config: unknown;
  /** All that was written of it: two of the same text are the same enforcer. */
  readonly identity: string;
  /** It says what it would change, and changes nothing. */
  readonly dryRun: boolean;
}

/** The enforcers at work, each held to the block list. They come and go with the settings. */
export class EnforcementSet<Context extends EnforcerContext> {
  readonly #blocks: EnforcementOptions["blocks"];
  readonly #context: (name: string) => Context;
  #working: readonly { readonly identity: string; readonly enforcement: Enforcement }[] = [];

  constructor({ blocks, context }: { readonly blocks: EnforcementOptions["blocks"]; readonly context: (name: string) => Context }) {
    this.#blocks = blocks;
    this.#context = context;
  }

  /**
   * Makes the enforcers those of `wanted`. What works already goes on undisturbed; what is not wanted any more ends, and what it has
   * enforced stays in place there. Throws what `open` throws: then those that stand before it in the list have changed, no others.
   */
  async change(wanted: readonly WantedEnforcer<Context>[]): Promise<void> {
    const standing = [...this.#working];
    const working: { readonly identity: string; readonly enforcement: Enforcement }[] = [];
    for (const { name, definition, config, identity, dryRun } of wanted) {
      const known = standing.findIndex((one) => one.identity === identity);
      const kept = known < 0 ? undefined : standing.splice(known, 1)[0];
      if (kept !== undefined) {
        working.push(kept);
        continue;
      }
      const enforcer = await definition.open(config, this.#context(name));
      working.push({ identity, enforcement: new Enforcement({ ...this.#context(name), enforcer, blocks: this.#blocks, dryRun }) });
      this.#working = [...working, ...standing];
    }
    this.#working = working;
    for (const { enforcement } of standing) await enforcement.close();
  }

  statuses(): KeeperStatus[] {
    return this.#working.map(({ enforcement }) => enforcement.status());
  }

  /** Resolves when what was decided so far has been tried everywhere. */
  async settled(): Promise<void> {
    await Promise.all(this.#working.map(async ({ enforcement }) => enforcement.settled()));
  }

  /** Ends the keeping; what is enforced stays so. */
  async close(): Promise<void> {
    const working = this.#working;
    this.#working = [];
    for (const { enforcement } of working) await enforcement.close();
  }
}
