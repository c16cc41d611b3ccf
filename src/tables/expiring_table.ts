import {
  type Cidr,
  type Clock,
  type Counter,
  type Counters,
  DueQueue,
  parseAddress,
  parseCidr,
  PrefixMap,
  type Timer,
} from "../kit/index.ts";

/** One entry of a table. */
export interface TableEntry {
  /** An address or prefix in canonical CIDR notation, or any other text. */
  readonly key: string;
  readonly value: string;
  /** Epoch ms; undefined is for good. */
  readonly untilMs: number | undefined;
  /** Who put it there: each touches what is its own. */
  readonly owner: string;
}

/** What a table is made of. */
export interface ExpiringTableOptions {
  readonly name: string;
  readonly entriesMax: number;
  readonly clock: Clock;
  readonly counters: Counters;
}

/**
 * A look-up table in memory whose entries come to an end by themselves. Keys that are addresses or prefixes are also found by any address
 * they hold. When it is full, new entries are refused and counted; those that stand are never pushed out.
 */
export class ExpiringTable {
  readonly name: string;
  readonly #clock: Clock;
  readonly #entries = new Map<string, TableEntry>();
  readonly #prefixes = new PrefixMap<string>();
  readonly #ends = new DueQueue<string>();
  readonly #counts = new Map<string, number>();
  readonly #refused: Counter;
  readonly #expired: Counter;
  #entriesMax: number;
  #timer: Timer | undefined;
  #timerDueMs: number | undefined;

  constructor({ name, entriesMax, clock, counters }: ExpiringTableOptions) {
    this.name = name;
    this.#entriesMax = entriesMax;
    this.#clock = clock;
    this.#refused = counters.counter("tables_entries_refused", "Entries refused because the table was full.", { table: name });
    this.#expired = counters.counter("tables_entries_expired", "Entries that came to their end.", { table: name });
  }

  get size(): number {
    this.#expire();
    return this.#entries.size;
  }

  get entriesMax(): number {
    return this.#entriesMax;
  }

  /** A table that becomes smaller keeps what it holds, and takes nothing new until there is room. */
  set entriesMax(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** Puts an entry in, in place of the one of that key. False when it is not taken: the table is full, or its end has passed. */
  set(entry: TableEntry): boolean {
    this.#expire();
    const cidr = parseCidr(entry.key);
    const key = cidr?.toString() ?? entry.key;
    if (entry.untilMs !== undefined && entry.untilMs <= this.#clock.nowMs()) return false;
    if (key.length > KEY_CHARS_MAX || (!this.#entries.has(key) && this.#entries.size >= this.#entriesMax)) {
      this.#refused.add();
      return false;
    }
    this.#count(this.#entries.get(key)?.owner, entry.owner);
    this.#entries.set(key, { ...entry, key });
    if (cidr !== undefined) this.#prefixes.set(cidr, key);
    if (entry.untilMs === undefined) this.#ends.delete(key);
    else this.#ends.set(key, entry.untilMs);
    this.#arm();
    return true;
  }

  /** The entry of exactly this key; an address and its full-length prefix are one key. */
  get(key: string): TableEntry | undefined {
    this.#expire();
    return this.#entries.get(canonical(key));
  }

  /** The entry of the longest prefix that holds the address; undefined when none does, or when it is not an address. */
  holding(address: string): TableEntry | undefined {
    this.#expire();
    const parsed = parseAddress(address);
    const key = parsed === undefined ? undefined : this.#prefixes.longest(parsed);
    return key === undefined ? undefined : this.#entries.get(key);
  }

  delete(key: string): boolean {
    const deleted = this.#remove(canonical(key));
    this.#arm();
    return deleted;
  }

  /** How many entries are of that owner. */
  countOf(owner: string): number {
    this.#expire();
    return this.#counts.get(owner) ?? 0;
  }

  /** Every entry, in the order they were first put in. */
  entries(): TableEntry[] {
    this.#expire();
    return [...this.#entries.values()];
  }

  close(): void {
    this.#timer?.cancel();
  }

  #remove(key: string): boolean {
    const cidr: Cidr | undefined = parseCidr(key);
    if (cidr !== undefined) this.#prefixes.delete(cidr);
    this.#ends.delete(key);
    this.#count(this.#entries.get(key)?.owner, undefined);
    return this.#entries.delete(key);
  }

  /** An entry passes from one owner to another; undefined is nobody. */
  #count(from: string | undefined, to: string | undefined): void {
    if (to !== undefined) this.#counts.set(to, (this.#counts.get(to) ?? 0) + 1);
    if (from === undefined) return;
    const left = (this.#counts.get(from) ?? 0) - 1;
    if (left > 0) this.#counts.set(from, left);
    else this.#counts.delete(from);
  }

  #expire(): void {
    for (const key of this.#ends.takeDue(this.#clock.nowMs())) {
      this.#remove(key);
      this.#expired.add();
    }
  }

  /** One timer for the next end, so that memory is given back although nobody asks. */
  #arm(): void {
    const dueMs = this.#ends.nextDueMs;
    if (dueMs === this.#timerDueMs) return;
    this.#timer?.cancel();
    this.#timerDueMs = dueMs;
    if (dueMs === undefined) return;
    this.#timer = this.#clock.after(Math.max(0, dueMs - this.#clock.nowMs()), () => {
      this.#timerDueMs = undefined;
      this.#expire();
      this.#arm();
    });
  }
}

function canonical(key: string): string {
  return parseCidr(key)?.toString() ?? key;
}

/** The longest key of the memcached protocol, by which tables are read from outside. */
const KEY_CHARS_MAX = 250;
