import type { Clock, Timer } from "./clock.ts";
import { HotakaError } from "./errors.ts";

/**
 * The work of a daemon as steps: a step that has begun is finished, and after `stop` no new one begins. Everything that happens by
 * itself (a timer, a read, a reconcile) runs as a step, so a signal never cuts one in half. A step neither begins another one (it would
 * be refused half-way) nor waits for `stop` (which waits for it).
 */
export class Steps {
  readonly #clock: Clock;
  readonly #running = new Set<Promise<unknown>>();
  readonly #timers = new Set<Timer>();
  readonly #controller = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Aborts at the moment `stop` is called: what waits (for a line, for a timer) may give up; what works goes on to its end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get stopping(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Runs one step. Throws HOTAKA_STOPPING, without running it, after `stop`. */
  async run<T>(name: string, step: () => Promise<T> | T): Promise<T> {
    if (this.stopping) throw new HotakaError("HOTAKA_STOPPING", `${name} was not begun: the daemon is stopping.`);
    const running = (async () => step())();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /**
   * Runs `step` again and again: `periodMs` after the start, then `periodMs` after the end of the one before, so two never overlap.
   * A step that throws is handed to `failed`, and the next one comes all the same.
   */
  every(name: string, periodMs: number, step: () => Promise<void> | void, failed: (thrown: unknown) => void): Timer {
    let current: Timer | undefined;
    let cancelled = false;
    const cancel = (): void => {
      cancelled = true;
      if (current !== undefined) this.#timers.delete(current);
      current?.cancel();
    };
    const arm = (): void => {
      if (cancelled || this.stopping) return;
      const timer = this.#clock.after(periodMs, () => {
        this.#timers.delete(timer);
        if (cancelled || this.stopping) return;
        void this.run(name, step).catch(failed).finally(arm);
      });
      current = timer;
      this.#timers.add(timer);
    };
    arm();
    return { cancel };
  }

  /** Begins nothing new from here on, and resolves when every step in hand has ended. May be called more than once. */
  async stop(): Promise<void> {
    this.#controller.abort();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}
