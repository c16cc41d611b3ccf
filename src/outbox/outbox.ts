import {
  assert,
  type Backoff,
  type Clock,
  type Counter,
  type Counters,
  type Database,
  type Log,
  type Match,
  messageOf,
  type Steps,
  type Timer,
} from "../kit/index.ts";
import { type DeadLetter, DeadLetters } from "./dead_letters.ts";
import { Lane } from "./lane.ts";
import type { OutboxRow, Performer } from "./outbox_row.ts";
import { Store } from "./store.ts";

/** What an outbox works with. */
export interface OutboxOptions {
  /** Opened with `OUTBOX_MIGRATIONS`. It stays the caller's to close. */
  readonly database: Database;
  readonly clock: Clock;
  readonly steps: Steps;
  readonly log: Log;
  readonly counters: Counters;
  /** The folder of the dead-letter file; made when it is needed. */
  readonly dir: string;
  readonly bounds?: Partial<OutboxBounds>;
  /** Chance in [0, 1), for the spread of waits. */
  readonly random?: () => number;
  /** Told of rows of one query that an action has performed, with the action's sentence, which is the same for all of them. */
  readonly performed?: (action: string, rows: readonly OutboxRow[], sentence: string) => void;
}

/** How much an outbox holds, how often it tries and what it remembers. */
export interface OutboxBounds {
  /** Rows waiting, over all actions. What is put beyond goes to the dead-letter file. */
  readonly rowsMax: number;
  readonly triesMax: number;
  readonly backoff: Backoff;
  /** How long the key of a row that is done is remembered, so that it is known when it comes again after a crash. */
  readonly doneKeepMs: number;
  readonly doneRowsMax: number;
  /** How long a row waits for an action that the settings no longer name, before it is given up. */
  readonly orphanKeepMs: number;
  readonly deadLetterBytesMax: number;
}

/** Twelve tries are about half an hour. */
export const OUTBOX_BOUNDS: OutboxBounds = {
  rowsMax: 100_000,
  triesMax: 12,
  backoff: { firstMs: 1000, mostMs: 600_000 },
  doneKeepMs: 7 * 86_400_000,
  doneRowsMax: 1_000_000,
  orphanKeepMs: 86_400_000,
  deadLetterBytesMax: 64 * 1024 * 1024,
};

/** One action and the queries whose rows it gets. */
export interface Route {
  /** Rows wait under this name, also while the daemon does not run: the same action has the same name at the next start. */
  readonly action: string;
  readonly match: Match;
  readonly performer: Performer;
}

/**
 * Rows on their way from queries to actions. A row is on the disk before `put` returns, is performed in order per action, is tried again
 * when that fails, and ends as done or as a dead letter: never silently. A row that comes again (after a crash the same windows close
 * again) is known by its key and is not performed twice.
 *
 * When more rows wait than `rowsMax`, further ones become dead letters at once. A source that can wait asks `hasRoom` and awaits `room`
 * before it brings more events, so that it does not come to that.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #bounds: OutboxBounds;
  readonly #store: Store;
  readonly #letters: DeadLetters;
  readonly #lanes = new Map<string, { readonly match: Match; readonly lane: Lane }>();
  readonly #put: Counter;
  readonly #repeated: Counter;
  readonly #overflowed: Counter;
  readonly #tidying: Timer;
  /** The actions of each query by name, so that a match is asked once a name and not once a row. */
  readonly #matched = new Map<string, readonly string[]>();
  #waiting: number;
  #awaitingRoom: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#bounds = { ...OUTBOX_BOUNDS, ...options.bounds };
    this.#store = new Store(options.database);
    this.#letters = new DeadLetters(options.dir, this.#bounds.deadLetterBytesMax, options.counters);
    this.#put = options.counters.counter("outbox_rows_put", "Rows put on their way to an action.");
    this.#repeated = options.counters.counter("outbox_rows_repeated", "Rows that an action had before, and that were not performed again.");
    this.#overflowed = options.counters.counter("outbox_rows_overflowed", "Rows given up because too many were waiting.");
    this.#waiting = this.#store.waitingCount();
    options.steps.signal.addEventListener("abort", () => this.#giveRoom(), { once: true });
    this.#tidying = options.steps.every(
      "outbox: tidy",
      TIDY_PERIOD_MS,
      () => this.#tidy(),
      (thrown) => options.log.error(`outbox: could not be tidied: ${messageOf(thrown)}`),
    );
  }

  /** Rows that wait for an action now. */
  get waiting(): number {
    return this.#waiting;
  }

  /** False when half of what the outbox holds is waiting: time for a source to pause. */
  get hasRoom(): boolean {
    return this.#waiting * 2 < this.#bounds.rowsMax;
  }

  /** Resolves when there is room again, or when the daemon stops. */
  async room(): Promise<void> {
    while (!this.hasRoom && !this.#options.steps.stopping) {
      await new Promise<void>((resolve) => {
        this.#awaitingRoom.push(resolve);
      });
    }
  }

  /** From now on rows whose query fits go to this action; what waited for it from before is taken up. Returns how to take it out. */
  route({ action, match, performer }: Route): { readonly close: () => Promise<void> } {
    assert(!this.#lanes.has(action), `two routes of the outbox are named ${action}`);
    const { clock, steps, log, random, performed } = this.#options;
    const lane = new Lane({
      action,
      performer,
      store: this.#store,
      letters: this.#letters,
      clock,
      steps,
      log,
      random,
      triesMax: this.#bounds.triesMax,
      backoff: this.#bounds.backoff,
      performed: (rows, sentence) => performed?.(action, rows, sentence),
      ended: (rows) => this.#ended(rows),
    });
    this.#lanes.set(action, { match, lane });
    this.#matched.clear();
    lane.wake();
    const close = async (): Promise<void> => {
      this.#lanes.delete(action);
      this.#matched.clear();
      await lane.close();
    };
    return { close };
  }

  /**
   * Sends rows on their way to every action whose match fits: all of them or, when it throws (HOTAKA_DATABASE), none. Durable when it
   * returns.
   */
  put(rows: readonly OutboxRow[]): void {
    this.#send(rows.flatMap((row) => this.#actionsFor(row.query).map((action) => ({ action, row }))));
  }

  /** Sends a row on its way to one action, by the name of its route and whatever its match. Durable when it returns. Throws HOTAKA_DATABASE. */
  send(action: string, row: OutboxRow): void {
    this.#send([{ action, row }]);
  }

  /** A row that waits for an action need not be performed any more. What is in hand is finished. Throws HOTAKA_DATABASE. */
  withdraw(action: string, key: string): void {
    if (this.#store.endByKey(action, key, this.#options.clock.nowMs())) this.#ended(1);
  }

  #send(sent: readonly { readonly action: string; readonly row: OutboxRow }[]): void {
    if (sent.length === 0) return;
    const nowMs = this.#options.clock.nowMs();
    const before = this.#waiting;
    const added = this.#store.transaction(() => {
      const fresh = sent.filter(({ action, row }) => this.#store.add(action, row, nowMs));
      this.#repeated.add(sent.length - fresh.length);
      const room = Math.max(0, this.#bounds.rowsMax - before);
      this.#overflow(fresh.slice(room), nowMs);
      return fresh.slice(0, room);
    });
    this.#put.add(added.length);
    this.#waiting = before + added.length;
    for (const action of new Set(added.map((one) => one.action))) this.#lanes.get(action)?.lane.wake();
  }

  /** Resolves when nothing can be done now: nothing waits, or what waits is to be tried again later. */
  async idle(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(async ({ lane }) => lane.idle()));
  }

  /** Finishes the rows in hand and begins no others; what waits is taken up at the next start. */
  async close(): Promise<void> {
    this.#tidying.cancel();
    await Promise.all([...this.#lanes.values()].map(async ({ lane }) => lane.close()));
    this.#lanes.clear();
    this.#giveRoom();
  }

  #actionsFor(query: string): readonly string[] {
    const known = this.#matched.get(query);
    if (known !== undefined) return known;
    if (this.#matched.size >= MATCHED_MAX) this.#matched.clear();
    const actions = [...this.#lanes].flatMap(([action, { match }]) => (match(query) ? [action] : []));
    this.#matched.set(query, actions);
    return actions;
  }

  #overflow(beyond: readonly { readonly action: string; readonly row: OutboxRow }[], nowMs: number): void {
    if (beyond.length === 0) return;
    const reason = `${this.#bounds.rowsMax} rows were waiting already, as many as rows_max allows.`;
    this.#letters.write(beyond.map(({ action, row }): DeadLetter => ({ atMs: nowMs, action, row, tries: 0, reason })));
    for (const { action, row } of beyond) this.#store.endByKey(action, row.key, nowMs);
    this.#overflowed.add(beyond.length);
    this.#options.log.error(`outbox: ${beyond.length} rows were given up: ${reason} They are kept in ${this.#letters.path}.`);
  }

  #ended(rows: number): void {
    this.#waiting -= rows;
    if (this.hasRoom) this.#giveRoom();
  }

  #giveRoom(): void {
    const awaiting = this.#awaitingRoom;
    this.#awaitingRoom = [];
    for (const resolve of awaiting) resolve();
  }

  /** Gives up what waits for an action that is gone, and forgets keys that are old. */
  #tidy(): void {
    const nowMs = this.#options.clock.nowMs();
    const { orphanKeepMs, doneKeepMs, doneRowsMax } = this.#bounds;
    const orphans = this.#store.orphans([...this.#lanes.keys()], nowMs - orphanKeepMs, TIDY_AT_ONCE);
    const reason = "the settings no longer name this action.";
    this.#letters.write(orphans.map(({ action, row, tries }) => ({ atMs: nowMs, action, row, tries, reason })));
    this.#store.transaction(() => orphans.forEach(({ id }) => this.#store.end(id, nowMs)));
    this.#ended(orphans.length);
    this.#store.forget({ beforeMs: nowMs - doneKeepMs, keepMax: doneRowsMax, limit: TIDY_AT_ONCE });
  }
}

/** Opens the outbox on its database; what waited there is performed as soon as its actions are routed. */
export function openOutbox(options: OutboxOptions): Outbox {
  return new Outbox(options);
}

const MATCHED_MAX = 10_000;
const TIDY_PERIOD_MS = 60_000;
const TIDY_AT_ONCE = 5000;
