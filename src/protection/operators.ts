import { type Cidr, type Clock, type Counter, type Counters, DueQueue, type Log, parseAddress } from "../kit/index.ts";
import { AddressBook } from "./address_book.ts";

export interface OperatorsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  /** Told of the addresses that are protected anew. */
  readonly found: (cidrs: readonly Cidr[]) => void;
}

/** Where the people sit who look after the daemon: to lock out oneself is the worst block of all. */
export class Operators {
  /** How long an address is protected after it was last seen (milliseconds); undefined protects none. */
  forMs: number | undefined;
  readonly #options: OperatorsOptions;
  readonly #book = new AddressBook();
  readonly #ends = new DueQueue<string>();
  readonly #dropped: Counter;

  constructor(options: OperatorsOptions) {
    this.#options = options;
    this.#dropped = options.counters.counter(
      "never_block_operators_dropped",
      "Addresses of people that were not protected, as too many are.",
    );
  }

  /** Somebody who may change things has asked from there. What is no address (a proxy of another kind, a socket) is passed over. */
  saw(address: string): void {
    const cidr = this.forMs === undefined ? undefined : parseAddress(address);
    if (cidr === undefined || this.forMs === undefined) return;
    const nowMs = this.#options.clock.nowMs();
    this.#expire(nowMs);
    const isNew = this.#book.find(cidr) === undefined;
    if (isNew && this.#book.size >= ADDRESSES_MAX) return this.#dropped.add();
    this.#book.add(cidr, `${cidr.address} is where an operator asked from`);
    this.#ends.set(cidr.address, nowMs + this.forMs);
    if (!isNew) return;
    this.#options.log.debug(`never_block: ${cidr.address} is where an operator asked from, and is protected.`);
    this.#options.found([cidr]);
  }

  whyNot(cidr: Cidr): string | undefined {
    this.#expire(this.#options.clock.nowMs());
    return this.forMs === undefined ? undefined : this.#book.find(cidr)?.why;
  }

  #expire(nowMs: number): void {
    for (const address of this.#ends.takeDue(nowMs)) {
      const cidr = parseAddress(address);
      if (cidr !== undefined) this.#book.delete(cidr);
    }
  }
}

const ADDRESSES_MAX = 1000;
