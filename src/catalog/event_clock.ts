/**
 * The clock of a target under event time: the newest record's time minus `latenessMaxMs`. It never goes back. It is told of records and
 * of silence; it reads no clock itself.
 */
export class EventClock {
  readonly #latenessMaxMs: number;
  readonly #idleAfterMs: number | undefined;
  #newestMs = Number.NEGATIVE_INFINITY;
  /** Below this the clock does not fall: how far silence, or a release before its time, has moved it. */
  #floorMs = Number.NEGATIVE_INFINITY;
  #quietMs = 0;
  /** Records that came when the clock had already passed their time. */
  late = 0;
  /** The `lateness_max` that would have let the latest of them in, in ms. */
  latenessSeenMs = 0;

  constructor(options: { readonly latenessMaxMs: number; readonly idleAfterMs: number | undefined }) {
    this.#latenessMaxMs = options.latenessMaxMs;
    this.#idleAfterMs = options.idleAfterMs;
  }

  /** Epoch ms; undefined while there was no record, for then a target has no time. */
  get nowMs(): number | undefined {
    const nowMs = this.#nowMs();
    return nowMs === Number.NEGATIVE_INFINITY ? undefined : nowMs;
  }

  /** Takes note of a record. Returns the instant at which it happens for the statements: its own time, or the present if it is late. */
  observe(timeMs: number): number {
    this.#quietMs = 0;
    if (timeMs > this.#newestMs) this.#newestMs = timeMs;
    const nowMs = this.#nowMs();
    if (timeMs >= nowMs) return timeMs;
    this.#countLate(1, nowMs - timeMs);
    return nowMs;
  }

  /** As `observe`, for the first `size` of `times`. Returns how many of them were late. */
  observeAll(times: Float64Array, size: number): number {
    this.#quietMs = 0;
    let newestMs = this.#newestMs;
    let nowMs = this.#nowMs();
    let late = 0;
    let behindMs = 0;
    for (let row = 0; row < size; row++) {
      const timeMs = times[row]!;
      if (timeMs > newestMs) {
        newestMs = timeMs;
        nowMs = Math.max(nowMs, newestMs - this.#latenessMaxMs);
      }
      if (timeMs < nowMs) {
        late++;
        if (nowMs - timeMs > behindMs) behindMs = nowMs - timeMs;
      }
    }
    this.#newestMs = newestMs;
    if (late > 0) this.#countLate(late, behindMs);
    return late;
  }

  /** Moves the clock to `timeMs`, if that is ahead: everything up to there has been handed on. */
  passed(timeMs: number): void {
    if (timeMs > this.#floorMs) this.#floorMs = timeMs;
  }

  /**
   * So many more milliseconds have gone by without a record. After `idle_after` of silence time goes on at the pace of the wall, so that a
   * window closes although nobody comes any more. Returns true if the clock moved.
   */
  idle(elapsedMs: number): boolean {
    if (this.#idleAfterMs === undefined || this.#newestMs === Number.NEGATIVE_INFINITY) return false;
    this.#quietMs += elapsedMs;
    const beyondMs = this.#quietMs - this.#idleAfterMs;
    if (beyondMs <= 0) return false;
    const before = this.#nowMs();
    this.passed(this.#newestMs - this.#latenessMaxMs + beyondMs);
    return this.#nowMs() > before;
  }

  save(): SavedEventClock {
    return { newestMs: this.#newestMs, floorMs: this.#floorMs, late: this.late, latenessSeenMs: this.latenessSeenMs };
  }

  /** Goes on from what `save` gave. The silence while nobody was there does not count: what was written meanwhile is still to be read. */
  restore(saved: SavedEventClock): void {
    this.#newestMs = saved.newestMs;
    this.#floorMs = saved.floorMs;
    this.late = saved.late;
    this.latenessSeenMs = saved.latenessSeenMs;
    this.#quietMs = 0;
  }

  #nowMs(): number {
    return Math.max(this.#newestMs - this.#latenessMaxMs, this.#floorMs);
  }

  #countLate(count: number, behindMs: number): void {
    this.late += count;
    this.latenessSeenMs = Math.max(this.latenessSeenMs, behindMs + this.#latenessMaxMs);
  }
}

export interface SavedEventClock {
  readonly newestMs: number;
  readonly floorMs: number;
  readonly late: number;
  readonly latenessSeenMs: number;
}
