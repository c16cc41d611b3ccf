import type { Row } from "../event/index.ts";
import type { ComponentContext } from "./context.ts";
import type { Definition } from "./definition.ts";

/**
 * Answers the rows of queries. Three promises, checked by a suite that runs over all: performing a row twice is performing it once
 * (by its `key`), it names its undo, and `dry_run` touches nothing.
 */
export interface ActionDefinition<Config, Context extends ActionContext = ActionContext> extends Definition<Config> {
  readonly kind: "action";
  /** One sentence: how a person takes back what it did. */
  readonly undo: string;
  /** True when it decides on blocks. The events of decisions are then not given to it, or it would answer itself for ever. */
  readonly decides?: boolean;
  /** The tags of the events that it gives back. Its own `match` must not fit them, or it would answer itself for ever. */
  gives?(config: Config): readonly string[];
  /** The columns of a row that it cannot do without, so that a query which lacks one is found before anything runs. */
  reads?(config: Config): readonly string[];
  open(config: Config, context: Context): Promise<Action>;
}

/** An action at work, made by `open`. */
export interface Action {
  /** Rows that may be performed at a time; one after the other without it. */
  readonly atOnce?: number | undefined;
  /**
   * Performs one row. Resolves when it is done and need not be done again; rejects with a HotakaError when it is to be tried again, and
   * with HOTAKA_ACTION_REFUSED when no try will help, as what stands in the row is not taken.
   * Returns what it did in one sentence, for the terminal and the log.
   */
  perform(row: ActionRow): Promise<string>;
  /**
   * Performs many rows with one write, each as `perform` would and in this order: for an action that a wave of rows would otherwise hold up.
   * Resolves with a sentence for each; rejects, having performed none as far as it knows, when all are to be tried again.
   */
  performAll?(rows: readonly ActionRow[]): Promise<readonly string[]>;
  /**
   * Has `performAll` called with batches: the same rows together at every try, also after a restart, so that an id made of their keys is
   * known to who got it before. Rejected with HOTAKA_ACTION_REFUSED, or tried in vain to the last, a batch is cut in two, until a row
   * that cannot be taken is alone. Without it `performAll` is called with whatever waits, and `perform` to find a row that it breaks at.
   */
  readonly batches?: BatchBounds | undefined;
  /** Where the action reaches people: sends them a message that says it is a test, and tells in a sentence where it went. */
  test?(): Promise<string>;
  /**
   * Where others work for it: has them finish what they were given, within a bound of its own, while events are still taken. Called once, when the
   * daemon is about to stop; rows that come from then on may be left waiting for that.
   */
  drain?(): Promise<void>;
  close(): Promise<void>;
}

/** How much a batch holds at most, and how long it is waited for. */
export interface BatchBounds {
  readonly rowsMax: number;
  /** Bytes of its rows as JSON, with their keys and queries. A row that alone is larger is a batch of its own. */
  readonly bytesMax: number;
  /** How long a batch that is not full waits for more, from when its first row was put (milliseconds). */
  readonly lingerMs: number;
}

/** One row of a query, as an action gets it. */
export interface ActionRow {
  /** The same row after a crash has the same key: query, time and content. */
  readonly key: string;
  readonly query: string;
  /** End of the window the row is of, or the time of its event: epoch ms, event time. */
  readonly timeMs: number;
  readonly row: Row;
}

/** What an action is handed: it takes nothing else from its surroundings. */
export interface ActionContext extends ComponentContext {
  /** The name under which its rows wait: the same at the next start, another one when anything in its settings is changed. */
  readonly route: string;
  /** What it has in common with what it was before its settings were changed: its component and its match. */
  readonly family: string;
  /** Nothing outside the process may be changed; `perform` says what it would have done. */
  readonly dryRun: boolean;
}

/** Declares an action; the types of its settings come from its schema. */
export function defineAction<Config, Context extends ActionContext = ActionContext>(
  definition: Omit<ActionDefinition<Config, Context>, "kind">,
): ActionDefinition<Config, Context> {
  return { kind: "action", ...definition };
}
