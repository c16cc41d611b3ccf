import {
  type Backoff,
  backoffMs,
  type Clock,
  formatDuration,
  HotakaError,
  type Log,
  messageOf,
  oneLine,
  type Steps,
  type Timer,
} from "../kit/index.ts";
import type { DeadLetters } from "./dead_letters.ts";
import type { BatchBounds, OutboxRow, Performer } from "./outbox_row.ts";
import type { Entry, Store } from "./store.ts";

/** What a lane works with. */
export interface LaneOptions {
  readonly action: string;
  readonly performer: Performer;
  readonly store: Store;
  readonly letters: DeadLetters;
  readonly clock: Clock;
  readonly steps: Steps;
  readonly log: Log;
  readonly triesMax: number;
  readonly backoff: Backoff;
  readonly random: (() => number) | undefined;
  /** Told of rows that are done, those of one query of which there is the same to say at once; and of how many rows have left the outbox. */
  readonly performed: (rows: readonly OutboxRow[], sentence: string) => void;
  readonly ended: (rows: number) => void;
}

/**
 * The rows that wait for one action, performed in the order they were put: one after the other, as many at a time as the action says, or
 * in batches. While a row waits to be tried again, so do those behind it: a service that is down is asked once in a while, not once a row.
 */
export class Lane {
  readonly #options: LaneOptions;
  #timer: Timer | undefined;
  #working: Promise<void> | undefined;
  #isWokenMeanwhile = false;
  #isClosed = false;
  #troubles = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Something was put, or time has passed: works off what is due. */
  wake(): void {
    if (this.#isClosed || this.#options.steps.stopping) return;
    if (this.#working !== undefined) {
      this.#isWokenMeanwhile = true;
      return;
    }
    this.#timer?.cancel();
    this.#working = this.#work().finally(() => {
      this.#working = undefined;
      if (!this.#isWokenMeanwhile) return;
      this.#isWokenMeanwhile = false;
      this.wake();
    });
  }

  /** Resolves when nothing can be done now: nothing waits, or what waits is to be tried again later. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  /** Finishes the row in hand and begins no other. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.idle();
  }

  get #mayGoOn(): boolean {
    return !this.#isClosed && !this.#options.steps.stopping;
  }

  async #work(): Promise<void> {
    const { action, steps, clock, log } = this.#options;
    try {
      while (this.#mayGoOn) {
        const { entries, dueMs } = this.#next();
        if (dueMs === undefined) break;
        if (dueMs > clock.nowMs()) {
          this.#wakeIn(dueMs - clock.nowMs());
          break;
        }
        await steps.run(`outbox: ${action}`, async () => this.#performDue(entries));
      }
      this.#troubles = 0;
    } catch (thrown) {
      if (!this.#mayGoOn) return;
      const waitMs = backoffMs(this.#options.backoff, ++this.#troubles, this.#options.random);
      log.error(`outbox: rows for ${action} could not be worked off: ${messageOf(thrown)} It is tried again in ${formatDuration(waitMs)}.`);
      this.#wakeIn(waitMs);
    }
  }

  /** What is performed next and not before `dueMs`, which is undefined when nothing waits. */
  #next(): { readonly entries: readonly Entry[]; readonly dueMs: number | undefined } {
    const { store, action, clock } = this.#options;
    const batches = this.#batches;
    let entries = batches === undefined ? store.waiting(action, this.#rowsAtOnce) : store.batch(action);
    if (batches !== undefined && entries.length === 0) {
      const lingersUntilMs = store.cut(action, batches, clock.nowMs());
      if (lingersUntilMs !== undefined) return { entries, dueMs: lingersUntilMs };
      entries = store.batch(action);
    }
    return { entries, dueMs: entries[0]?.dueMs };
  }

  /** Undefined also for batches of one row, which are the same at every try without a mark on the disk. */
  get #batches(): BatchBounds | undefined {
    const { batches } = this.#options.performer;
    return batches?.rowsMax === 1 ? undefined : batches;
  }

  /** Whether rows are handed over together that need not be the same at the next try. */
  get #takesAnyTogether(): boolean {
    const { performer } = this.#options;
    return performer.performAll !== undefined && performer.batches === undefined;
  }

  get #rowsAtOnce(): number {
    const { performer } = this.#options;
    return !this.#takesAnyTogether ? Math.max(AT_ONCE, performer.atOnce ?? 1) : TOGETHER_MAX;
  }

  #wakeIn(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(delayMs, () => this.wake());
  }

  async #performDue(entries: readonly Entry[]): Promise<void> {
    if (this.#batches !== undefined) await this.#performBatch(entries, this.#batches);
    else if (this.#takesAnyTogether && entries.length > 1) await this.#performTogether(entries);
    else await this.#performEach(entries);
  }

  /** Performs rows all at once. When that fails they are tried again together; after a defect one by one, to find the row that it is in. */
  async #performTogether(entries: readonly Entry[]): Promise<void> {
    const { performer, store, clock, ended } = this.#options;
    let sentences: readonly string[];
    try {
      sentences = (await performer.performAll?.(entries.map(({ row }) => row))) ?? [];
    } catch (thrown) {
      if (isRefusal(thrown)) return this.#performEach(entries);
      this.#fail(entries[0]!, { thrown });
      return;
    }
    this.#tell(entries, sentences);
    store.transaction(() => entries.forEach(({ id }) => store.end(id, clock.nowMs())));
    ended(entries.length);
  }

  /** Performs the rows of a batch as one. That it is done and where the next one ends is one write to the disk. */
  async #performBatch(entries: readonly Entry[], batches: BatchBounds): Promise<void> {
    const { performer, store, clock, ended, action } = this.#options;
    let sentences: readonly string[];
    try {
      sentences = (await performer.performAll?.(entries.map(({ row }) => row))) ?? [];
    } catch (thrown) {
      this.#failBatch(entries, thrown);
      return;
    }
    this.#tell(entries, sentences);
    store.transaction(() => {
      store.endBatch(action, entries.at(-1)!.id, clock.nowMs());
      store.cut(action, batches, clock.nowMs());
    });
    ended(entries.length);
  }

  /** A batch of thousands of rows is a line of the log and not thousands. */
  #tell(entries: readonly Entry[], sentences: readonly string[]): void {
    const told = new Map<string, { readonly sentence: string; readonly rows: OutboxRow[] }>();
    for (const [index, { row }] of entries.entries()) {
      const sentence = sentences[index] ?? "";
      const key = `${row.query} ${sentence}`;
      const known = told.get(key);
      if (known === undefined) told.set(key, { sentence, rows: [row] });
      else known.rows.push(row);
    }
    for (const { sentence, rows } of told.values()) this.#options.performed(rows, sentence);
  }

  /**
   * Has a batch tried again. One that is refused for what is in it is cut in two and goes on at once, and so is one that has used up its tries,
   * which was refused without a word maybe; it waits, as its service may be down. So what cannot be taken ends alone and is given up alone.
   */
  #failBatch(entries: readonly Entry[], thrown: unknown): void {
    const { store, clock, log, action, triesMax } = this.#options;
    if (this.#isStopping(thrown)) return;
    const [first, last] = [entries[0]!, entries.at(-1)!];
    const tries = first.tries + 1;
    const reason = oneLine(messageOf(thrown), REASON_CHARS_MAX);
    const isHopeless = isRefusal(thrown);
    if (entries.length === 1 && (isHopeless || tries >= triesMax)) {
      this.#giveUp(first, tries, reason);
      return;
    }
    const half = entries[(entries.length >> 1) - 1];
    if (isHopeless) {
      store.cutBehind(action, half!.id);
      log.debug(`outbox: ${action} failed for ${entries.length} rows, which are tried in two halves: ${reason}`);
      return;
    }
    const waitMs = backoffMs(this.#options.backoff, tries, this.#options.random);
    store.transaction(() => {
      store.batchFailed(action, last.id, { tries: Math.min(tries, triesMax - 1), dueMs: clock.nowMs() + waitMs });
      if (tries >= triesMax) store.cutBehind(action, half!.id);
    });
    const rows = entries.length === 1 ? `a row of ${first.row.query}` : `${entries.length} rows`;
    log.warn(`outbox: ${action} failed for ${rows}, try ${tries} of ${triesMax}: ${reason} The next is in ${formatDuration(waitMs)}.`);
  }

  /** An action that gave up because the daemon stops has not failed. */
  #isStopping(thrown: unknown): boolean {
    return !this.#mayGoOn && thrown instanceof HotakaError && thrown.code === "HOTAKA_STOPPING";
  }

  /**
   * Performs rows in order until one fails or the daemon stops. Quick ones are marked as done together, so that they cost one write to
   * the disk and not one each; a crash before that performs them again, which actions bear.
   */
  async #performEach(entries: readonly Entry[]): Promise<void> {
    const { store, clock, performer } = this.#options;
    const atOnce = performer.atOnce ?? 1;
    let done: Entry[] = [];
    let sinceMs = clock.nowMs();
    const markDone = (): void => {
      if (done.length > 0) store.transaction(() => done.forEach(({ id }) => store.end(id, clock.nowMs())));
      this.#options.ended(done.length);
      done = [];
      sinceMs = clock.nowMs();
    };
    for (let at = 0; at < entries.length && this.#mayGoOn; at += atOnce) {
      const together = entries.slice(at, at + atOnce);
      const failures = await Promise.all(together.map(async (entry) => this.#perform(entry)));
      done.push(...together.filter((_, index) => failures[index] === undefined));
      if (failures.some((failure) => failure !== undefined) || clock.nowMs() - sinceMs >= MARK_DONE_MS) markDone();
      const areGivenUp = failures.map((failure, index) => failure === undefined || this.#fail(together[index]!, failure));
      if (areGivenUp.includes(false)) return;
    }
    markDone();
  }

  /** Undefined when the row is done. */
  async #perform({ row }: Entry): Promise<{ readonly thrown: unknown } | undefined> {
    try {
      this.#options.performed([row], await this.#options.performer.perform(row));
      return undefined;
    } catch (thrown) {
      return { thrown };
    }
  }

  /** Sees to a row that failed. True when it was given up, so that the next one may be tried. */
  #fail(entry: Entry, { thrown }: { readonly thrown: unknown }): boolean {
    const { store, clock, log, action, triesMax } = this.#options;
    if (this.#isStopping(thrown)) return false;
    const tries = entry.tries + 1;
    const reason = oneLine(messageOf(thrown), REASON_CHARS_MAX);
    if (isRefusal(thrown) || tries >= triesMax) {
      this.#giveUp(entry, tries, reason);
      return true;
    }
    const waitMs = backoffMs(this.#options.backoff, tries, this.#options.random);
    store.failed(entry.id, tries, clock.nowMs() + waitMs);
    log.warn(
      `outbox: ${action} failed for a row of ${entry.row.query}, try ${tries} of ${triesMax}: ${reason} The next is in ${formatDuration(waitMs)}.`,
    );
    return false;
  }

  #giveUp(entry: Entry, tries: number, reason: string): void {
    const { store, clock, letters, log, action } = this.#options;
    letters.write([{ atMs: clock.nowMs(), action, row: entry.row, tries, reason }]);
    store.end(entry.id, clock.nowMs());
    this.#options.ended(1);
    log.error(`outbox: ${action} gave up a row of ${entry.row.query} after ${tries} tries: ${reason} It is kept in ${letters.path}.`);
  }
}

/** True for what no further try will change: the row is not taken, or a defect of ours. */
function isRefusal(thrown: unknown): boolean {
  return !(thrown instanceof HotakaError) || thrown.code === "HOTAKA_ACTION_REFUSED";
}

const AT_ONCE = 64;
/** Some ten milliseconds of work for who decides on them. */
const TOGETHER_MAX = 200;
const MARK_DONE_MS = 20;
const REASON_CHARS_MAX = 1000;
