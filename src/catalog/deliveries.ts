import { type Row, rowToJson } from "../event/index.ts";
import type { Delivery } from "../sql/index.ts";
import type { Query } from "./query.ts";
import type { Targets } from "./targets.ts";

/** What a query gave at one instant. */
export interface Output {
  readonly query: string;
  readonly group: string | undefined;
  /** The time the rows are of: the end of their window, or the time of their event. Epoch ms. */
  readonly timeMs: number;
  readonly rows: readonly Row[];
  readonly removed: readonly Row[];
  /**
   * The identity of each of `rows`: the same after a crash. It counts equal rows, so who asks for the keys of one output of a query asks
   * for those of all.
   */
  keys(): readonly string[];
}

export interface DeliveriesOptions {
  readonly targets: Targets;
  /** Told of every output, in order of time. */
  readonly output: (output: Output) => void;
  /** Takes a line of a query whose group is STDOUT(). */
  readonly print: (line: string) => void;
  /** How far time has come for a query. */
  readonly nowOf: (query: Query) => number | undefined;
  /** Told when everything that came of a call has been handed on. */
  readonly taken: () => void;
}

/**
 * Hands on what the statements give, once all of them have taken the events of a call: to pools and listeners, and as events to the targets
 * that queries feed. A listener may change queries.
 */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  #given: { readonly query: Query; readonly delivery: Delivery }[] = [];
  #isHandingOn = false;
  /** The queries that feed a target that has no other events, by that target: its time is theirs. */
  readonly #feeders = new Map<string, Set<Query>>();

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  add(query: Query, delivery: Delivery): void {
    this.#given.push({ query, delivery });
  }

  /** From here on the time of a derived target goes on with `query`. */
  feed(query: Query): void {
    for (const name of query.feeds) {
      if (this.#options.targets.get(name)?.isDerived !== true) continue;
      const feeders = this.#feeders.get(name) ?? new Set();
      this.#feeders.set(name, feeders.add(query));
    }
  }

  feedNoMore(query: Query): void {
    for (const [name, feeders] of this.#feeders) if (feeders.delete(query) && feeders.size === 0) this.#feeders.delete(name);
  }

  handOn(): void {
    // What is handed on makes events, and these come here again.
    if (this.#isHandingOn) return;
    this.#isHandingOn = true;
    try {
      do this.#handOnGiven();
      while (this.#followFeeders() || this.#given.length > 0);
    } finally {
      this.#isHandingOn = false;
    }
    this.#options.taken();
  }

  #handOnGiven(): void {
    while (this.#given.length > 0) {
      const given = this.#given;
      this.#given = [];
      // One query gives in order of time by itself. Of one time, the query that was registered first comes first.
      if (given.some(({ query }) => query !== given[0]!.query))
        given.sort((left, right) => left.delivery.endMs - right.delivery.endMs || left.query.number - right.query.number);
      const fed = new Set<string>();
      for (const { query, delivery } of given) this.#handOnOne(query, delivery, fed);
      for (const name of fed) this.#options.targets.get(name)?.columns.flush();
    }
  }

  #handOnOne(query: Query, delivery: Delivery, fed: Set<string>): void {
    query.take(delivery);
    const output = outputOf(query, delivery);
    if (delivery.rows.length > 0 || delivery.removed.length > 0) this.#options.output(output);
    if (query.insertInto !== undefined && delivery.inserted !== undefined)
      this.#insert(query.insertInto.target, delivery.inserted, delivery.timeMs, fed);
    const { listener } = query;
    if (listener.kind === "loopback") this.#insert(listener.target, delivery.rows, delivery.timeMs, fed);
    if (listener.kind === "stdout") for (const row of delivery.rows) this.#options.print(`${query.name}\t${rowToJson(row)}`);
  }

  #insert(name: string, rows: readonly Row[], timeMs: number, fed: Set<string>): void {
    const target = this.#options.targets.get(name);
    if (target === undefined) return;
    fed.add(name);
    const instantMs = target.instantOf(timeMs);
    for (const row of rows) target.columns.take(row, instantMs);
  }

  /** Time in derived targets comes to where it is for those that feed them. True if it moved somewhere. */
  #followFeeders(): boolean {
    let hasMoved = false;
    for (const [name, feeders] of this.#feeders) {
      const times = [...feeders].map((query) => this.#options.nowOf(query) ?? Number.NEGATIVE_INFINITY);
      if (this.#options.targets.get(name)?.follow(Math.min(...times)) === true) hasMoved = true;
    }
    return hasMoved;
  }
}

function outputOf(query: Query, { endMs: timeMs, rows, removed }: Delivery): Output {
  let keys: readonly string[] | undefined;
  const { name, group } = query.definition;
  return { query: name, group, timeMs, rows, removed, keys: () => (keys ??= query.keys.keysOf(timeMs, rows)) };
}
