import { assert } from "./errors.ts";

/** Tells the time and wakes callers. The one place where the wall clock is read; everything else is handed a `Clock`. */
export interface Clock {
  /** Unix time in milliseconds. */
  nowMs(): number;
  /** Calls `wake` once, `delayMs` (>= 0) from now. The timer does not keep the process alive. */
  after(delayMs: number, wake: () => void): Timer;
}

/** A wake that was asked for. Cancelling one that has been is no harm. */
export interface Timer {
  cancel(): void;
}

/** The time of this machine. */
export const wallClock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, wake) {
    // setTimeout holds 31 bits; a longer wait is made of several. The monotonic clock says what is left, as somebody may set the other.
    let handle: NodeJS.Timeout;
    const dueMs = performance.now() + delayMs;
    const arm = (): void => {
      const leftMs = dueMs - performance.now();
      handle = setTimeout(leftMs > TIMEOUT_MS_MAX ? arm : wake, Math.min(Math.max(leftMs, 0), TIMEOUT_MS_MAX));
      handle.unref();
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Milliseconds since some moment, for measuring how long work took. It tells no time, and nothing is decided by it. */
export function stopwatchMs(): number {
  return performance.now();
}

const TIMEOUT_MS_MAX = 2_147_483_647;

/** A clock that stands still until it is moved: for tests, replay and simulation. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #waiting: { dueMs: number; wake: () => void }[] = [];

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, wake: () => void): Timer {
    const entry = { dueMs: this.#nowMs + Math.max(delayMs, 0), wake };
    this.#waiting.push(entry);
    return { cancel: () => void (this.#waiting = this.#waiting.filter((other) => other !== entry)) };
  }

  /** Moves to `timeMs` (never backwards), waking every timer at its own due time, in order. */
  advanceTo(timeMs: number): void {
    assert(timeMs >= this.#nowMs, `the virtual clock was moved back from ${this.#nowMs} to ${timeMs}`);
    for (;;) {
      let next: { dueMs: number; wake: () => void } | undefined;
      for (const entry of this.#waiting) if (entry.dueMs <= timeMs && (next === undefined || entry.dueMs < next.dueMs)) next = entry;
      if (next === undefined) break;
      const due = next;
      this.#waiting = this.#waiting.filter((entry) => entry !== due);
      this.#nowMs = Math.max(this.#nowMs, due.dueMs);
      due.wake();
    }
    // A wake may itself have moved the clock on.
    this.#nowMs = Math.max(this.#nowMs, timeMs);
  }
}
