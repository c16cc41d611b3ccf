import { type Clock, type Counter, type Counters, formatDuration, type Log, messageOf, type Steps, type Timer } from "../kit/index.ts";
import type { Ledger } from "./ledger.ts";

/** How much of the past the ledger holds. What is in force or waits for approval is never forgotten. */
export interface LedgerBounds {
  readonly decisionsMax: number;
  readonly ageMaxMs: number;
}

/** A year, and a million decisions: some hundred MB at most. */
export const LEDGER_BOUNDS: LedgerBounds = { decisionsMax: 1_000_000, ageMaxMs: 365 * 86_400_000 };

export interface LedgerUpkeepOptions {
  readonly ledger: Pick<Ledger, "forget">;
  readonly clock: Clock;
  readonly steps: Steps;
  readonly log: Log;
  readonly counters: Counters;
  readonly bounds: LedgerBounds;
}

/** Forgets what is beyond the bounds of the ledger, a little at a time, and without a pause between while there is much of it. */
export class LedgerUpkeep {
  bounds: LedgerBounds;
  readonly #options: LedgerUpkeepOptions;
  readonly #forgotten: Counter;
  readonly #period: Timer;
  #again: Timer | undefined;

  constructor(options: LedgerUpkeepOptions) {
    this.#options = options;
    this.bounds = options.bounds;
    this.#forgotten = options.counters.counter(
      "blocks_decisions_forgotten",
      "Decisions dropped from the ledger because it was full or they were old.",
    );
    this.#period = options.steps.every(
      "blocks: forget old decisions",
      PERIOD_MS,
      () => this.#forget(),
      (thrown) => this.#failed(thrown),
    );
  }

  close(): void {
    this.#period.cancel();
    this.#again?.cancel();
  }

  #forget(): void {
    const { ledger, clock, steps, log } = this.#options;
    const { decisionsMax, ageMaxMs } = this.bounds;
    const nowMs = clock.nowMs();
    const forgotten = ledger.forget({ beforeMs: nowMs - ageMaxMs, keepMax: decisionsMax, nowMs, limit: AT_ONCE_MAX });
    this.#forgotten.add(forgotten);
    if (forgotten === 0) return;
    log.debug(`blocks: ${forgotten} decisions older than ${formatDuration(ageMaxMs)} or beyond ${decisionsMax} were forgotten.`);
    if (forgotten < AT_ONCE_MAX) return;
    this.#again?.cancel();
    this.#again = clock.after(AGAIN_MS, () => {
      steps.run("blocks: forget old decisions", () => this.#forget()).catch((thrown: unknown) => this.#failed(thrown));
    });
  }

  #failed(thrown: unknown): void {
    if (!this.#options.steps.stopping) this.#options.log.error(`blocks: old decisions could not be forgotten: ${messageOf(thrown)}`);
  }
}

const PERIOD_MS = 60_000;
/** More than come in for long, and less than a pause that anybody would feel. */
const AT_ONCE_MAX = 1000;
const AGAIN_MS = 50;
