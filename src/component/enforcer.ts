import type { ComponentContext } from "./context.ts";
import type { Definition } from "./definition.ts";

/**
 * A place where blocks take effect. It is a keep: what is wanted is compared with what is observed, and the changes between are applied
 * one by one, again and again, whoever made the difference.
 */
export interface EnforcerDefinition<Config, Context extends EnforcerContext = EnforcerContext> extends Definition<Config> {
  readonly kind: "enforcer";
  /** One sentence: how a person takes back all that it put there, once it is out of the settings. */
  readonly undo: string;
  open(config: Config, context: Context): Promise<Enforcer>;
}

/** `Observed` is whatever the place holds, `Change` one step that can be applied by itself. */
export interface Enforcer<Observed = unknown, Change extends EnforcerChange = EnforcerChange> {
  /** Blocks it can hold; undefined where nothing but memory bounds it. */
  readonly capacity: number | undefined;
  /** Reads what is there now. */
  observe(): Promise<Observed>;
  /**
   * As `observe`, of these blocks alone (canonical CIDRs), whether they are there or not: what a change of a few among many costs. Only
   * where no block stands in the way of another. Undefined when it cannot tell, and all has to be read.
   */
  observeOnly?(cidrs: readonly string[]): Promise<Observed | undefined>;
  /** Pure: fits what is wanted into the room that was observed. One without it takes as many as `capacity` says, by priority. */
  fit?(wanted: readonly WantedBlock[], observed: Observed): FittedBlocks;
  /**
   * Pure: the prefixes that rules of others let in there (canonical CIDRs). Blocks are not merged over them: a merged one would be said to
   * hold where it does not.
   */
  exempt?(observed: Observed): readonly string[];
  /** Pure: the changes that turn what is there into what is wanted, in the order to apply them. Never touches what is not its own. */
  plan(wanted: readonly WantedBlock[], observed: Observed): Change[];
  /** Applies one change. Idempotent. */
  apply(change: Change): Promise<void>;
  close(): Promise<void>;
}

/** One block that is to be in force: an address or a prefix, once. */
export interface WantedBlock {
  /** Canonical CIDR: `203.0.113.7/32`, `2001:db8:bad::/64`. */
  readonly cidr: string;
  /** Epoch ms; undefined is for good. */
  readonly untilMs: number | undefined;
  /** Higher comes first where room is short. */
  readonly priority: number;
}

/** Which of the wanted blocks an enforcer is to hold. */
export interface FittedBlocks {
  readonly within: readonly WantedBlock[];
  /** The CIDRs of those there is no room for, each with the reason. */
  readonly beyond: ReadonlyMap<string, string>;
  /** The CIDRs of those that are part of another, each with the CIDR of that one, which is within. */
  readonly covered: ReadonlyMap<string, string>;
}

/** What every change says of itself; an enforcer adds what it needs to apply it. */
export interface EnforcerChange {
  /** The blocks it is about: one, or as many as the place takes in one call. */
  readonly cidrs: readonly string[];
  /** One line for a person: `add 203.0.113.7/32 until 12:00:00`. */
  readonly sentence: string;
}

/** What an enforcer is handed: it takes nothing else from its surroundings. */
export interface EnforcerContext extends ComponentContext {
  readonly memory: EnforcerMemory;
}

/** What an enforcer must know again after a restart and cannot read at its place: small, and plain JSON. Enforcers share it by their keys. */
export interface EnforcerMemory {
  get(key: string): unknown;
  /** On the disk when it returns. */
  set(key: string, value: unknown): void;
  delete(key: string): void;
  /** Everything whose key begins so, by what follows in its key. */
  entries(prefix: string): ReadonlyMap<string, unknown>;
}

/** Declares an enforcer; the types of its settings come from its schema. */
export function defineEnforcer<Config, Context extends EnforcerContext = EnforcerContext>(
  definition: Omit<EnforcerDefinition<Config, Context>, "kind">,
): EnforcerDefinition<Config, Context> {
  return { kind: "enforcer", ...definition };
}
