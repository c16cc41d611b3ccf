import { deserialize, serialize } from "node:v8";
import type { Batch, Schema, Use } from "../event/index.ts";
import { type Counter, stopwatchMs } from "../kit/index.ts";
import { SharedStates } from "../sql/core.ts";
import type { Budget, Delivery, OutputColumn, SharedState, Sink, Statement } from "../sql/index.ts";
import { type Listener, listenerOf } from "./listener.ts";
import { OutputPool, type PoolBounds, type PooledRow } from "./output_pool.ts";
import { RowKeys, type SavedRowKeys } from "./row_keys.ts";

/** A query as it is registered. */
export interface QueryDefinition {
  /** Unique in the catalog. Actions choose by it: `block.access_over_1000_per_1min`. */
  readonly name: string;
  readonly sql: string;
  /** A label for `sweep`; undefined is the default group. */
  readonly group?: string | undefined;
  /** As far as it is not what all queries may hold. */
  readonly budget?: Partial<Budget> | undefined;
}

/** Whether a query may be named so. Norikra refuses a blank name alone; what cannot be written on one line would not be seen as it is. */
export function isQueryName(name: string): boolean {
  return name.trim() !== "" && name.length <= 255 && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name);
}

export const NAME_WANTED = "1 to 255 characters without line breaks and control characters were wanted, not all of them blank.";

/** Compiles a query against the fields that stand now. Throws a HotakaError with line and column when it cannot. */
export type OpenStatement = (options: {
  readonly name: string;
  readonly text: string;
  readonly schemas: ReadonlyMap<string, Schema>;
  readonly startMs: number;
  readonly budget: Budget;
  readonly sink: Sink;
  readonly inserts: (target: string) => boolean;
}) => Statement;

/**
 * `running`: its statement takes events. `waiting`: a target it reads is not known yet. `suspended`: by a person, or because it broke;
 * then `reason` says how.
 */
export type QueryState = "running" | "waiting" | "suspended";

/** What a query names that is not there yet. */
export interface Awaited {
  /** It is enough that one of them is there, or has the field. */
  readonly targets: readonly string[];
  /** Undefined: the target itself, or that it has any fields at all. */
  readonly field: string | undefined;
}

/** A query as `/v1/queries` shows it. */
export interface QueryStatus {
  readonly name: string;
  readonly group: string | undefined;
  readonly sql: string;
  readonly state: QueryState;
  readonly reason: string | undefined;
  readonly targets: readonly string[];
  readonly columns: readonly OutputColumn[];
  /** Events it was handed, and rows it gave, since it was registered. */
  readonly events: number;
  readonly rows: number;
  /** About how long it was at work on them; work that queries do together is shared out among them. */
  readonly busy_ms: number;
  /** What it may hold. */
  readonly budget: Budget;
  /** Groups and events it holds now, about how many bytes that takes, events its budget refused, and groups that made room for others. */
  readonly groups: number;
  readonly events_held: number;
  readonly bytes: number;
  readonly refused: number;
  readonly evicted: number;
  /** Time of its last row: epoch ms, event time. */
  readonly last_row_ms: number | undefined;
  /** Rows waiting to be fetched, and rows dropped because too many waited. */
  readonly pooled: number;
  readonly dropped: number;
}

export interface QueryContext {
  /** What a query may hold that does not say so itself. */
  readonly budget: Budget;
  readonly open: OpenStatement;
  readonly schemas: ReadonlyMap<string, Schema>;
  /** Whether a target takes fields by INSERT INTO that it does not have yet. */
  readonly takesFields: (target: string) => boolean;
  readonly pool: PoolBounds;
  readonly dropped: Counter;
  /** Told of every delivery, in the order they are made. */
  readonly delivered: (query: Query, delivery: Delivery) => void;
  /** Told when the statement threw, which none should: the query is to be taken out. */
  readonly broke: (query: Query, thrown: unknown) => void;
}

/** A registered query: its statement while it runs, what it has given, and what nobody has fetched yet. */
export class Query {
  readonly definition: QueryDefinition;
  /** Grows in the order of registration. */
  readonly number: number;
  readonly pool: OutputPool;
  readonly keys: RowKeys;
  readonly listener: Listener;
  readonly #context: QueryContext;
  readonly #budget: Budget;
  #statement: Statement | undefined;
  #state: QueryState = "waiting";
  #reason: string | undefined;
  #awaits: Awaited | undefined;
  #targets: readonly string[] = [];
  /** False while there is no time: no event came yet. */
  #begun = false;
  #events = 0;
  /** Events that were handed to its statement along with others. */
  #handed: (() => number) | undefined;
  #rows = 0;
  #busyMs = 0;
  #lastRowMs: number | undefined;
  #poolImage: { readonly version: number; readonly bytes: Uint8Array } | undefined;

  constructor(definition: QueryDefinition, number: number, context: QueryContext) {
    this.definition = definition;
    this.number = number;
    this.#context = context;
    this.#budget = { ...context.budget, ...definition.budget };
    this.pool = new OutputPool(context.pool, context.dropped);
    this.keys = new RowKeys(definition.name);
    this.listener = listenerOf(definition.group);
  }

  get name(): string {
    return this.definition.name;
  }

  get state(): QueryState {
    return this.#state;
  }

  /** The fields it reads, by target; empty unless it runs. */
  get demand(): ReadonlyMap<string, ReadonlyMap<string, Use>> {
    return this.#statement?.demand ?? new Map();
  }

  /** Which events it is to be handed; nothing unless it runs. */
  get reading(): Statement["reading"] {
    return this.#statement?.reading ?? NO_READING;
  }

  /** The targets that it reads or waits for; of a suspended one, those that it read before. */
  get targets(): readonly string[] {
    return this.#targets;
  }

  /** Why it is suspended, if it was not a person who did it, or what it waits for. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Its INSERT INTO, while it runs. */
  get insertInto(): Statement["insertInto"] {
    return this.#statement?.insertInto;
  }

  /** The targets that its rows become events of. */
  get feeds(): readonly string[] {
    const { listener, insertInto } = this;
    return [...(insertInto === undefined ? [] : [insertInto.target]), ...(listener.kind === "loopback" ? [listener.target] : [])];
  }

  /** What it waits for; undefined unless it waits. */
  get awaits(): Awaited | undefined {
    return this.#state === "waiting" ? this.#awaits : undefined;
  }

  /** Compiles it, so that what it demands is known; it begins when there is time. Throws what the compiler throws. */
  open(): void {
    this.#statement = this.#compile(0);
    this.#begun = false;
    this.#state = "running";
    this.#reason = undefined;
    this.#targets = [...this.demand.keys()];
  }

  /** Its time begins, at `startMs`: that of its target, or of the first event there. */
  begin(startMs: number): void {
    const statement = this.#statement;
    if (this.#begun || statement === undefined) return;
    this.#begun = true;
    this.#guarded(() => {
      // Only a statement that waits for time before any event can tell that it was opened at no particular time.
      if (statement.nextDueMs() === undefined) return statement.advanceTo(startMs);
      const anew = this.#compile(startMs);
      statement.close();
      this.#statement = anew;
    });
  }

  /** Compiles it anew, for the fields of its targets are others now; its window and its groups stay. Throws what the compiler throws. */
  reopen(): void {
    const statement = this.#statement;
    if (statement === undefined) return;
    const anew = this.#compile(0);
    if (this.#begun) this.#begun = anew.restore(statement.save(), statesOf(statement.sharedState));
    this.#statement = anew;
    statement.close();
  }

  accept(batch: Batch): void {
    const statement = this.#statement;
    if (statement === undefined) return;
    this.#events += batch.size;
    this.#guarded(() => statement.accept(batch));
  }

  /** Its statement while it runs: for whoever hands it events along with others. */
  get statement(): Statement | undefined {
    return this.#statement;
  }

  /** It is one of many that are handed the events together: `count` tells how many there were so far. Undefined: not any more. */
  countBy(count: (() => number) | undefined): void {
    this.#events += (this.#handed?.() ?? 0) - (count?.() ?? 0);
    this.#handed = count;
  }

  /** It was at work for so long. */
  worked(durationMs: number): void {
    this.#busyMs += durationMs;
  }

  /** Its statement threw, which none should. */
  broke(thrown: unknown): void {
    this.#context.broke(this, thrown);
  }

  /** When time alone will make it give rows: epoch ms. */
  nextDueMs(): number | undefined {
    return this.#statement?.nextDueMs();
  }

  advanceTo(timeMs: number): void {
    const statement = this.#statement;
    if (statement !== undefined) this.#guarded(() => statement.advanceTo(timeMs));
  }

  /** No more events will come. */
  finish(): void {
    const statement = this.#statement;
    if (statement !== undefined) this.#guarded(() => statement.finish());
  }

  /** Counts a delivery, and puts it into the pool unless it goes elsewhere. */
  take(delivery: Delivery): void {
    this.#rows += delivery.rows.length;
    this.#lastRowMs = delivery.endMs;
    if (this.listener.kind === "pool") this.pool.add(delivery.endMs, delivery.rows);
  }

  /** It cannot run before there is what it names. */
  wait(awaits: Awaited): void {
    this.close("waiting", sentenceOf(awaits));
    this.#awaits = awaits;
    this.#targets = awaits.targets;
  }

  /** Stops it. Its window is given up; rows that wait to be fetched stay. */
  close(state: "suspended" | "waiting", reason?: string): void {
    const statement = this.#statement;
    this.#statement = undefined;
    this.#state = state;
    this.#reason = reason;
    try {
      statement?.close();
    } catch {
      // A statement that broke may not close either; it is no longer referred to, which frees what it holds.
    }
  }

  status(): QueryStatus {
    const usage = this.#statement?.usage();
    return {
      name: this.name,
      group: this.definition.group,
      sql: this.definition.sql,
      state: this.#state,
      reason: this.#reason,
      targets: this.targets,
      columns: this.#statement?.columns ?? [],
      events: this.#events + (this.#handed?.() ?? 0),
      rows: this.#rows,
      busy_ms: Math.round(this.#busyMs),
      budget: this.#budget,
      groups: usage?.groups ?? 0,
      events_held: usage?.events ?? 0,
      bytes: usage?.bytes ?? 0,
      refused: usage?.refused ?? 0,
      evicted: usage?.evicted ?? 0,
      last_row_ms: this.#lastRowMs,
      pooled: this.pool.rows,
      dropped: this.pool.dropped,
    };
  }

  /**
   * Takes the place of `other`, whose rows that wait to be fetched stay, and its window and groups as far as this text has the same. True if
   * they do.
   */
  adopt(other: Query): boolean {
    this.restoreOutput(other.saveOutput());
    const state = other.saveState();
    return state !== undefined && this.restoreState(state.statement, statesOf(state.shared));
  }

  /** The state of its statement; undefined unless it runs. */
  saveState(): { readonly statement: Uint8Array; readonly shared: SharedState | undefined } | undefined {
    const statement = this.#statement;
    return statement === undefined ? undefined : { statement: statement.save(), shared: statement.sharedState };
  }

  /** Takes up what `saveState` gave. False when it is of another plan, or there is no statement: then the query starts afresh. */
  restoreState(statement: Uint8Array, shared: SharedStates): boolean {
    const restored = this.#statement?.restore(statement, shared) ?? false;
    if (restored) this.#begun = true;
    return restored;
  }

  /** What it has given, also one that waits: rows that nobody has fetched outlive the statement that gave them. */
  saveOutput(): Uint8Array {
    const output: SavedOutput = {
      format: OUTPUT_FORMAT,
      keys: this.keys.save(),
      events: this.#events + (this.#handed?.() ?? 0),
      rows: this.#rows,
      lastRowMs: this.#lastRowMs,
      pool: this.#savedPool(),
    };
    return serialize(output);
  }

  /** Takes up what `saveOutput` gave; nothing of what another version wrote. */
  restoreOutput(bytes: Uint8Array): void {
    const output = outputOf(bytes);
    if (output === undefined) return;
    this.keys.restore(output.keys);
    this.#events = output.events;
    this.#rows = output.rows;
    this.#lastRowMs = output.lastRowMs;
    for (const { timeMs, row } of pooledOf(output.pool)) this.pool.add(timeMs, [row]);
  }

  #compile(startMs: number): Statement {
    const { name, sql } = this.definition;
    const sink: Sink = (delivery) => this.#context.delivered(this, delivery);
    const { open, schemas, takesFields } = this.#context;
    return open({ name, text: sql, schemas, startMs, sink, inserts: takesFields, budget: this.#budget });
  }

  #guarded(step: () => void): void {
    const beganMs = stopwatchMs();
    try {
      step();
    } catch (thrown) {
      this.broke(thrown);
    }
    this.worked(stopwatchMs() - beganMs);
  }

  /** A full pool is costly to write down and seldom changes, so the last image is kept. */
  #savedPool(): Uint8Array {
    if (this.#poolImage?.version !== this.pool.version) {
      const saved: SavedPool = { format: POOL_FORMAT, rows: this.pool.see() };
      this.#poolImage = { version: this.pool.version, bytes: serialize(saved) };
    }
    return this.#poolImage.bytes;
  }
}

function sentenceOf({ targets, field }: Awaited): string {
  const names = targets.map((name) => `"${name}"`).join(" or ");
  if (field === undefined) return `waits for the first event of target ${names}.`;
  return `waits for an event of target ${names} that has the field "${field}".`;
}

const NO_READING: Statement["reading"] = { required: new Map(), wildcards: new Set() };

interface SavedOutput {
  readonly format: typeof OUTPUT_FORMAT;
  readonly keys: SavedRowKeys;
  readonly events: number;
  readonly rows: number;
  readonly lastRowMs: number | undefined;
  /** A `SavedPool`, written by itself. */
  readonly pool: Uint8Array;
}

interface SavedPool {
  readonly format: typeof POOL_FORMAT;
  readonly rows: readonly PooledRow[];
}

/** What a statement that runs has in common with others, for one that takes its place. */
function statesOf(shared: SharedState | undefined): SharedStates {
  return new SharedStates((id) => (id === shared?.id ? shared.save() : undefined));
}

function outputOf(bytes: Uint8Array): SavedOutput | undefined {
  const saved: unknown = deserialize(bytes);
  return isSavedOutput(saved) ? saved : undefined;
}

// The journal has checked that these are the bytes we wrote; the format says that this version wrote them.
function isSavedOutput(saved: unknown): saved is SavedOutput {
  return typeof saved === "object" && saved !== null && "format" in saved && saved.format === OUTPUT_FORMAT;
}

function pooledOf(bytes: Uint8Array): readonly PooledRow[] {
  const saved: unknown = deserialize(bytes);
  return isSavedPool(saved) ? saved.rows : [];
}

function isSavedPool(saved: unknown): saved is SavedPool {
  return typeof saved === "object" && saved !== null && "format" in saved && saved.format === POOL_FORMAT;
}

const OUTPUT_FORMAT = "hotaka query output 1";
const POOL_FORMAT = "hotaka output pool 1";
