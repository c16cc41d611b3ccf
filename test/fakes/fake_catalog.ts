import type { Onlooker, PooledRow, QueryStatus, StatsImport } from "../../src/catalog/index.ts";
import type {
  CatalogService,
  EventsForm,
  EventsService,
  QueryWish,
  ServedField,
  ServedQuery,
  ServedTarget,
} from "../../src/server/index.ts";

interface FakeTarget {
  autoField: boolean;
  readonly fields: ServedField[];
}

/** Targets and queries in memory, without an engine: what a test says of them is what is answered. */
export class FakeCatalog implements CatalogService {
  readonly held = new Map<string, FakeTarget>();
  readonly standing = new Map<string, ServedQuery>();
  readonly rows = new Map<string, PooledRow[]>();
  readonly taps = new Map<string, Onlooker>();

  targets(): ServedTarget[] {
    return [...this.held].map(([name, { autoField, fields }]) => ({ name, autoField, lazy: fields.length === 0, isOfDecisions: false }));
  }

  open(target: string, { fields, autoField }: { fields: Readonly<Record<string, string>> | undefined; autoField: boolean }): boolean {
    if (this.held.has(target)) return false;
    this.held.set(target, { autoField, fields: Object.entries(fields ?? {}).map(([name, type]) => ({ name, type, optional: false })) });
    return true;
  }

  completions(sql: string, offset: number): { from: number; items: { text: string; kind: "field"; detail: string }[] } {
    return { from: offset, items: [{ text: sql, kind: "field", detail: "integer" }] };
  }

  close(target: string): boolean {
    return this.held.delete(target);
  }

  setAutoField(target: string, autoField: boolean): boolean {
    const held = this.held.get(target);
    if (held !== undefined) held.autoField = autoField;
    return held !== undefined;
  }

  fields(target: string): readonly ServedField[] | undefined {
    return this.held.get(target)?.fields;
  }

  reserve(target: string, field: string, type: string): boolean {
    const fields = this.held.get(target)?.fields ?? [];
    if (fields.some(({ name }) => name === field)) return false;
    fields.push({ name: field, type, optional: true });
    return true;
  }

  tap(target: string, onlooker: Onlooker): () => void {
    this.taps.set(target, onlooker);
    return () => void this.taps.delete(target);
  }

  queries(): readonly ServedQuery[] {
    return [...this.standing.values()];
  }

  queryStatuses(): QueryStatus[] {
    const none = {
      events: 0,
      rows: 0,
      busy_ms: 0,
      groups: 0,
      events_held: 0,
      bytes: 0,
      refused: 0,
      evicted: 0,
      last_row_ms: undefined,
      dropped: 0,
    };
    return this.queries().map((query) => {
      const budget = { groups_max: 1000, events_max: 5000, when_full: "refuse", ...query.budget } as const;
      return { ...query, ...none, budget, pooled: this.see(query.name).length };
    });
  }

  register(wish: QueryWish): boolean {
    const targets = [.../\bfrom (\w+)/gi[Symbol.matchAll](wish.sql)].map(([, name = ""]) => name);
    this.standing.set(wish.name, { ...wish, state: "running", reason: undefined, targets, columns: [] });
    return true;
  }

  replace(wish: QueryWish): boolean {
    return this.register(wish);
  }

  deregister(query: string): boolean {
    return this.standing.delete(query);
  }

  suspend(query: string): boolean {
    return this.#move(query, "running", "suspended");
  }

  resume(query: string): boolean {
    return this.#move(query, "suspended", "running");
  }

  fetch(query: string): readonly PooledRow[] {
    const rows = this.see(query);
    this.rows.delete(query);
    return rows;
  }

  see(query: string): readonly PooledRow[] {
    return this.rows.get(query) ?? [];
  }

  exportStats(): string {
    return JSON.stringify({ targets: [], queries: [...this.standing.values()].map(({ name, sql }) => ({ name, expression: sql })) });
  }

  importStats(text: string, { dryRun }: { readonly dryRun: boolean }): StatsImport {
    const { queries } = JSON.parse(text) as { readonly queries: readonly { name: string; expression: string }[] };
    if (!dryRun) for (const { name, expression } of queries) this.register({ name, group: undefined, sql: expression });
    const running = queries.map(({ name }) => name);
    return { targets: { opened: [], there: [] }, queries: { running, waiting: [], edited: [], there: [] } };
  }

  #move(query: string, from: ServedQuery["state"], to: ServedQuery["state"]): boolean {
    const standing = this.standing.get(query);
    if (standing?.state !== from) return false;
    this.standing.set(query, { ...standing, state: to });
    return true;
  }
}

/** Keeps what was sent. */
export class FakeEvents implements EventsService {
  readonly sent: { readonly target: string; readonly form: EventsForm; readonly bytes: Buffer }[] = [];

  async send(target: string, form: EventsForm, bytes: Buffer): Promise<{ taken: number; refused: number }> {
    this.sent.push({ target, form, bytes: Buffer.from(bytes) });
    return { taken: 1, refused: 0 };
  }
}
