import { type Backoff, backoffMs, formatDuration, messageOf, type Steps, type Timer } from "../kit/index.ts";
import type { FlapLimit } from "./flap_breaker.ts";
import type { ItemState } from "./place.ts";
import { Reconciler, type ReconcilerOptions } from "./reconciler.ts";

export interface KeeperOptions<Item, Observed, Change> extends Omit<
  ReconcilerOptions<Item, Observed, Change>,
  "flapLimit" | "failuresMax"
> {
  readonly steps: Steps;
  readonly pace?: Partial<KeeperPace>;
  /** Told after each pass: what `stateOf` says may have changed. */
  readonly passed?: () => void;
  /** Chance in [0, 1), for the spread of waits. */
  readonly random?: () => number;
}

/** How often a place is looked at, and how long one that fails or flaps is left alone. */
export interface KeeperPace {
  /** A pass comes this often although nothing is known to have changed, because a stranger may have changed it. */
  readonly periodMs: number;
  /** After a poke more of them are awaited for this long, so that a wave of changes is one pass. */
  readonly debounceMs: number;
  readonly backoff: Backoff;
  readonly flapLimit: FlapLimit;
  readonly failuresMax: number;
}

/** The pace of every enforcer unless it is told otherwise. */
export const KEEPER_PACE: KeeperPace = {
  periodMs: 60_000,
  debounceMs: 20,
  backoff: { firstMs: 1000, mostMs: 300_000 },
  flapLimit: { repairsMax: 5, windowMs: 600_000 },
  failuresMax: 10,
};

/** How a place stands, for people. */
export interface KeeperStatus {
  readonly name: string;
  readonly capacity: number | undefined;
  readonly counts: Readonly<Record<ItemState["state"], number>>;
  /** When the place was last read (epoch ms). */
  readonly observedMs: number | undefined;
  /** What went wrong in the last pass; undefined when nothing did. */
  readonly problem: string | undefined;
}

/**
 * Keeps a place as it is wanted, by a pass on a timer and one whenever it is poked: creation, expiry, eviction and repair are one thing.
 * It never gives up: after a pass that failed the next one waits longer and longer, up to `backoff.mostMs`. Passes are steps, so none
 * begins while the daemon stops, and one that runs then ends between two changes.
 */
export class Keeper<Item, Observed, Change> {
  readonly name: string;
  readonly #options: KeeperOptions<Item, Observed, Change>;
  readonly #pace: KeeperPace;
  readonly #reconciler: Reconciler<Item, Observed, Change>;
  readonly #period: Timer;
  #due: Timer | undefined;
  #running: Promise<void> | undefined;
  #isPokedMeanwhile = false;
  /** The items that changed since the last pass; all of them may have, until it has read the place once. */
  #changed = new Set<string>();
  #isAllChanged = true;
  #isClosed = false;
  #failures = 0;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #problem: string | undefined;
  #waiting: (() => void)[] = [];

  constructor(options: KeeperOptions<Item, Observed, Change>) {
    this.name = options.name;
    this.#options = options;
    this.#pace = { ...KEEPER_PACE, ...options.pace };
    this.#reconciler = new Reconciler({ ...options, flapLimit: this.#pace.flapLimit, failuresMax: this.#pace.failuresMax });
    const pass = async (): Promise<void> => {
      this.#isAllChanged = true;
      if (!this.#isBackingOff) await this.#pass();
    };
    options.steps.signal.addEventListener("abort", () => this.#release(), { once: true });
    this.#period = options.steps.every(this.name, this.#pace.periodMs, pass, (thrown) => this.#broke(thrown));
  }

  /**
   * Something changed: a pass comes `debounceMs` from now, or when the wait after a failure is over. With the keys of the items that
   * changed it looks at those alone, where the place allows that.
   */
  poke(keys?: readonly string[]): void {
    if (this.#isClosed || this.#options.steps.stopping) return;
    if (keys === undefined || this.#options.place.observeOnly === undefined) this.#isAllChanged = true;
    else if (!this.#isAllChanged) for (const key of keys) this.#changed.add(key);
    if (this.#running !== undefined) this.#isPokedMeanwhile = true;
    else if (this.#due === undefined) this.#arm();
  }

  /** Resolves when no pass runs and none is asked for, a wait after a failure aside. */
  async settled(): Promise<void> {
    while (!this.#isSettled) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  stateOf(key: string): ItemState | undefined {
    return this.#reconciler.stateOf(key);
  }

  status(): KeeperStatus {
    const { states, observedMs } = this.#reconciler;
    return { name: this.name, capacity: this.#options.place.capacity, counts: states.counts(), observedMs, problem: this.#problem };
  }

  /** Begins no further pass and waits for the one that runs. What is in place stays there. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#period.cancel();
    this.#due?.cancel();
    this.#due = undefined;
    await this.#running;
    this.#release();
  }

  get #isBackingOff(): boolean {
    return this.#options.clock.nowMs() < this.#notBeforeMs;
  }

  get #isSettled(): boolean {
    if (this.#isClosed || this.#options.steps.stopping) return this.#running === undefined;
    return this.#running === undefined && (this.#due === undefined || this.#isBackingOff);
  }

  #arm(): void {
    const { clock, steps } = this.#options;
    this.#due = clock.after(Math.max(this.#pace.debounceMs, this.#notBeforeMs - clock.nowMs()), () => {
      this.#due = undefined;
      steps.run(this.name, () => this.#pass()).catch((thrown: unknown) => this.#broke(thrown));
    });
  }

  async #pass(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#running !== undefined) return this.#running;
    this.#due?.cancel();
    this.#due = undefined;
    this.#running = this.#reconcile();
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
      if (this.#isPokedMeanwhile || this.#failures > 0) this.poke([]);
      this.#isPokedMeanwhile = false;
      this.#release();
    }
  }

  async #reconcile(): Promise<void> {
    const { wanted, steps, clock, log } = this.#options;
    const only = this.#isAllChanged || this.#changed.size > CHANGED_MAX ? undefined : this.#changed;
    this.#changed = new Set();
    this.#isAllChanged = false;
    this.#problem = await this.#reconciler.pass(wanted(only), () => !steps.stopping && !this.#isClosed, only);
    this.#options.passed?.();
    if (this.#problem === undefined) {
      this.#failures = 0;
      return;
    }
    this.#failures++;
    this.#isAllChanged = true;
    const waitMs = backoffMs(this.#pace.backoff, this.#failures, this.#options.random);
    this.#notBeforeMs = clock.nowMs() + waitMs;
    log.warn(`${this.name}: ${this.#problem}. It is tried again in ${formatDuration(waitMs)}.`);
  }

  #broke(thrown: unknown): void {
    this.#release();
    if (this.#options.steps.stopping) return;
    this.#problem = messageOf(thrown);
    this.#options.log.error(`${this.name}: a pass broke off: ${messageOf(thrown)}`);
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** More changes than these cost as much as looking at everything. */
const CHANGED_MAX = 10_000;
