import type { Onlooker, PooledRow, StatsImport } from "../catalog/index.ts";
import type { Budget, Completions } from "../sql/index.ts";

/** Targets and queries as the server asks for them and changes them. */
export interface CatalogService {
  /** In the order in which they were opened. */
  targets(): readonly ServedTarget[];
  /** False when there is one of that name. Throws what is wrong with the name or a type. */
  open(target: string, options: { readonly fields: Readonly<Record<string, string>> | undefined; readonly autoField: boolean }): boolean;
  /** Takes a target out with the queries that read it. False when there is none. */
  close(target: string): boolean;
  /** Whether new fields of its events become fields of it. False when there is no such target. */
  setAutoField(target: string, autoField: boolean): boolean;
  /** Undefined when there is no such target. */
  fields(target: string): readonly ServedField[] | undefined;
  /** False when the field is there. Throws HOTAKA_TARGET_NOT_FOUND, and what is wrong with the type. */
  reserve(target: string, field: string, type: string): boolean;
  /** Shows an onlooker every batch of a target, with all its fields, until what is returned is called. Throws HOTAKA_TARGET_NOT_FOUND. */
  tap(target: string, onlooker: Onlooker): () => void;
  /** What may stand at an offset of the text of a query. */
  completions(sql: string, offset: number): Completions;
  /** In the order of registration. */
  queries(): readonly ServedQuery[];
  /** True when it runs, false when it waits for targets or fields. Throws HOTAKA_CONFIG_DUPLICATE and whatever is wrong with its text. */
  register(query: QueryWish): boolean;
  /** As `register`, in place of the one of that name: what can be kept of its state is. */
  replace(query: QueryWish): boolean;
  /** False when there is none of that name. */
  deregister(query: string): boolean;
  /** False when it does not run. */
  suspend(query: string): boolean;
  /** False when it is not suspended. Throws what is wrong with its text by now. */
  resume(query: string): boolean;
  /** The rows of a query that nobody has fetched; they are then gone. */
  fetch(query: string): readonly PooledRow[];
  /** As `fetch`, and they stay. */
  see(query: string): readonly PooledRow[];
  /** Targets and queries as Norikra writes them down: a JSON text. */
  exportStats(): string;
  /** Opens and registers what such a text says, all of it or nothing. Throws HOTAKA_STATS_INVALID. */
  importStats(text: string, options: { readonly dryRun: boolean }): StatsImport;
}

/** A named stream of events, as it is listed. */
export interface ServedTarget {
  readonly name: string;
  readonly autoField: boolean;
  /** True until its first event, or a field that was given by hand, says what its events are like. */
  readonly lazy: boolean;
  /** Its events are decisions of this daemon, and nobody opened it. */
  readonly isOfDecisions: boolean;
}

/** A field at the top of the events of a target. */
export interface ServedField {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
}

/** A query as somebody wants it. */
export interface QueryWish {
  readonly name: string;
  readonly group: string | undefined;
  readonly sql: string;
  /** As far as it is not what every query may hold. */
  readonly budget?: Partial<Budget> | undefined;
}

/** A query as it stands. */
export interface ServedQuery extends QueryWish {
  readonly state: "running" | "waiting" | "suspended";
  /** Why it does not run, if it was not a person who stopped it. */
  readonly reason: string | undefined;
  readonly targets: readonly string[];
  /** Names and types of what it gives, in the order of the select list; empty while it waits. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** Where events go that were sent to the server. */
export interface EventsService {
  /**
   * Takes the events of one request: `msgpack` is one array of maps, `json` one object or an array of them, `ndjson` an object a line.
   * Resolves when they are kept, so that a crash does not lose them, and taken. What is no event is counted and left out. `bytes` must not
   * change until then. Rejects with what is wrong with the request as a whole; then nothing is kept.
   */
  send(target: string, form: EventsForm, bytes: Buffer): Promise<{ readonly taken: number; readonly refused: number }>;
}

/** How the events of a request are written. */
export type EventsForm = "msgpack" | "json" | "ndjson";

/** The rows of several queries at once, by their names: those of a group that have any. */
export function sweep(catalog: CatalogService, group: string | undefined): Map<string, { query: ServedQuery; rows: readonly PooledRow[] }> {
  const swept = new Map<string, { query: ServedQuery; rows: readonly PooledRow[] }>();
  for (const query of catalog.queries()) {
    if (query.group !== group) continue;
    const rows = catalog.fetch(query.name);
    if (rows.length > 0) swept.set(query.name, { query, rows });
  }
  return swept;
}
