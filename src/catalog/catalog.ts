import type { FieldType, Schema } from "../event/index.ts";
import { type Clock, type Counters, HotakaError, type Log, messageOf, oneLine } from "../kit/index.ts";
import { DEFAULT_BUDGET, isSameBudget } from "../sql/core.ts";
import type { Budget } from "../sql/index.ts";
import type { CatalogStore, StoredTarget } from "./catalog_store.ts";
import { inOrderOfChain, originsOf } from "./chain.ts";
import { Deliveries, type Output } from "./deliveries.ts";
import { KeptCatalog } from "./kept_catalog.ts";
import { DEFAULT_POOL_BOUNDS, type PoolBounds, type PooledRow } from "./output_pool.ts";
import { Queries, unknownTargetOf } from "./queries.ts";
import { isQueryName, NAME_WANTED, type OpenStatement, type Query, type QueryDefinition, type QueryStatus } from "./query.ts";
import { SavedStates } from "./saved_states.ts";
import type { Onlooker, Received, Target, TargetStatus } from "./target.ts";
import { declaredFieldType, DEFAULT_TARGET_BOUNDS, type FieldStatus, type TargetBounds, Targets } from "./targets.ts";
import type { TargetTime } from "./target_time.ts";

export interface CatalogOptions {
  readonly open: OpenStatement;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Log;
  readonly pool?: PoolBounds;
  /** What a query may hold that does not say so itself. */
  readonly budget?: Budget;
  readonly bounds?: TargetBounds;
  /** How every target keeps time; without it the one way or the other, as its events are. */
  readonly time?: TargetTime;
  /** What is otherwise for the target of a name. */
  readonly times?: ReadonlyMap<string, Partial<TargetTime>>;
  /** Where the catalog is kept as it changes. */
  readonly store?: CatalogStore;
  /** What is received and waits to be taken, which may come without the fields that nobody asked for when it was received. */
  readonly received?: Received;
  /** Told of every output once all statements have taken the events of the call, in order of time. */
  readonly output?: (output: Output) => void;
  /** Told when everything that came of a call has been given to `output`. */
  readonly taken?: () => void;
  /** Takes a line for the standard output: a row of a query whose group is STDOUT(). */
  readonly print?: (line: string) => void;
  /** Told when a query was suspended because it broke. */
  readonly broke?: (query: string, reason: string) => void;
}

export interface RegisterOptions {
  /** It may wait for a target that is not known yet. */
  readonly mayWait?: boolean;
  /** What it reads is opened for events of any shape, as in Norikra. */
  readonly opensTargets?: boolean;
}

/** What came of `put`. */
export interface Put {
  readonly outcome: "created" | "changed" | "unchanged";
  /** False: it waits for fields that no event has had yet, or is suspended. */
  readonly isRunning: boolean;
  /** Whether its window and its groups are those of the query before. */
  readonly isStateKept: boolean;
}

/** The targets and the queries over them. Queries come and go while events flow. */
export class Catalog {
  readonly #options: CatalogOptions;
  readonly #targets: Targets;
  readonly #queries: Queries;
  readonly #deliveries: Deliveries;
  readonly #states: SavedStates;
  readonly #kept: KeptCatalog;
  /** The targets and the queries that the settings declare: there they are changed, nowhere else. */
  readonly #declaredTargets = new Set<string>();
  readonly #declaredQueries = new Set<string>();
  /** Targets that a change in hand has made, to be closed when it fails. */
  #made: Target[] = [];
  #tickedMs: number | undefined;

  constructor(options: CatalogOptions) {
    this.#options = options;
    const { clock, counters, log, time, times = new Map(), bounds = DEFAULT_TARGET_BOUNDS } = options;
    this.#states = new SavedStates(log);
    this.#kept = new KeptCatalog(options.store, log);
    const targets = new Targets({
      clock,
      counters,
      log,
      bounds,
      time,
      times,
      received: options.received,
      taken: () => this.#deliveries.handOn(),
      typed: (target) => this.#typed(target),
    });
    this.#targets = targets;
    this.#queries = new Queries({
      open: options.open,
      counters,
      log,
      pool: options.pool ?? DEFAULT_POOL_BOUNDS,
      budget: options.budget ?? DEFAULT_BUDGET,
      targets,
      states: this.#states,
      deliveries: () => this.#deliveries,
      fed: (target) => this.#hasMade(target),
      grown: (target) => this.#kept.target(target),
      broke: (query, reason) => options.broke?.(query, reason),
    });
    this.#deliveries = new Deliveries({
      targets,
      output: (output) => options.output?.(output),
      print: (line) => options.print?.(line),
      nowOf: (query) => this.#queries.nowOf(query),
      taken: () => options.taken?.(),
    });
  }

  /** The targets there are, with their fields as they stand. */
  get schemas(): ReadonlyMap<string, Schema> {
    return this.#targets.schemas;
  }

  /**
   * The way into a target that the settings declare, which is made if there is none, with at least `fields`. Queries that waited for it
   * start. Throws HOTAKA_FIELD_CONFLICT.
   */
  intake(name: string, fields: Readonly<Record<string, FieldType>>): Target {
    this.#declaredTargets.add(name);
    return this.#opened(this.#targets.declare(name, fields));
  }

  /**
   * The way into a target for events of any shape, of which it learns its fields; made if there is none. Throws HOTAKA_TARGET_NAME and
   * HOTAKA_TARGET_LIMIT.
   */
  openIntake(name: string): Target {
    const known = this.#targets.get(name);
    // Who reads the name of the target from each event asks often.
    return known?.typing.isOpen === true ? known : this.#opened(this.#targets.open(name));
  }

  /**
   * Opens a target for events of any shape. `fields` are those that every event has, by name, as a person writes their types; without any
   * the first event says. False, and nothing has changed, when it is there already. Throws HOTAKA_TARGET_NAME, HOTAKA_TARGET_LIMIT and
   * HOTAKA_FIELD_INVALID.
   */
  openTarget(
    name: string,
    { fields = {}, autoField = true }: { fields?: Readonly<Record<string, string>>; autoField?: boolean } = {},
  ): boolean {
    if (this.#targets.get(name) !== undefined) return false;
    const typed = Object.entries(fields).map(([field, type]) => [field, declaredFieldType(field, type)] as const);
    this.#opened(this.#targets.open(name, { autoField, fields: Object.fromEntries(typed) }));
    return true;
  }

  /** Opens a target as it was written down. False, and nothing has changed, when it is there already. Throws as `openTarget`. */
  openStored(stored: StoredTarget): boolean {
    if (this.#targets.get(stored.name) !== undefined) return false;
    this.#targets.restore(stored);
    this.#opened(this.#targets.named(stored.name));
    return true;
  }

  /**
   * Closes a target, with every query that reads it. False when there is none of that name. Throws HOTAKA_QUERY_DECLARED when the settings
   * declare it or one of those queries.
   */
  closeTarget(name: string): boolean {
    const target = this.#targets.get(name);
    if (target === undefined) return false;
    if (this.#declaredTargets.has(name)) throw declared("target", name);
    const readers = [...this.#queries].filter(({ targets, feeds }) => targets.includes(name) || feeds.includes(name));
    for (const reader of readers) if (this.#declaredQueries.has(reader.name)) throw declared("query", reader.name);
    for (const reader of readers) this.remove(reader.name);
    this.#kept.removeTarget(target);
    this.#targets.close(target);
    return true;
  }

  /** Whether every new key of an event becomes a field of the target. Throws HOTAKA_TARGET_NOT_FOUND. */
  setAutoField(name: string, autoField: boolean): void {
    const target = this.#targets.named(name);
    target.typing.setAutoField(autoField);
    this.#kept.target(target);
  }

  /**
   * Says the type of a field before an event has it. False, and nothing has changed, when it is known already. Throws
   * HOTAKA_TARGET_NOT_FOUND and HOTAKA_FIELD_INVALID.
   */
  reserve(name: string, field: string, type: string): boolean {
    this.#targets.named(name);
    return this.addField(name, { name: field, type: declaredFieldType(field, type), optional: true });
  }

  /** As `reserve`, for a field of any type. Throws HOTAKA_TARGET_NOT_FOUND. */
  addField(name: string, { name: field, type, optional }: FieldStatus): boolean {
    const target = this.#targets.named(name);
    if (target.schema.field(field) !== undefined) return false;
    target.schema.add(field, type, optional);
    target.typing.added();
    this.#typed(target);
    return true;
  }

  /** The fields at the top of the events of a target, in the order in which they became known. Throws HOTAKA_TARGET_NOT_FOUND. */
  fields(name: string): FieldStatus[] {
    return this.#targets.fields(name);
  }

  /** As `fields`, with those within hashes and arrays. */
  allFields(name: string): FieldStatus[] {
    return this.#targets.allFields(name);
  }

  /**
   * Takes events of any shape, decoded, that arrived at `timeMs`. Returns how many it took: what is no object is skipped. Undefined when
   * there is no target of that name.
   */
  send(name: string, events: readonly unknown[], timeMs: number): number | undefined {
    const columns = this.#targets.get(name)?.columns;
    if (columns === undefined) return undefined;
    let taken = 0;
    for (const event of events) if (columns.take(event, timeMs)) taken++;
    columns.flush();
    return taken;
  }

  /**
   * Adds a query, which takes the events from here on. True if it runs; false if it waits for fields that no event has had yet, or, where it
   * may, for a target. Throws HOTAKA_CONFIG_DUPLICATE when there is one of that name, HOTAKA_QUERY_NAME, HOTAKA_QUERY_LOOP, and whatever is
   * wrong with the SQL; then nothing has changed.
   */
  register(definition: QueryDefinition, options: RegisterOptions = {}): boolean {
    if (this.#queries.get(definition.name) !== undefined) throw duplicate(definition.name);
    return this.#change(() => {
      const query = this.#compiled(definition, options);
      this.#kept.query(query, { isDeclared: false, isSuspended: false });
      this.#queries.install(query);
      return query.state === "running";
    });
  }

  /**
   * Makes a query be as `definition` says. What stands so already goes on undisturbed. One that is changed keeps the rows that nobody has
   * fetched; with the same FROM, WHERE, GROUP BY and aggregates it keeps its window and groups too, so that HAVING, names and order can be
   * changed while events flow. One that is suspended stays so. Throws as `register`, and HOTAKA_QUERY_DECLARED; then nothing has changed.
   */
  put(definition: QueryDefinition, options: RegisterOptions = {}): Put {
    const standing = this.#queries.get(definition.name);
    if (standing === undefined) return { outcome: "created", isRunning: this.register(definition, options), isStateKept: false };
    if (isSame(standing.definition, definition))
      return { outcome: "unchanged", isRunning: standing.state === "running", isStateKept: true };
    if (this.#declaredQueries.has(definition.name)) throw declared("query", definition.name);
    return this.#change(() => {
      const query = this.#compiled(definition, options);
      const isSuspended = standing.state === "suspended" && standing.reason === undefined;
      this.#kept.query(query, { isDeclared: false, isSuspended });
      const isStateKept = this.#replace(standing, query, isSuspended);
      return { outcome: "changed", isRunning: query.state === "running", isStateKept };
    });
  }

  /**
   * Makes the queries of the settings those of `definitions`: what stands as declared goes on undisturbed, the rest leaves, comes or is
   * changed as by `put`. Everything is compiled first: when one is wrong it throws and nothing has changed. A query that a person registered
   * under one of these names is replaced: the file owns its names.
   */
  declare(definitions: readonly QueryDefinition[], options: { readonly mayWait?: boolean } = {}): void {
    const wanted = new Map<string, QueryDefinition>();
    for (const definition of definitions) {
      if (wanted.has(definition.name)) throw duplicate(definition.name);
      wanted.set(definition.name, definition);
    }
    const coming = this.#change(() =>
      this.#compiledTogether(
        [...wanted.values()].filter((one) => !this.#stands(one)),
        options.mayWait ?? false,
      ),
    );
    for (const name of this.#declaredQueries) if (!wanted.has(name)) this.#removeDeclared(name);
    for (const definition of definitions) {
      const { name } = definition;
      this.#declaredQueries.add(name);
      this.#kept.removeQuery(name);
      const query = coming.get(name);
      const standing = this.#queries.get(name);
      if (query === undefined) continue;
      const isSuspended = this.#kept.isSuspended(query);
      if (standing !== undefined) this.#replace(standing, query, isSuspended);
      else this.#install(query, isSuspended);
    }
  }

  /**
   * Takes a query out, with its window and the rows nobody fetched. False when there is none of that name. Throws HOTAKA_QUERY_DECLARED for
   * one of the settings.
   */
  remove(name: string): boolean {
    const query = this.#queries.get(name);
    if (query === undefined) return false;
    if (this.#declaredQueries.has(name)) throw declared("query", name);
    this.#kept.removeQuery(name);
    this.#queries.remove(query);
    return true;
  }

  /** Stops a query and keeps its text, also over a restart. Its window and the rows nobody fetched are given up. False when it does not run. */
  suspend(name: string): boolean {
    const query = this.#queries.get(name);
    if (query === undefined || (query.state === "suspended" && query.reason === undefined)) return false;
    this.#kept.query(query, { isDeclared: this.#declaredQueries.has(name), isSuspended: true });
    this.#queries.suspend(query);
    query.pool.clear();
    return true;
  }

  /** Starts a suspended query afresh. False when there is none suspended of that name. Throws what is wrong with the SQL by now. */
  resume(name: string): boolean {
    const query = this.#queries.get(name);
    if (query?.state !== "suspended") return false;
    return this.#change(() => {
      this.#queries.resume(query);
      this.#kept.query(query, { isDeclared: this.#declaredQueries.has(name), isSuspended: false });
      return true;
    });
  }

  /** The rows of a query that nobody has fetched; they are then gone from here. Empty for an unknown one. */
  fetch(name: string): PooledRow[] {
    return this.#queries.get(name)?.pool.fetch() ?? [];
  }

  /** As `fetch`, and they stay. */
  see(name: string): PooledRow[] {
    return this.#queries.get(name)?.pool.see() ?? [];
  }

  /** As `fetch`, of all queries of a group that have rows, by their names; undefined is the group of those that name none. */
  sweep(group: string | undefined): Map<string, PooledRow[]> {
    const swept = new Map<string, PooledRow[]>();
    for (const { name, definition, pool } of this.#queries) if (definition.group === group && pool.rows > 0) swept.set(name, pool.fetch());
    return swept;
  }

  /** Every query in the order of registration. */
  queries(): QueryStatus[] {
    return [...this.#queries].map((query) => query.status());
  }

  /** Undefined when there is none of that name. */
  query(name: string): QueryStatus | undefined {
    return this.#queries.get(name)?.status();
  }

  /** Whether the settings declare a query, so that it cannot be changed here. */
  isDeclared(query: string): boolean {
    return this.#declaredQueries.has(query);
  }

  /** The targets that the rows of a query come from: those that it reads, and those that what feeds them reads; none when it is not known. */
  originsOf(query: string): ReadonlySet<string> {
    const known = this.#queries.get(query);
    return known === undefined ? new Set() : originsOf(known, [...this.#queries]);
  }

  targets(): TargetStatus[] {
    return this.#targets.statuses();
  }

  /** Shows an onlooker every batch of a target, with all its fields, until what is returned is called. Throws HOTAKA_TARGET_NOT_FOUND. */
  tap(target: string, onlooker: Onlooker): () => void {
    return this.#targets.named(target).tap(onlooker);
  }

  /**
   * The wall clock has moved: after `idle_after` without events time goes on by itself. To be called about every `TICK_MS`. A longer
   * pause counts as `TICK_ELAPSED_MS_MAX`: a process that slept, or a wall clock that was set, has not waited for events meanwhile.
   */
  tick(): void {
    const nowMs = this.#options.clock.nowMs();
    const elapsedMs = Math.min(Math.max(nowMs - (this.#tickedMs ?? nowMs), 0), TICK_ELAPSED_MS_MAX);
    this.#tickedMs = nowMs;
    if (elapsedMs > 0) for (const target of this.#targets) target.tick(nowMs, elapsedMs);
    this.#kept.retry();
  }

  /** The end of a replay: what waited is handed on, and every query closes the window that is open, once. */
  finish(): void {
    for (const target of this.#targets) target.drain();
    // What closes in one query may be an event for the next.
    for (const queries of inOrderOfChain([...this.#queries])) {
      const due = queries.flatMap((query) => {
        const dueMs = query.nextDueMs();
        return dueMs === undefined ? [] : [{ query, dueMs }];
      });
      for (const { query, dueMs } of due.toSorted((left, right) => left.dueMs - right.dueMs)) query.advanceTo(dueMs);
      for (const query of queries) query.finish();
      this.#deliveries.handOn();
    }
  }

  /** Everything that a process needs to go on from here, as if nothing had happened: to be written with the positions of the sources. */
  save(): Map<string, Uint8Array> {
    return this.#states.save(this.#targets, this.#queries);
  }

  /**
   * To be called before anything is made: targets and queries take up what `save` gave as they come, by their names. `restored` ends it
   * for queries that are not there, so that one registered days later does not find the window of a namesake.
   */
  restore(saved: ReadonlyMap<string, Uint8Array>): void {
    this.#states.restore(saved);
  }

  /** All that was declared and kept is there. Returns the names of queries that are not, whose state is given up. */
  restored(): string[] {
    return this.#states.end(new Set([...this.#queries].map(({ name }) => name)));
  }

  /** Opens the targets that the store has: after those that the settings declare, and before any query. */
  loadTargets(): void {
    for (const stored of this.#kept.targets()) {
      try {
        for (const sentence of this.#targets.restore(stored)) this.#options.log.warn(sentence);
        this.#states.takeTarget(this.#targets.named(stored.name));
      } catch (thrown) {
        this.#options.log.error(`target "${stored.name}" could not be opened again: ${messageOf(thrown)}`);
      }
    }
  }

  /** Registers the queries that the store has, behind those of the settings. One that is wrong by now is there, suspended with the reason. */
  loadQueries(): void {
    for (const { definition, isSuspended } of this.#kept.queries()) {
      const { name } = definition;
      let query = this.#queries.make(definition);
      try {
        query = this.#compiled(definition, { opensTargets: true, mayWait: true });
        this.#install(query, isSuspended);
      } catch (thrown) {
        const reason = messageOf(thrown);
        this.#options.log.error(`query "${name}" could not be started again: ${reason}`, { query: name });
        query.close("suspended", reason);
        this.#queries.install(query);
      }
    }
  }

  #opened(target: Target): Target {
    this.#states.takeTarget(target);
    this.#kept.target(target);
    this.#queries.startWaiting();
    return target;
  }

  /** A query has made a target by feeding it, or needs it. */
  #hasMade(target: Target): void {
    this.#made.push(target);
    this.#states.takeTarget(target);
    this.#kept.target(target);
  }

  /** Events have brought fields that were not known. */
  #typed(target: Target): void {
    this.#kept.target(target);
    this.#queries.typed(target);
  }

  /** Does all of `change` or nothing. */
  #change<T>(change: () => T): T {
    this.#made = [];
    try {
      return change();
    } catch (thrown) {
      for (const target of this.#made) {
        this.#kept.removeTarget(target);
        this.#targets.close(target);
      }
      throw thrown;
    } finally {
      this.#made = [];
    }
  }

  #compiled(definition: QueryDefinition, { mayWait = false, opensTargets = false }: RegisterOptions): Query {
    const { name } = definition;
    if (!isQueryName(name))
      throw new HotakaError("HOTAKA_QUERY_NAME", `"${oneLine(name, 100)}" cannot be the name of a query. ${NAME_WANTED}`);
    for (let opened = 0; ; opened++) {
      try {
        return this.#queries.compile(definition, { mayWait: mayWait && !opensTargets });
      } catch (thrown) {
        const target = opensTargets && opened < STREAMS_MAX ? unknownTargetOf(thrown) : undefined;
        if (target === undefined) throw thrown;
        this.#hasMade(this.#targets.open(target));
      }
    }
  }

  /** Queries that come together: one may read what another feeds, in whatever order they stand. */
  #compiledTogether(definitions: readonly QueryDefinition[], mayWait: boolean): Map<string, Query> {
    const compiled = new Map<string, Query>();
    try {
      let left = definitions;
      for (;;) {
        const again: QueryDefinition[] = [];
        for (const definition of left) {
          try {
            compiled.set(definition.name, this.#queries.compile(definition, { mayWait: false, beside: [...compiled.values()] }));
          } catch (thrown) {
            if (unknownTargetOf(thrown) === undefined) throw thrown;
            again.push(definition);
          }
        }
        if (again.length === left.length || again.length === 0) {
          for (const one of again) compiled.set(one.name, this.#queries.compile(one, { mayWait, beside: [...compiled.values()] }));
          return compiled;
        }
        left = again;
      }
    } catch (thrown) {
      for (const query of compiled.values()) query.close("waiting");
      throw thrown;
    }
  }

  #install(query: Query, isSuspended: boolean): void {
    if (isSuspended) query.close("suspended");
    this.#queries.install(query);
  }

  #replace(standing: Query, query: Query, isSuspended: boolean): boolean {
    if (isSuspended) query.close("suspended");
    return this.#queries.replace(standing, query);
  }

  /** Whether a declared query is there as it is declared. */
  #stands(definition: QueryDefinition): boolean {
    const standing = this.#queries.get(definition.name);
    return standing !== undefined && isSame(standing.definition, definition);
  }

  #removeDeclared(name: string): void {
    this.#declaredQueries.delete(name);
    const query = this.#queries.get(name);
    if (query !== undefined) this.#queries.remove(query);
  }
}

function isSame(left: QueryDefinition, right: QueryDefinition): boolean {
  if (left.sql !== right.sql || left.group !== right.group) return false;
  return isSameBudget(left.budget, right.budget);
}

function duplicate(name: string): HotakaError {
  return new HotakaError("HOTAKA_CONFIG_DUPLICATE", `query "${name}" is there already. Give the other one a name of its own.`);
}

function declared(kind: "query" | "target", name: string): HotakaError {
  const way = kind === "query" ? "Change or remove it there, or suspend it." : "Remove the source that feeds it there.";
  return new HotakaError("HOTAKA_QUERY_DECLARED", `${kind} "${name}" is declared in the settings file. ${way}`);
}

/** Streams of one query: what it names is opened one by one. */
const STREAMS_MAX = 64;
/** How often `tick` is to be called. */
export const TICK_MS = 250;
const TICK_ELAPSED_MS_MAX = 1000;
