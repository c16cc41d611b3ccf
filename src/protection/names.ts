import {
  type Cidr,
  type Clock,
  type Counter,
  type Counters,
  DueQueue,
  type Log,
  messageOf,
  parseAddress,
  type Steps,
  type Timer,
} from "../kit/index.ts";
import { AddressBook } from "./address_book.ts";
import type { NameService } from "./name_service.ts";

/** What the protection of names works with. */
export interface NamesOptions {
  readonly service: Pick<NameService, "resolve">;
  /** Keeps the last answers, so that a start without DNS protects what was protected before. */
  readonly memory: NameMemory;
  readonly clock: Clock;
  readonly steps: Steps;
  readonly log: Log;
  readonly counters: Counters;
  /** Told of the addresses that are protected anew. */
  readonly found: (cidrs: readonly Cidr[]) => void;
}

/** Plain JSON by keys, on the disk. */
export interface NameMemory {
  set(key: string, value: unknown): void;
  delete(key: string): void;
  /** Everything whose key begins so, by what follows in its key. */
  entries(prefix: string): ReadonlyMap<string, unknown>;
}

/**
 * The addresses that host names have now. A name is asked for again when its answer is no longer good, but not more often than
 * `PERIOD_MS_MIN`. An address that is in no answer any more is protected for another `STAY_MS`, because a name with many addresses gives
 * some at a time. When nobody answers, or says that there is no such name, the last answer holds, for as long as it takes.
 */
export class Names {
  readonly #options: NamesOptions;
  readonly #names = new Map<string, Map<string, Seen>>();
  readonly #due = new DueQueue<string>();
  readonly #failing = new Set<string>();
  readonly #failed: Counter;
  readonly #dropped: Counter;
  #book = new AddressBook();
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: NamesOptions) {
    this.#options = options;
    const { counters } = options;
    this.#failed = counters.counter(
      "never_block_names_failed",
      "Names of never_block that could not be resolved; their last answer holds.",
    );
    this.#dropped = counters.counter(
      "never_block_addresses_dropped",
      "Addresses of a name of never_block beyond those that are protected.",
    );
  }

  /** Protects these names from now on, and no others. Resolves when each has been asked for once, or that takes too long. */
  async configure(names: readonly string[]): Promise<void> {
    const { memory, clock } = this.#options;
    const kept = memory.entries(KEY);
    for (const name of kept.keys()) if (!names.includes(name)) memory.delete(KEY + name);
    for (const name of this.#names.keys()) if (!names.includes(name)) this.#forget(name);
    const fresh = names.filter((name) => !this.#names.has(name));
    for (const name of fresh)
      this.#names.set(name, new Map(addressesOf(kept.get(name)).map((cidr) => [cidr.address, { cidr, seenMs: clock.nowMs() }])));
    this.#rebuild();
    await this.#atMost(
      FIRST_MS_MAX,
      this.#resolve(fresh).finally(() => this.#arm()),
    );
  }

  whyNot(cidr: Cidr): string | undefined {
    return this.#book.find(cidr)?.why;
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  /** A DNS that does not answer is no reason not to start: what was known before is protected, and the rest as soon as it is known. */
  async #atMost(ms: number, work: Promise<void>): Promise<void> {
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#options.clock.after(ms, resolve);
    });
    await Promise.race([work, late]);
    timer?.cancel();
  }

  #forget(name: string): void {
    this.#names.delete(name);
    this.#due.delete(name);
    this.#failing.delete(name);
  }

  /** Asks for some names at a time, so that a thousand of them are not a thousand packets at once. */
  async #resolve(names: readonly string[]): Promise<void> {
    for (let at = 0; at < names.length && !this.#isClosed; at += AT_ONCE) {
      await Promise.all(names.slice(at, at + AT_ONCE).map(async (name) => this.#ask(name)));
    }
    this.#rebuild();
  }

  async #ask(name: string): Promise<void> {
    const { service, clock, log } = this.#options;
    let waitMs = PERIOD_MS_MIN;
    try {
      const { addresses, ttlMs } = await service.resolve(name);
      this.#take(
        name,
        addresses.flatMap((address) => parseAddress(address) ?? []),
      );
      waitMs = Math.min(Math.max(ttlMs, PERIOD_MS_MIN), PERIOD_MS_MAX);
      if (this.#failing.delete(name)) log.info(`never_block: ${name} can be resolved again.`);
    } catch (thrown) {
      this.#failed.add();
      const kept = this.#names.get(name)?.size ?? 0;
      const what = kept === 0 ? "nothing is protected by it" : `its last answer holds (${kept} ${kept === 1 ? "address" : "addresses"})`;
      if (!this.#failing.has(name))
        log.warn(`never_block: ${name} could not be resolved, so ${what}: ${messageOf(thrown)}. It is asked for again.`);
      this.#failing.add(name);
    }
    if (this.#names.has(name)) this.#due.set(name, clock.nowMs() + waitMs);
  }

  #take(name: string, answer: readonly Cidr[]): void {
    const known = this.#names.get(name);
    if (known === undefined) return;
    const nowMs = this.#options.clock.nowMs();
    for (const [address, { seenMs }] of known) if (nowMs - seenMs > STAY_MS) known.delete(address);
    const fresh: Cidr[] = [];
    for (const cidr of answer) {
      if (!known.has(cidr.address) && known.size >= ADDRESSES_MAX) this.#dropped.add();
      else {
        if (!known.has(cidr.address)) fresh.push(cidr);
        known.set(cidr.address, { cidr, seenMs: nowMs });
      }
    }
    this.#options.memory.set(KEY + name, [...known.keys()]);
    for (const cidr of fresh) this.#book.add(cidr, whyOf(cidr, name));
    if (fresh.length > 0) this.#options.found(fresh);
  }

  #rebuild(): void {
    const book = new AddressBook();
    for (const [name, seen] of this.#names) for (const { cidr } of seen.values()) book.add(cidr, whyOf(cidr, name));
    this.#book = book;
  }

  #arm(): void {
    this.#timer?.cancel();
    const { clock, steps, log } = this.#options;
    if (this.#due.nextDueMs === undefined || this.#isClosed || steps.stopping) return;
    // Some wait a little longer and are asked for together.
    const waitMs = Math.max(this.#due.nextDueMs - clock.nowMs(), GATHER_MS);
    this.#timer = clock.after(waitMs, () => {
      steps
        .run("never_block: names", async () => this.#resolve(this.#due.takeDue(clock.nowMs())))
        .catch((thrown: unknown) => {
          if (!steps.stopping) log.error(`never_block: names could not be resolved: ${messageOf(thrown)}`);
        })
        .finally(() => this.#arm());
    });
  }
}

interface Seen {
  readonly cidr: Cidr;
  readonly seenMs: number;
}

function whyOf(cidr: Cidr, name: string): string {
  return `${cidr.shown} is ${name}, which is on the never-block list`;
}

/** What was remembered, as far as it can be read. */
function addressesOf(kept: unknown): Cidr[] {
  return Array.isArray(kept) ? kept.flatMap((address) => parseAddress(String(address)) ?? []) : [];
}

const KEY = "never_block name ";
const AT_ONCE = 16;
const FIRST_MS_MAX = 5000;
const ADDRESSES_MAX = 64;
const GATHER_MS = 1000;
const PERIOD_MS_MIN = 30_000;
const PERIOD_MS_MAX = 3_600_000;
const STAY_MS = 3_600_000;
