import type { FieldType, Row, Schema } from "../event/index.ts";
import { type Clock, type Counters, didYouMean, HotakaError, type Log, messageOf } from "../kit/index.ts";
import type { Delivery } from "../sql/index.ts";
import { DEFAULT_POOL_BOUNDS, type PoolBounds, type PooledRow } from "./output_pool.ts";
import { type OpenStatement, Query, type QueryDefinition, type QueryStatus } from "./query.ts";
import { DEFAULT_TARGET_TIME, Target, type TargetStatus, type TargetTime } from "./target.ts";

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

export interface CatalogOptions {
  readonly open: OpenStatement;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Log;
  readonly pool?: PoolBounds;
  /** How targets keep time, unless told otherwise when they are made. */
  readonly time?: TargetTime;
  /** Told of every output once all statements have taken the events of the call, in order of time. */
  readonly output?: (output: Output) => void;
  /** Told when a query was suspended because it broke. */
  readonly broke?: (query: string, reason: string) => void;
}

/** The targets and the queries over them. Queries come and go while events flow. */
export class Catalog {
  readonly #options: CatalogOptions;
  readonly #targets = new Map<string, Target>();
  readonly #schemas = new Map<string, Schema>();
  readonly #queries = new Map<string, Query>();
  #given: { readonly query: Query; readonly delivery: Delivery }[] = [];
  #saved = new Map<string, Uint8Array>();
  #tickedMs: number | undefined;

  constructor(options: CatalogOptions) {
    this.#options = options;
  }

  /**
   * The way into a target, which is made if there is none, with at least `fields`. Queries that waited for it start. `time` counts for a
   * target that is made. Throws HOTAKA_FIELD_CONFLICT.
   */
  intake(name: string, fields: Readonly<Record<string, FieldType>>, time: TargetTime = this.#options.time ?? DEFAULT_TARGET_TIME): Target {
    let target = this.#targets.get(name);
    if (target === undefined) {
      const { clock, counters, log } = this.#options;
      target = new Target(name, time, { clock, counters, log, taken: () => this.#handOn() });
      this.#targets.set(name, target);
      this.#schemas.set(name, target.schema);
    }
    for (const [field, type] of Object.entries(fields)) target.schema.add(field, type);
    this.#restoreTarget(target);
    this.#startWaiting();
    return target;
  }

  /**
   * Adds a query, which takes the events from here on. With `mayWait` one whose target is not known yet waits for it. Throws
   * HOTAKA_CONFIG_DUPLICATE when there is one of that name, and whatever is wrong with the SQL.
   */
  register(definition: QueryDefinition, options: { readonly mayWait?: boolean } = {}): void {
    if (this.#queries.has(definition.name)) throw duplicate(definition.name);
    this.#install(this.#compiled(definition, options.mayWait ?? false));
  }

  /**
   * Makes the queries those of `definitions`: what stands as declared goes on undisturbed, the rest leaves or comes. Everything is
   * compiled first: when one is wrong it throws and nothing has changed.
   */
  declare(definitions: readonly QueryDefinition[], options: { readonly mayWait?: boolean } = {}): void {
    const wanted = new Map<string, QueryDefinition>();
    for (const definition of definitions) {
      if (wanted.has(definition.name)) throw duplicate(definition.name);
      wanted.set(definition.name, definition);
    }
    const coming: Query[] = [];
    try {
      for (const definition of definitions) {
        const standing = this.#queries.get(definition.name);
        if (standing === undefined || !isSame(standing.definition, definition))
          coming.push(this.#compiled(definition, options.mayWait ?? false));
      }
    } catch (thrown) {
      for (const query of coming) query.close("waiting");
      throw thrown;
    }
    for (const name of this.#queries.keys()) if (!wanted.has(name)) this.remove(name);
    for (const query of coming) {
      this.remove(query.name);
      this.#install(query);
    }
  }

  /** Takes a query out, with its window and the rows nobody fetched. False when there is none of that name. */
  remove(name: string): boolean {
    const query = this.#queries.get(name);
    if (query === undefined) return false;
    this.#detach(query);
    query.close("suspended");
    this.#queries.delete(name);
    return true;
  }

  /** Stops a query and keeps its text. Its window and the rows nobody fetched are given up. False when it does not run. */
  suspend(name: string): boolean {
    const query = this.#queries.get(name);
    if (query === undefined || query.state === "suspended") return false;
    this.#detach(query);
    query.close("suspended");
    query.pool.clear();
    return true;
  }

  /** Starts a suspended query afresh. False when there is none suspended of that name. Throws what is wrong with the SQL by now. */
  resume(name: string): boolean {
    const query = this.#queries.get(name);
    if (query?.state !== "suspended") return false;
    if (this.#open(query, true)) this.#attach(query, false);
    return true;
  }

  /** The rows of a query that nobody has fetched; they are then gone from here. Empty for an unknown one. */
  fetch(name: string): PooledRow[] {
    return this.#queries.get(name)?.pool.fetch() ?? [];
  }

  /** As `fetch`, and they stay. */
  see(name: string): PooledRow[] {
    return this.#queries.get(name)?.pool.see() ?? [];
  }

  /** Every query in the order of registration. */
  queries(): QueryStatus[] {
    return [...this.#queries.values()].map((query) => query.status());
  }

  /** The targets that a query reads; none when it is not known or does not run. */
  targetsOf(query: string): readonly string[] {
    return [...(this.#queries.get(query)?.demand.keys() ?? [])];
  }

  targets(): TargetStatus[] {
    return [...this.#targets.values()].map((target) => target.status());
  }

  /**
   * The wall clock has moved: after `idle_after` without events time goes on by itself. To be called about every `TICK_MS`. A longer
   * pause counts as `TICK_ELAPSED_MS_MAX`: a process that slept, or a wall clock that was set, has not waited for events meanwhile.
   */
  tick(): void {
    const nowMs = this.#options.clock.nowMs();
    const elapsedMs = Math.min(Math.max(nowMs - (this.#tickedMs ?? nowMs), 0), TICK_ELAPSED_MS_MAX);
    this.#tickedMs = nowMs;
    if (elapsedMs > 0) for (const target of this.#targets.values()) target.idle(elapsedMs);
  }

  /** The end of a replay: what waited is handed on, and every query closes the window that is open, once. */
  finish(): void {
    for (const target of this.#targets.values()) target.drain();
    const due = [...this.#queries.values()].flatMap((query) => {
      const dueMs = query.nextDueMs();
      return dueMs === undefined ? [] : [{ query, dueMs }];
    });
    for (const { query, dueMs } of due.toSorted((left, right) => left.dueMs - right.dueMs)) query.advanceTo(dueMs);
    for (const query of this.#queries.values()) query.finish();
    this.#handOn();
  }

  /** Everything that a process needs to go on from here, as if nothing had happened: to be written with the positions of the sources. */
  save(): Map<string, Uint8Array> {
    // What nobody has taken up yet is still somebody's: a query may be waiting for its target.
    const saved = new Map(this.#saved);
    for (const target of this.#targets.values()) if (target.nowMs !== undefined) saved.set(targetKey(target.name), target.save());
    for (const query of this.#queries.values()) {
      const image = query.save();
      if (image === undefined) continue;
      saved.set(statementKey(query.name), image.statement);
      saved.set(outputKey(query.name), image.output);
    }
    return saved;
  }

  /**
   * To be called before anything is made: targets and queries take up what `save` gave as they come, by their names. `restored` ends it,
   * so that a query registered days later does not find the window of a namesake.
   */
  restore(saved: ReadonlyMap<string, Uint8Array>): void {
    this.#saved = new Map(saved);
  }

  /** All that was declared is there. Returns the names of queries whose state nobody took up. */
  restored(): string[] {
    const left = [...this.#saved.keys()].filter((key) => key.startsWith(STATEMENT_PREFIX)).map((key) => key.slice(STATEMENT_PREFIX.length));
    this.#saved = new Map();
    return left;
  }

  #compiled(definition: QueryDefinition, mayWait: boolean): Query {
    const { counters, open, pool } = this.#options;
    const query = new Query(definition, {
      open,
      schemas: this.#schemas,
      pool: pool ?? DEFAULT_POOL_BOUNDS,
      dropped: counters.counter("query_rows_dropped", "Rows dropped because nobody fetched them.", { query: definition.name }),
      delivered: (from, delivery) => void this.#given.push({ query: from, delivery }),
      broke: (broken, thrown) => this.#suspendBroken(broken, thrown),
    });
    this.#open(query, mayWait);
    return query;
  }

  /** True if it runs, false if it waits. */
  #open(query: Query, mayWait: boolean): boolean {
    try {
      query.open();
      // Which targets it reads is known when it is compiled; what time it is there, only then.
      const nowMs = this.#nowOf(query);
      if (nowMs !== undefined) query.begin(nowMs);
      return true;
    } catch (thrown) {
      if (!mayWait || !(thrown instanceof HotakaError) || thrown.code !== "HOTAKA_SQL_UNKNOWN_TARGET") throw thrown;
      query.close("waiting", thrown.message);
      return false;
    }
  }

  #install(query: Query): void {
    this.#queries.set(query.name, query);
    if (query.state === "running") this.#attach(query, this.#restoreQuery(query));
  }

  #attach(query: Query, restored: boolean): void {
    for (const [name, fields] of query.demand) {
      const target = this.#targets.get(name);
      if (target === undefined) throw new HotakaError("HOTAKA_SQL_UNKNOWN_TARGET", unknownTarget(query.name, name, this.#targets.keys()));
      target.attach(query, fields, { restored, nowMs: () => this.#nowOf(query) });
    }
  }

  #detach(query: Query): void {
    for (const target of this.#targets.values()) target.detach(query);
  }

  /** How far time has come for a query: the slowest clock of those of its targets that have begun. */
  #nowOf(query: Query): number | undefined {
    let slowest: number | undefined;
    for (const name of query.demand.keys()) {
      const nowMs = this.#targets.get(name)?.nowMs;
      if (nowMs !== undefined && (slowest === undefined || nowMs < slowest)) slowest = nowMs;
    }
    return slowest;
  }

  #startWaiting(): void {
    for (const query of this.#queries.values()) {
      if (query.state !== "waiting") continue;
      try {
        if (this.#open(query, true)) this.#attach(query, this.#restoreQuery(query));
      } catch (thrown) {
        this.#suspendBroken(query, thrown);
      }
    }
  }

  #suspendBroken(query: Query, thrown: unknown): void {
    const reason = messageOf(thrown);
    this.#detach(query);
    query.close("suspended", reason);
    this.#options.log.error(`query "${query.name}" was suspended: ${reason}`, { query: query.name });
    this.#options.broke?.(query.name, reason);
  }

  #restoreTarget(target: Target): void {
    const saved = this.#saved.get(targetKey(target.name));
    if (saved === undefined) return;
    this.#saved.delete(targetKey(target.name));
    if (!target.restore(saved)) this.#options.log.warn(`target "${target.name}" starts afresh: its state was written by another version.`);
  }

  #restoreQuery(query: Query): boolean {
    const statement = this.#saved.get(statementKey(query.name));
    const output = this.#saved.get(outputKey(query.name));
    if (statement === undefined) return false;
    this.#saved.delete(statementKey(query.name));
    this.#saved.delete(outputKey(query.name));
    if (query.restore({ statement, output })) return true;
    this.#options.log.warn(`query "${query.name}" starts with an empty window: what was kept is of another text or version of it.`);
    return false;
  }

  /** Hands on what the statements gave. It happens after all have taken the events, so a listener may change queries. */
  #handOn(): void {
    while (this.#given.length > 0) {
      const given = this.#given;
      this.#given = [];
      // One query gives in order of time by itself.
      if (given.some(({ query }) => query !== given[0]!.query)) given.sort((left, right) => left.delivery.endMs - right.delivery.endMs);
      for (const { query, delivery } of given) {
        query.take(delivery);
        this.#options.output?.(outputOf(query, delivery));
      }
    }
  }
}

function outputOf(query: Query, { endMs: timeMs, rows, removed }: Delivery): Output {
  let keys: readonly string[] | undefined;
  const { name, group } = query.definition;
  return { query: name, group, timeMs, rows, removed, keys: () => (keys ??= query.keys.keysOf(timeMs, rows)) };
}

function isSame(left: QueryDefinition, right: QueryDefinition): boolean {
  if (left.sql !== right.sql || left.group !== right.group) return false;
  return left.budget?.groups_max === right.budget?.groups_max && left.budget?.events_max === right.budget?.events_max;
}

function duplicate(name: string): HotakaError {
  return new HotakaError("HOTAKA_CONFIG_DUPLICATE", `query "${name}" is there already. Give the other one a name of its own.`);
}

function unknownTarget(query: string, target: string, known: Iterable<string>): string {
  return `query "${query}": there is no target "${target}".${didYouMean(target, known)}`;
}

function targetKey(name: string): string {
  return `target/${name}`;
}

function statementKey(name: string): string {
  return `${STATEMENT_PREFIX}${name}`;
}

function outputKey(name: string): string {
  return `query/output/${name}`;
}

const STATEMENT_PREFIX = "query/statement/";

/** How often `tick` is to be called. */
export const TICK_MS = 250;
const TICK_ELAPSED_MS_MAX = 1000;
