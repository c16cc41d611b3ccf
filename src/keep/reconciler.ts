import { type Clock, type Counter, type Counters, formatDuration, type Log, messageOf } from "../kit/index.ts";
import { FlapBreaker, type FlapLimit } from "./flap_breaker.ts";
import { ItemStates } from "./item_states.ts";
import type { Naming, Place } from "./place.ts";
import { shareOf } from "./share.ts";

export interface ReconcilerOptions<Item, Observed, Change> {
  readonly name: string;
  readonly place: Place<Item, Observed, Change>;
  readonly naming: Naming<Item, Change>;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  readonly flapLimit: FlapLimit;
  /** A pass is given up when so many changes in a row have failed: the place itself is in trouble. */
  readonly failuresMax: number;
}

/**
 * One pass over a place: read, plan, apply, read again. Whether an item is enforced is only ever said of what was read, never of what
 * was told to the place: an API that answers OK and does nothing is found out here.
 */
export class Reconciler<Item, Observed, Change> {
  readonly states: ItemStates;
  readonly #options: ReconcilerOptions<Item, Observed, Change>;
  readonly #breaker: FlapBreaker;
  /** The items last seen in place, to tell the repair of one from a change of what is wanted. */
  readonly #seen = new Map<string, Item>();
  readonly #applied: Counter;
  readonly #failed: Counter;
  readonly #repaired: Counter;
  #observedMs: number | undefined;

  constructor(options: ReconcilerOptions<Item, Observed, Change>) {
    this.#options = options;
    this.states = new ItemStates(options.clock);
    this.#breaker = new FlapBreaker(options.flapLimit);
    const { counters } = options;
    const labels = { place: options.name };
    this.#applied = counters.counter("keep_changes_applied", "Changes made at a place to keep it as wanted.", labels);
    this.#failed = counters.counter("keep_changes_failed", "Changes that a place refused.", labels);
    this.#repaired = counters.counter("keep_items_repaired", "Items put back because somebody else had changed them.", labels);
  }

  /** When the place was last read (epoch ms). */
  get observedMs(): number | undefined {
    return this.#observedMs;
  }

  /** Resolves with what went wrong, or undefined. `mayGoOn` is asked before each change. */
  async pass(wanted: readonly Item[], mayGoOn: () => boolean): Promise<string | undefined> {
    const { place, naming } = this.#options;
    const { within, beyond } = shareOf(wanted, place.capacity, (item) => naming.priorityOf(item));
    const items = new Map(within.map((item) => [naming.keyOf(item), item]));
    const left = new Set(beyond.map((item) => naming.keyOf(item)));
    for (const key of left) this.states.set(key, "over_capacity", `it holds ${place.capacity} and is full of what comes first`);

    const planned = await this.#plan(within);
    if (typeof planned === "string") {
      for (const key of items.keys()) if (this.states.get(key)?.state !== "enforced") this.states.set(key, "failed", planned);
      return planned;
    }
    const allowed = this.#withoutFlapping(planned, items);
    this.#markPending(items, planned);
    const tries = await this.#apply(allowed, mayGoOn);
    const remaining = allowed.length === 0 ? planned : await this.#plan(within);
    if (typeof remaining === "string") return remaining;
    const amiss = this.#conclude(items, left, remaining, tries.outcomes);
    return tries.problem ?? amiss;
  }

  /** The changes that are missing, or the sentence of why the place could not be read. */
  async #plan(within: readonly Item[]): Promise<readonly Change[] | string> {
    try {
      const observed = await this.#options.place.observe();
      this.#observedMs = this.#options.clock.nowMs();
      return this.#options.place.plan(within, observed);
    } catch (thrown) {
      return `it could not be read: ${messageOf(thrown)}`;
    }
  }

  /** Counts repairs, and leaves out the changes that are about nothing but items that somebody else keeps undoing. */
  #withoutFlapping(planned: readonly Change[], items: ReadonlyMap<string, Item>): Change[] {
    const held = new Set<string>();
    for (const key of this.#keysOf(planned)) {
      const item = items.get(key);
      const heldUntilMs = item === undefined ? undefined : this.#breaker.heldUntilMs(key, this.#options.clock.nowMs());
      if (heldUntilMs !== undefined) {
        held.add(key);
        this.#holdBack(key, heldUntilMs);
      } else if (item !== undefined && this.states.get(key)?.state === "enforced" && isSame(this.#seen.get(key), item)) {
        this.#breaker.repaired(key, this.#options.clock.nowMs());
        this.#repaired.add();
        this.#options.log.warn(`${this.#options.name}: ${key} was changed by somebody else and is put back.`);
      }
    }
    return planned.filter((change) => this.#options.naming.keysOf(change).some((key) => !held.has(key)));
  }

  #holdBack(key: string, untilMs: number): void {
    const { flapLimit, clock } = this.#options;
    const why = `somebody else undid it ${flapLimit.repairsMax} times within ${formatDuration(flapLimit.windowMs)}; it is left alone until ${new Date(untilMs).toISOString()}`;
    const known = this.states.get(key);
    if (known?.why !== why)
      this.#options.log.error(`${this.#options.name}: ${key}: ${why}, ${formatDuration(untilMs - clock.nowMs())} from now.`);
    this.states.set(key, "failed", why);
  }

  /** What was read as standing is enforced; what is to be changed is not, from now until it has been read back. */
  #markPending(items: ReadonlyMap<string, Item>, planned: readonly Change[]): void {
    const missing = new Set(this.#keysOf(planned));
    for (const [key, item] of items) {
      if (!missing.has(key)) this.#markEnforced(key, item);
      else if (this.states.get(key)?.state !== "failed") this.states.set(key, "pending");
    }
  }

  #markEnforced(key: string, item: Item): void {
    this.states.set(key, "enforced");
    this.#seen.set(key, item);
  }

  /** Applies in order. `outcomes` holds the items that were tried, with why a try failed. */
  async #apply(changes: readonly Change[], mayGoOn: () => boolean): Promise<{ outcomes: Outcomes; problem: string | undefined }> {
    const { place, naming, failuresMax } = this.#options;
    const outcomes = new Map<string, string | undefined>();
    let failuresInRow = 0;
    for (const [index, change] of changes.entries()) {
      if (!mayGoOn()) break;
      try {
        await place.apply(change);
        this.#applied.add();
        for (const key of naming.keysOf(change)) outcomes.set(key, undefined);
        failuresInRow = 0;
      } catch (thrown) {
        this.#failed.add();
        for (const key of naming.keysOf(change)) outcomes.set(key, messageOf(thrown));
        if (++failuresInRow < failuresMax) continue;
        const putOff = changes.length - index - 1;
        return { outcomes, problem: `${failuresInRow} changes in a row failed and ${putOff} more were put off: ${messageOf(thrown)}` };
      }
    }
    return { outcomes, problem: undefined };
  }

  /** Says of each item how it stands, by what would still have to be changed. Returns what is amiss. */
  #conclude(
    items: ReadonlyMap<string, Item>,
    left: ReadonlySet<string>,
    remaining: readonly Change[],
    outcomes: Outcomes,
  ): string | undefined {
    const missing = new Set(this.#keysOf(remaining));
    for (const [key, item] of items) if (!missing.has(key)) this.#markEnforced(key, item);
    let amiss: string | undefined;
    for (const key of missing) {
      if (!outcomes.has(key)) continue;
      const why = outcomes.get(key) ?? "it was told to and did not do so: read back, nothing had changed";
      this.states.set(key, "failed", items.has(key) ? why : `it is still there: ${why}`);
      amiss ??= `${key}: ${why}`;
    }
    const isKnown = (key: string): boolean => items.has(key) || left.has(key) || missing.has(key);
    this.states.retain(isKnown);
    this.#breaker.tidy(this.#options.clock.nowMs(), isKnown);
    for (const key of this.#seen.keys()) if (!items.has(key)) this.#seen.delete(key);
    return amiss;
  }

  #keysOf(changes: readonly Change[]): string[] {
    return changes.flatMap((change) => this.#options.naming.keysOf(change));
  }
}

type Outcomes = ReadonlyMap<string, string | undefined>;

/** Items are plain data. */
function isSame(left: unknown, right: unknown): boolean {
  return left !== undefined && JSON.stringify(left) === JSON.stringify(right);
}
