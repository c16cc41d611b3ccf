import { CLF_TIME_BYTES, clfSecondOfDay, clfTimeMs } from "./clf_time.ts";

/** Reads times, of which most are those of the line before. The last good one is known, to the kernel too: it stands where line_kernel.wat says. */
export class KnownTime {
  readonly #view: DataView;
  /** The time, and the midnight before it. */
  readonly #ms: Float64Array;

  constructor(memory: ArrayBuffer) {
    this.#view = new DataView(memory, 0, CLF_TIME_BYTES);
    this.#ms = new Float64Array(memory, MS_AT, 2);
  }

  /** Epoch milliseconds of the time at `at`, behind which there are bytes; NaN where there is none. `view` is of the same bytes. */
  read(bytes: Buffer, view: DataView, at: number): number {
    if (at + CLF_TIME_BYTES <= bytes.length && this.#isAt(view, at)) return this.#ms[0]!;
    const timeMs = clfTimeMs(bytes, at);
    if (Number.isNaN(timeMs)) return timeMs;
    for (const place of PLACES) this.#view.setInt32(place, view.getInt32(at + place, true), true);
    this.#ms[0] = timeMs;
    this.#ms[1] = timeMs - clfSecondOfDay(bytes, at) * 1000;
    return timeMs;
  }

  /** Seven reads of four bytes (the last two overlap) instead of 26 of one; those that differ most often come first. */
  #isAt(view: DataView, at: number): boolean {
    for (const place of PLACES) if (this.#view.getInt32(place, true) !== view.getInt32(at + place, true)) return false;
    return true;
  }
}

const PLACES = [16, 12, 8, 4, 0, 20, 22] as const;
const MS_AT = 32;
