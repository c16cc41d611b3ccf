import { type Clock, formatDuration, type Timer } from "../kit/index.ts";
import type { Screen } from "./terminal.ts";

export interface ProgressOptions {
  /** What is being done: `reading access.log`. */
  readonly name: string;
  /** All there is to do, in units; undefined when nobody knows. */
  readonly total: number | undefined;
  /** An amount for people: `formatSize`, or a number with its noun. */
  readonly shown: (amount: number) => string;
  readonly clock: Clock;
  readonly screen: Screen;
}

/**
 * How far long work has come, with its rate and the time left. On a terminal one line that moves; elsewhere a plain line every
 * `LINE_PERIOD_MS`, and none at all when the work is done sooner. To be told by `at` as often as one likes: it reads no clock itself.
 */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #startMs: number;
  #timer: Timer | undefined;
  #done = 0;
  #isShown = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#startMs = options.clock.nowMs();
    this.#arm();
  }

  /** The work has come to `done` units of the total. */
  at(done: number): void {
    this.#done = done;
  }

  /** The work has ended, or failed: the bar goes, what was written elsewhere stays. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#isShown && this.#options.screen.isTerminal) this.#options.screen.write(CLEAR_LINE);
    this.#isShown = false;
  }

  #arm(): void {
    const { clock, screen } = this.#options;
    this.#timer = clock.after(screen.isTerminal ? BAR_PERIOD_MS : LINE_PERIOD_MS, () => {
      this.#show();
      this.#arm();
    });
  }

  #show(): void {
    const { screen, clock } = this.#options;
    const reading = progressOf(this.#done, this.#options.total, clock.nowMs() - this.#startMs);
    this.#isShown = true;
    if (screen.isTerminal) screen.write(CLEAR_LINE + barLine(this.#options, reading, screen.columns - 1));
    else screen.write(`${this.#options.name}: ${sentence(this.#options, reading)}\n`);
  }
}

export interface ProgressReading {
  readonly done: number;
  /** 0 to 1; undefined when the total is not known. */
  readonly part: number | undefined;
  /** Units a second since the start. */
  readonly rate: number;
  readonly leftMs: number | undefined;
}

/** Pure: where work stands after `elapsedMs`. Work may come to more than its total, as when a file grew: then it is all but done. */
export function progressOf(done: number, total: number | undefined, elapsedMs: number): ProgressReading {
  const rate = elapsedMs > 0 ? (done / elapsedMs) * 1000 : 0;
  if (total === undefined) return { done, part: undefined, rate, leftMs: undefined };
  const part = total > 0 ? Math.min(done / total, 1) : 1;
  return { done, part, rate, leftMs: rate > 0 ? (Math.max(total - done, 0) / rate) * 1000 : undefined };
}

function sentence({ shown }: ProgressOptions, { done, part, rate, leftMs }: ProgressReading): string {
  const share = part === undefined ? "" : `${Math.floor(part * 100)} %, `;
  const left = leftMs === undefined ? "" : `, ${formatDuration(Math.max(leftMs, 1000))} left`;
  return `${share}${shown(done)}, ${shown(rate)}/s${left}`;
}

function barLine(options: ProgressOptions, reading: ProgressReading, columns: number): string {
  const text = `${options.name}  ${sentence(options, reading)}`;
  const width = Math.min(columns - text.length - 2, BAR_COLUMNS_MAX);
  if (reading.part === undefined || width < BAR_COLUMNS_MIN) return text.slice(0, columns);
  const filled = Math.round(reading.part * width);
  return `${options.screen.style("cyan", "█".repeat(filled))}${options.screen.style("dim", "░".repeat(width - filled))}  ${text}`;
}

// Back to the first column, and clear to the end of the line (ECMA-48 EL).
const CLEAR_LINE = "\r\u001B[K";
const BAR_PERIOD_MS = 100;
const LINE_PERIOD_MS = 5000;
const BAR_COLUMNS_MIN = 8;
const BAR_COLUMNS_MAX = 40;
