import { createHash } from "node:crypto";
import type { Action, ActionContext, ActionDefinition } from "../component/index.ts";
import { HotakaError, type Match, messageOf } from "../kit/index.ts";
import type { Outbox } from "../outbox/index.ts";

/** An action as the settings declare it. */
export interface WantedAction<Context extends ActionContext> {
  /** Where it stands in the settings: `actions[1] (block)`. */
  readonly name: string;
  readonly definition: ActionDefinition<unknown, Context>;
  readonly config: unknown;
  /** All that was written of it: two of the same text are the same action. */
  readonly identity: string;
  readonly match: string;
  readonly fits: Match;
  readonly dryRun: boolean;
}

/** What an action is handed that is its own. */
export type OwnContext = Pick<ActionContext, "name" | "dryRun" | "route" | "family">;

/** The actions at work, each on a route of the outbox. They come and go with the settings while rows flow. */
export class ActionSet<Context extends ActionContext> {
  readonly #outbox: Pick<Outbox, "route">;
  readonly #context: (own: OwnContext) => Context;
  readonly #working = new Map<string, WorkingAction>();

  constructor({ outbox, context }: { readonly outbox: Pick<Outbox, "route">; readonly context: (own: OwnContext) => Context }) {
    this.#outbox = outbox;
    this.#context = context;
  }

  /**
   * Opens those of `wanted` that do not work yet, without giving them rows. Gives how to go on: `commit` makes the actions those of
   * `wanted`, the others undisturbed; `abandon` leaves everything as it was. Throws, having left everything as it was, what `open` throws.
   */
  async prepare(wanted: readonly WantedAction<Context>[]): Promise<{ commit: () => Promise<void>; abandon: () => Promise<void> }> {
    const coming = new Map<string, { readonly action: Action; readonly wish: WantedAction<Context> }>();
    const abandon = async (): Promise<void> => {
      for (const { action } of coming.values()) await action.close();
    };
    const routes = routesOf(wanted);
    try {
      for (const [route, wish] of routes) {
        if (this.#working.has(route)) continue;
        const { definition, config, name, dryRun } = wish;
        coming.set(route, { wish, action: await definition.open(config, this.#context({ name, dryRun, route, family: familyOf(wish) })) });
      }
    } catch (thrown) {
      await abandon();
      throw thrown;
    }
    const commit = async (): Promise<void> => {
      for (const [route, working] of this.#working) if (!routes.has(route)) await this.#end(route, working);
      for (const [route, { action, wish }] of coming) {
        this.#working.set(route, { wish, action, route: this.#outbox.route({ action: route, match: wish.fits, performer: action }) });
      }
      // What stayed may stand elsewhere in the settings now.
      for (const [route, wish] of routes) this.#working.set(route, { ...this.#working.get(route)!, wish });
    };
    return { commit, abandon };
  }

  /**
   * Has the actions of that name that reach people send a message that says it is a test. The name is that of a component, `mail`, or the
   * place of one action, `actions[1]`. Throws HOTAKA_ACTION_UNKNOWN when none has it.
   */
  async test(name: string): Promise<TestedAction[]> {
    const telling = [...this.#working.values()].filter(({ action }) => action.test !== undefined);
    const named = telling.filter(({ wish }) => wish.definition.name === name || wish.name === name || wish.name.startsWith(`${name} `));
    if (named.length === 0) {
      const found = telling.map(({ wish }) => wish.name).join(", ");
      throw new HotakaError(
        "HOTAKA_ACTION_UNKNOWN",
        `No action named "${name}" tells people. ${found === "" ? "None of the settings does." : `Those that do: ${found}.`}`,
      );
    }
    return Promise.all(named.map(async ({ wish, action }) => tested(wish.name, action)));
  }

  /** Has those that others work for take what these still give, before the daemon stops. */
  async drain(): Promise<void> {
    await Promise.all([...this.#working.values()].map(async ({ action }) => action.drain?.()));
  }

  /** Lets each finish the row in hand. */
  async close(): Promise<void> {
    for (const [route, working] of this.#working) await this.#end(route, working);
  }

  async #end(route: string, { action, route: working }: WorkingAction): Promise<void> {
    this.#working.delete(route);
    await working.close();
    await action.close();
  }
}

/** What came of a test of an action. */
export interface TestedAction {
  /** Where it stands in the settings: `actions[1] (mail)`. */
  readonly name: string;
  readonly isDone: boolean;
  readonly sentence: string;
}

interface WorkingAction {
  readonly wish: WantedAction<never>;
  readonly action: Action;
  readonly route: { readonly close: () => Promise<void> };
}

/**
 * The name under which rows wait for an action, `block block.** 5f0c1a9e`: the same at the next start and wherever it stands in the
 * settings, and another one when what it does is changed, so that no row is performed by an action it was not meant for.
 */
function routesOf<Wish extends WantedAction<never>>(wanted: readonly Wish[]): Map<string, Wish> {
  const routes = new Map<string, Wish>();
  for (const wish of wanted) {
    const digest = createHash("sha256").update(wish.identity).digest("hex").slice(0, 8);
    const route = `${familyOf(wish)} ${digest}`;
    let name = route;
    for (let copy = 2; routes.has(name); copy++) name = `${route} ${copy}`;
    routes.set(name, wish);
  }
  return routes;
}

async function tested(name: string, action: Action): Promise<TestedAction> {
  try {
    return { name, isDone: true, sentence: (await action.test?.()) ?? "" };
  } catch (thrown) {
    return { name, isDone: false, sentence: messageOf(thrown) };
  }
}

function familyOf({ definition, match }: WantedAction<never>): string {
  return `${definition.name} ${match}`;
}
