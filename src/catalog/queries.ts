import { assert, type Counters, HotakaError, type Log, messageOf } from "../kit/index.ts";
import type { Budget } from "../sql/index.ts";
import { refuseLoop } from "./chain.ts";
import type { Deliveries } from "./deliveries.ts";
import type { PoolBounds } from "./output_pool.ts";
import { type Awaited, type OpenStatement, Query, type QueryDefinition } from "./query.ts";
import type { SavedStates } from "./saved_states.ts";
import type { Target } from "./target.ts";
import type { Targets } from "./targets.ts";

export interface QueriesOptions {
  readonly open: OpenStatement;
  readonly counters: Counters;
  readonly log: Log;
  readonly pool: PoolBounds;
  /** What a query may hold that does not say so itself. */
  readonly budget: Budget;
  readonly targets: Targets;
  readonly states: SavedStates;
  readonly deliveries: () => Deliveries;
  /** Told of a target that was made because a query feeds it. */
  readonly fed: (target: Target) => void;
  /** Told of a target that has more fields because a query feeds it. */
  readonly grown: (target: Target) => void;
  /** Told when a query was suspended because it broke. */
  readonly broke: (query: string, reason: string) => void;
}

/** The queries by name: compiled, attached to their targets, waiting for what they name. */
export class Queries {
  readonly #options: QueriesOptions;
  readonly #queries = new Map<string, Query>();
  #made = 0;
  /** Targets that have fields since SELECT * was last compiled, by their names. */
  #grown = new Set<string>();

  constructor(options: QueriesOptions) {
    this.#options = options;
  }

  /** In the order of registration. */
  [Symbol.iterator](): Iterator<Query> {
    return this.#queries.values();
  }

  get(name: string): Query | undefined {
    return this.#queries.get(name);
  }

  /**
   * A query that runs or waits, and takes no events yet. `mayWait` for a target that is not known; for fields it always may. `beside` are
   * compiled too and come along with it. Throws what is wrong with it.
   */
  compile(definition: QueryDefinition, { mayWait, beside = [] }: { readonly mayWait: boolean; readonly beside?: readonly Query[] }): Query {
    const query = this.make(definition);
    this.#open(query, mayWait, beside);
    return query;
  }

  /** A query that does nothing yet. */
  make(definition: QueryDefinition): Query {
    const { counters, open, pool, budget, targets, deliveries } = this.#options;
    return new Query(definition, this.#made++, {
      open,
      budget,
      schemas: targets.schemas,
      takesFields: (target) => targets.get(target)?.typing.isOpen !== false,
      pool,
      dropped: counters.counter("query_rows_dropped", "Rows dropped because nobody fetched them.", { query: definition.name }),
      delivered: (from, delivery) => deliveries().add(from, delivery),
      broke: (broken, thrown) => this.#suspendBroken(broken, thrown),
    });
  }

  /** From here on it takes events; with a state that was saved under its name it goes on from there. */
  install(query: Query): void {
    this.#queries.set(query.name, query);
    const { states } = this.#options;
    // Who suspends a query gives up its rows.
    if (query.state !== "suspended" || query.reason !== undefined) states.takeOutput(query);
    if (query.state === "running") this.#attach(query, states.takeState(query));
    this.startWaiting();
  }

  /** Puts `next` in the place of `standing`, with the state that both have in common. True if that is all of it. */
  replace(standing: Query, next: Query): boolean {
    // While it is attached its state is whole, also that which it shares with others.
    const isKept = next.adopt(standing);
    this.#detach(standing);
    standing.close("suspended");
    this.#options.states.forgetQuery(next.name);
    this.#queries.set(next.name, next);
    if (next.state === "running") this.#attach(next, false);
    this.startWaiting();
    return isKept;
  }

  remove(query: Query): void {
    this.suspend(query);
    this.#queries.delete(query.name);
    this.#options.states.forgetQuery(query.name);
    this.#awaitFields();
  }

  /** Stops it and gives up its window. */
  suspend(query: Query, reason?: string): void {
    this.#detach(query);
    query.close("suspended", reason);
    this.#awaitFields();
  }

  /** Starts it afresh. Throws what is wrong with its text by now. */
  resume(query: Query): void {
    if (this.#open(query, true, [])) this.#attach(query, false);
    this.startWaiting();
  }

  /** How far time has come for a query: the slowest clock of those of its targets that have begun. */
  nowOf(query: Query): number | undefined {
    let slowest: number | undefined;
    for (const name of query.demand.keys()) {
      const nowMs = this.#options.targets.get(name)?.nowMs;
      if (nowMs !== undefined && (slowest === undefined || nowMs < slowest)) slowest = nowMs;
    }
    return slowest;
  }

  /** There are other targets or fields than before: who waited for them begins. */
  startWaiting(): void {
    // Whoever begins may feed a target that another waits for.
    while ([...this.#queries.values()].filter((query) => query.state === "waiting" && this.#start(query)).length > 0);
    this.#awaitFields();
    const grown = this.#grown;
    this.#grown = new Set();
    for (const query of this.#queries.values()) if ([...grown].some((name) => query.reading.wildcards.has(name))) this.#reopen(query);
  }

  /** A target has fields that it did not have. */
  typed(target: Target): void {
    this.#grown.add(target.name);
    this.startWaiting();
  }

  /** True if a query that waited waits no longer. */
  #start(query: Query): boolean {
    try {
      if (!this.#open(query, true, [])) return false;
      this.#attach(query, this.#options.states.takeState(query));
    } catch (thrown) {
      this.#suspendBroken(query, thrown);
    }
    return true;
  }

  /** Its SELECT * stands for other fields now. */
  #reopen(query: Query): void {
    this.#detach(query);
    try {
      query.reopen();
      this.#attach(query, false);
    } catch (thrown) {
      this.#suspendBroken(query, thrown);
    }
  }

  /** True if it runs, false if it waits. */
  #open(query: Query, mayWait: boolean, beside: readonly Query[]): boolean {
    try {
      query.open();
      const coming = new Set([query, ...beside].map(({ name }) => name));
      refuseLoop(query, [...[...this.#queries.values()].filter(({ name }) => !coming.has(name)), ...beside]);
      this.#makeFed(query);
      // Which targets it reads is known when it is compiled; what time it is there, only then.
      const nowMs = this.nowOf(query);
      if (nowMs !== undefined) query.begin(nowMs);
      return true;
    } catch (thrown) {
      const awaits = this.#awaitedOf(thrown, mayWait);
      query.close("suspended");
      if (awaits === undefined) throw thrown;
      query.wait(awaits);
      return false;
    }
  }

  /** The targets that it gives events to come into being with it. */
  #makeFed(query: Query): void {
    const { targets, fed, grown } = this.#options;
    const { insertInto } = query;
    for (const name of query.feeds) {
      const known = targets.get(name);
      const fieldsBefore = known?.schema.fields.length;
      const fields = insertInto?.target === name ? Object.fromEntries(insertInto.fields.map((field) => [field.name, field.type])) : "any";
      const target = targets.derive(name, fields);
      if (known === undefined) fed(target);
      else if (target.schema.fields.length !== fieldsBefore) {
        this.#grown.add(name);
        grown(target);
      }
    }
  }

  /** What a query that could not be compiled has to wait for; undefined where waiting would not help. */
  #awaitedOf(thrown: unknown, mayWait: boolean): Awaited | undefined {
    if (!(thrown instanceof HotakaError)) return undefined;
    const { targets, field } = thrown.details;
    const unknown = unknownTargetOf(thrown);
    if (unknown !== undefined) return mayWait ? { targets: [unknown], field: undefined } : undefined;
    if (thrown.code !== "HOTAKA_SQL_UNKNOWN_FIELD" || !Array.isArray(targets)) return undefined;
    // Only a target whose events may be of any shape can come to have another field.
    const open = targets.filter((name: string) => this.#options.targets.get(name)?.typing.isOpen === true);
    return open.length === 0 ? undefined : { targets: open, field: typeof field === "string" ? field : undefined };
  }

  #attach(query: Query, restored: boolean): void {
    for (const [name, fields] of query.demand) {
      const target = this.#options.targets.get(name);
      assert(target !== undefined, `query "${query.name}" reads a target "${name}" that is not there`);
      target.attach(query, fields, { restored, nowMs: () => this.nowOf(query) });
    }
    this.#options.deliveries().feed(query);
  }

  #detach(query: Query): void {
    for (const target of this.#options.targets) target.detach(query);
    this.#options.deliveries().feedNoMore(query);
  }

  /** Tells the targets which fields queries wait for. */
  #awaitFields(): void {
    const awaited = [...this.#queries.values()].flatMap(({ awaits }) => awaits ?? []);
    for (const target of this.#options.targets) {
      const fields = awaited.flatMap(({ targets, field }) => (field !== undefined && targets.includes(target.name) ? [field] : []));
      target.typing.await(new Set(fields));
    }
  }

  #suspendBroken(query: Query, thrown: unknown): void {
    const reason = messageOf(thrown);
    this.suspend(query, reason);
    this.#options.log.error(`query "${query.name}" was suspended: ${reason}`, { query: query.name });
    this.#options.broke(query.name, reason);
  }
}

/** The target that is named and is not there, where that is what went wrong. */
export function unknownTargetOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof HotakaError) || thrown.code !== "HOTAKA_SQL_UNKNOWN_TARGET") return undefined;
  const { target } = thrown.details;
  return typeof target === "string" ? target : undefined;
}
