import type { Clock, Timer } from "../kit/index.ts";
import type { Decision } from "./decision.ts";
import { OVER_BEFORE, type Settlement, settled } from "./decision_event.ts";
import type { Enforcement } from "./enforcement.ts";

/** What settling must know of the block list, and whom it tells. */
export interface SettlingOptions {
  readonly clock: Clock;
  /** How the block of exactly this prefix stands at each enforcement point; undefined when it is no longer in force. */
  readonly standing: (cidr: string) => readonly Enforcement[] | undefined;
  /** Writes down how decisions came out, in the order they were made. False when that was not possible and is to be tried again. */
  readonly settle: (settlements: readonly { readonly decision: Decision; readonly settlement: Settlement }[]) => boolean;
}

/**
 * The decisions that block and of which it is not known yet whether they are enforced. Each is told of once: when every enforcement point
 * has said how it stands there, or `SETTLE_MS_MAX` after it was made with what is known by then.
 */
export class Settling {
  readonly #options: SettlingOptions;
  readonly #open = new Map<number, Decision>();
  #timer: Timer | undefined;
  #again: Timer | undefined;

  constructor(options: SettlingOptions) {
    this.#options = options;
  }

  add(decision: Decision): void {
    this.#open.set(decision.id, decision);
    if (this.#timer === undefined) this.#arm();
  }

  /** An enforcement point was read anew, or the list has changed. */
  check(): void {
    if (this.#open.size === 0) return;
    const nowMs = this.#options.clock.nowMs();
    const found = this.#found(nowMs);
    if (found.length === 0 || !this.#options.settle(found)) return;
    for (const { decision } of found) this.#open.delete(decision.id);
    // The rest of a wave in a later turn, so that it holds nothing up.
    if (found.length === AT_ONCE_MAX) this.#again ??= this.#options.clock.after(0, () => this.#goOn());
  }

  close(): void {
    this.#timer?.cancel();
    this.#again?.cancel();
  }

  #goOn(): void {
    this.#again = undefined;
    this.check();
  }

  /** Those of which it is known how they came out, the oldest first, some at a time. */
  #found(nowMs: number): { readonly decision: Decision; readonly settlement: Settlement }[] {
    const found: { readonly decision: Decision; readonly settlement: Settlement }[] = [];
    for (const decision of this.#open.values()) {
      if (found.length === AT_ONCE_MAX) break;
      const standing = this.#options.standing(decision.cidr);
      const isLate = nowMs - decision.decidedMs >= SETTLE_MS_MAX;
      const settlement = standing === undefined ? OVER_BEFORE : settled(standing, { isLate });
      if (settlement !== undefined) found.push({ decision, settlement });
    }
    return found;
  }

  /** Wakes when the oldest has waited long enough. */
  #arm(): void {
    const { clock } = this.#options;
    const oldest = this.#open.values().next().value;
    this.#timer = undefined;
    if (oldest === undefined) return;
    this.#timer = clock.after(Math.max(oldest.decidedMs + SETTLE_MS_MAX - clock.nowMs(), SETTLE_MS_MIN), () => {
      this.check();
      this.#arm();
    });
  }
}

/** Some ten milliseconds of writing. */
const AT_ONCE_MAX = 200;
/** A cloud takes seconds; who is told later than this of an attack is told too late. */
const SETTLE_MS_MAX = 10_000;
/** A ledger that cannot be written is not asked without a pause. */
const SETTLE_MS_MIN = 100;
