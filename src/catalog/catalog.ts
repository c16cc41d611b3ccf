import type { FieldType, Row } from "../event/index.ts";
import { assert, type Clock, type Counters, HotakaError, type Log, messageOf, oneLine } from "../kit/index.ts";
import type { Delivery } from "../sql/index.ts";
import { DEFAULT_POOL_BOUNDS, type PoolBounds, type PooledRow } from "./output_pool.ts";
import { type Awaited, isQueryName, NAME_WANTED, type OpenStatement, Query, type QueryDefinition, type QueryStatus } from "./query.ts";
import type { Target, TargetStatus } from "./target.ts";
import { declaredFieldType, DEFAULT_TARGET_BOUNDS, type FieldStatus, type TargetBounds, Targets } from "./targets.ts";
import type { TargetTime } from "./target_time.ts";

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
  readonly bounds?: TargetBounds;
  /** How every target keeps time; without it the one way or the other, as its events are. */
  readonly time?: TargetTime;
  /** What is otherwise for the target of a name. */
  readonly times?: ReadonlyMap<string, Partial<TargetTime>>;
  /** Told of every output once all statements have taken the events of the call, in order of time. */
  readonly output?: (output: Output) => void;
  /** Told when everything that came of a call has been given to `output`. */
  readonly taken?: () => void;
  /** Told when a query was suspended because it broke. */
  readonly broke?: (query: string, reason: string) => void;
}

export interface RegisterOptions {
  readonly mayWait?: boolean;
  readonly opensTargets?: boolean;
}

/** The targets and the queries over them. Queries come and go while events flow. */
export class Catalog {
  readonly #options: CatalogOptions;
  readonly #targets: Targets;
  readonly #queries = new Map<string, Query>();
  #given: { readonly query: Query; readonly delivery: Delivery }[] = [];
  #saved = new Map<string, Uint8Array>();
  #tickedMs: number | undefined;

  constructor(options: CatalogOptions) {
    this.#options = options;
    const { clock, counters, log, time, times = new Map(), bounds = DEFAULT_TARGET_BOUNDS } = options;
    this.#targets = new Targets({
      clock,
      counters,
      log,
      bounds,
      time,
      times,
      taken: () => this.#handOn(),
      typed: (target) => this.#typed(target),
    });
  }

  /**
   * The way into a target, which is made if there is none, with at least `fields`. Queries that waited for it start. Throws
   * HOTAKA_FIELD_CONFLICT.
   */
  intake(name: string, fields: Readonly<Record<string, FieldType>>): Target {
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

  /** Closes a target, with every query that reads it. False when there is none of that name. */
  closeTarget(name: string): boolean {
    const target = this.#targets.get(name);
    if (target === undefined) return false;
    for (const query of this.#queries.values()) if (query.targets.includes(name)) this.remove(query.name);
    this.#targets.close(target);
    return true;
  }

  /** Whether every new key of an event becomes a field of the target. Throws HOTAKA_TARGET_NOT_FOUND. */
  setAutoField(name: string, autoField: boolean): void {
    this.#targets.named(name).typing.setAutoField(autoField);
  }

  /**
   * Says the type of a field before an event has it. False, and nothing has changed, when it is known already. Throws
   * HOTAKA_TARGET_NOT_FOUND and HOTAKA_FIELD_INVALID.
   */
  reserve(name: string, field: string, type: string): boolean {
    const target = this.#targets.named(name);
    const fieldType = declaredFieldType(field, type);
    if (target.schema.field(field) !== undefined) return false;
    target.schema.add(field, fieldType, true);
    target.typing.added();
    this.#typed(target);
    return true;
  }

  /** The fields at the top of the events of a target, in the order in which they became known. Throws HOTAKA_TARGET_NOT_FOUND. */
  fields(name: string): FieldStatus[] {
    return this.#targets.fields(name);
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
   * Adds a query, which takes the events from here on. True if it runs; false if it waits for fields that no event has had yet, or with
   * `mayWait` for a target that is not known yet. With `opensTargets` what it reads is opened for events of any shape, as in Norikra. Throws
   * HOTAKA_CONFIG_DUPLICATE when there is one of that name, HOTAKA_QUERY_NAME, and whatever is wrong with the SQL; then nothing has changed.
   */
  register(definition: QueryDefinition, options: RegisterOptions = {}): boolean {
    const { name } = definition;
    if (this.#queries.has(name)) throw duplicate(name);
    if (!isQueryName(name))
      throw new HotakaError("HOTAKA_QUERY_NAME", `"${oneLine(name, 100)}" cannot be the name of a query. ${NAME_WANTED}`);
    const opened: Target[] = [];
    for (;;) {
      try {
        const query = this.#compiled(definition, options.mayWait ?? false);
        this.#install(query);
        return query.state === "running";
      } catch (thrown) {
        const target = options.opensTargets === true && opened.length < STREAMS_MAX ? unknownTargetOf(thrown) : undefined;
        if (target === undefined) {
          for (const one of opened) this.#targets.close(one);
          throw thrown;
        }
        opened.push(this.#targets.open(target));
      }
    }
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
    this.#awaitFields();
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
    return this.#targets.statuses();
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
  }

  /** The end of a replay: what waited is handed on, and every query closes the window that is open, once. */
  finish(): void {
    for (const target of this.#targets) target.drain();
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
    for (const target of this.#targets) if (target.nowMs !== undefined) saved.set(targetKey(target.name), target.save());
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

  #opened(target: Target): Target {
    this.#restoreTarget(target);
    this.#startWaiting();
    return target;
  }

  #compiled(definition: QueryDefinition, mayWait: boolean): Query {
    const { counters, open, pool } = this.#options;
    const query = new Query(definition, {
      open,
      schemas: this.#targets.schemas,
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
      const awaits = this.#awaitedOf(thrown, mayWait);
      if (awaits === undefined) throw thrown;
      query.wait(awaits);
      return false;
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
    const open = targets.filter((name: string) => this.#targets.get(name)?.typing.isOpen === true);
    return open.length === 0 ? undefined : { targets: open, field: typeof field === "string" ? field : undefined };
  }

  #install(query: Query): void {
    this.#queries.set(query.name, query);
    if (query.state === "running") this.#attach(query, this.#restoreQuery(query));
    this.#awaitFields();
  }

  #attach(query: Query, restored: boolean): void {
    for (const [name, fields] of query.demand) {
      const target = this.#targets.get(name);
      assert(target !== undefined, `query "${query.name}" reads a target "${name}" that is not there`);
      target.attach(query, fields, { restored, nowMs: () => this.#nowOf(query) });
    }
  }

  #detach(query: Query): void {
    for (const target of this.#targets) target.detach(query);
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
    this.#awaitFields();
  }

  /** Events have brought fields that were not known. */
  #typed(target: Target): void {
    this.#startWaiting();
    for (const query of this.#queries.values()) {
      if (query.state !== "running" || !query.reading.wildcards.has(target.name)) continue;
      try {
        query.reopen();
        this.#detach(query);
        this.#attach(query, false);
      } catch (thrown) {
        this.#suspendBroken(query, thrown);
      }
    }
  }

  /** Tells the targets which fields queries wait for. */
  #awaitFields(): void {
    const awaited = [...this.#queries.values()].flatMap(({ awaits }) => awaits ?? []);
    for (const target of this.#targets) {
      const fields = awaited.flatMap(({ targets, field }) => (field !== undefined && targets.includes(target.name) ? [field] : []));
      target.typing.await(new Set(fields));
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
    this.#options.taken?.();
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

/** The target that is named and is not there, where that is what went wrong. */
function unknownTargetOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof HotakaError) || thrown.code !== "HOTAKA_SQL_UNKNOWN_TARGET") return undefined;
  const { target } = thrown.details;
  return typeof target === "string" ? target : undefined;
}

function duplicate(name: string): HotakaError {
  return new HotakaError("HOTAKA_CONFIG_DUPLICATE", `query "${name}" is there already. Give the other one a name of its own.`);
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

/** Streams of one query: what it names is opened one by one. */
const STREAMS_MAX = 64;
/** How often `tick` is to be called. */
export const TICK_MS = 250;
const TICK_ELAPSED_MS_MAX = 1000;
