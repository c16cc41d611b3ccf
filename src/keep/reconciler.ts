import { type Clock, type Counter, type Counters, formatDuration, type Log, messageOf } from "../kit/index.ts";
import { FlapBreaker, type FlapLimit } from "./flap_breaker.ts";
import { ItemStates } from "./item_states.ts";
import type { Fit, ItemState, Naming, Place } from "./place.ts";
import { shareOf } from "./share.ts";
import { Turns } from "./turns.ts";

export interface ReconcilerOptions<Item, Observed, Change> {
  readonly name: string;
  readonly place: Place<Item, Observed, Change>;
  readonly naming: Naming<Item, Change>;
  /** What is wanted now; with `keys`, of those alone. Asked at the start of each pass. */
  readonly wanted: (keys?: ReadonlySet<string>) => readonly Item[];
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
  /** The items that another stands for, by key. */
  readonly #covered = new Map<string, string>();
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

  /** How an item stands; one that another stands for, as that one does. */
  stateOf(key: string): ItemState | undefined {
    const cover = this.#covered.get(key);
    const state = this.states.get(cover ?? key);
    if (cover === undefined || state === undefined) return state;
    return { ...state, why: state.why === undefined ? `as a part of ${cover}` : `${cover}: ${state.why}` };
  }

  /**
   * Resolves with what went wrong, or undefined. `mayGoOn` is asked before each change. With `only`, `wanted` is what is wanted of those
   * keys, and nothing else is looked at.
   */
  async pass(wanted: readonly Item[], mayGoOn: () => boolean, only?: ReadonlySet<string>): Promise<string | undefined> {
    const read = await this.#read(only);
    if (read === "cannot be told") return this.pass(this.#options.wanted(), mayGoOn);
    if (typeof read === "string") {
      const keys = wanted.map((item) => this.#options.naming.keyOf(item));
      for (const key of keys) if (this.stateOf(key)?.state !== "enforced") this.states.set(key, "failed", read);
      return read;
    }
    const turns = new Turns(wanted.length);
    const fit = this.#fit(wanted, read.observed);
    await turns.next();
    const items = new Map(fit.within.map((item) => [this.#options.naming.keyOf(item), item]));
    for (const [key, why] of fit.beyond) this.states.set(key, "over_capacity", why);
    for (const key of only ?? this.#covered.keys()) this.#covered.delete(key);
    for (const [key, cover] of fit.covered) this.#covered.set(key, cover);

    await turns.next();
    const planned = this.#options.place.plan(fit.within, read.observed);
    await turns.next();
    const allowed = this.#withoutFlapping(planned, items);
    await this.#markPending(items, planned, turns);
    const tries = await this.#apply(allowed, mayGoOn);
    const again = allowed.length === 0 ? read : await this.#read(only);
    // The changes are made; whether they hold is seen in all of it.
    if (again === "cannot be told") return this.pass(this.#options.wanted(), mayGoOn);
    if (typeof again === "string") return again;
    const remaining = allowed.length === 0 ? planned : this.#options.place.plan(fit.within, again.observed);
    await turns.next();
    const amiss = await this.#conclude({ items, beyond: fit.beyond, remaining, outcomes: tries.outcomes, only }, turns);
    return tries.problem ?? amiss;
  }

  /** What is there, or the sentence of why it could not be read. */
  async #read(only: ReadonlySet<string> | undefined): Promise<{ readonly observed: Observed } | string> {
    const { place, clock } = this.#options;
    try {
      const observed = only === undefined ? await place.observe() : await place.observeOnly?.([...only]);
      if (observed === undefined) return "cannot be told";
      if (only === undefined) this.#observedMs = clock.nowMs();
      return { observed };
    } catch (thrown) {
      return `it could not be read: ${messageOf(thrown)}`;
    }
  }

  #fit(wanted: readonly Item[], observed: Observed): Fit<Item> {
    const { place, naming } = this.#options;
    return place.fit?.(wanted, observed) ?? shareOf(wanted, place.capacity, naming);
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
  async #markPending(items: ReadonlyMap<string, Item>, planned: readonly Change[], turns: Turns): Promise<void> {
    const missing = new Set(this.#keysOf(planned));
    for (const [key, item] of items) {
      if (!missing.has(key)) this.#markEnforced(key, item);
      else if (this.states.get(key)?.state !== "failed") this.states.set(key, "pending");
      if (turns.isDue()) await turns.next();
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
  async #conclude({ items, beyond, remaining, outcomes, only }: Conclusion<Item, Change>, turns: Turns): Promise<string | undefined> {
    const missing = new Set(this.#keysOf(remaining));
    for (const [key, item] of items) {
      if (!missing.has(key)) this.#markEnforced(key, item);
      if (turns.isDue()) await turns.next();
    }
    let amiss: string | undefined;
    for (const key of missing) {
      if (!outcomes.has(key)) continue;
      const why = outcomes.get(key) ?? "it was told to and did not do so: read back, nothing had changed";
      this.states.set(key, "failed", items.has(key) ? why : `it is still there: ${why}`);
      amiss ??= `${key}: ${why}`;
    }
    const isKnown = (key: string): boolean => items.has(key) || beyond.has(key) || missing.has(key);
    if (only === undefined) {
      this.states.retain(isKnown);
      this.#breaker.tidy(this.#options.clock.nowMs(), isKnown);
    } else for (const key of only) if (!isKnown(key)) this.states.delete(key);
    for (const key of only ?? this.#seen.keys()) if (!items.has(key)) this.#seen.delete(key);
    return amiss;
  }

  #keysOf(changes: readonly Change[]): string[] {
    return changes.flatMap((change) => this.#options.naming.keysOf(change));
  }
}

/** What a pass has found out by its end. */
interface Conclusion<Item, Change> {
  readonly items: ReadonlyMap<string, Item>;
  readonly beyond: ReadonlyMap<string, string>;
  readonly remaining: readonly Change[];
  readonly outcomes: Outcomes;
  readonly only: ReadonlySet<string> | undefined;
}

type Outcomes = ReadonlyMap<string, string | undefined>;

/** Items are plain data. */
function isSame(left: unknown, right: unknown): boolean {
  return left !== undefined && JSON.stringify(left) === JSON.stringify(right);
}
