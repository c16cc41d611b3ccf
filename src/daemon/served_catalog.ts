import { type Catalog, exportStats, importStats, type Onlooker, type PooledRow, type StatsImport } from "../catalog/index.ts";
import { type Completions, completionsAt, type OwnDefinitions } from "../sql/index.ts";
import type { CatalogService, QueryWish, ServedField, ServedQuery, ServedTarget } from "../server/index.ts";

/** The catalog as the server asks for it: what is registered there opens the targets that it reads, as in Norikra. */
export class ServedCatalog implements CatalogService {
  readonly #catalog: Catalog;
  readonly #decisions: { isOf(target: string): boolean };
  /** Functions of the settings. */
  readonly #own: OwnDefinitions | undefined;

  /** `decisions` tells of which targets the events are decisions. */
  constructor(catalog: Catalog, decisions: { isOf(target: string): boolean }, own: OwnDefinitions | undefined) {
    this.#catalog = catalog;
    this.#decisions = decisions;
    this.#own = own;
  }

  targets(): ServedTarget[] {
    return this.#catalog
      .targets()
      .map(({ name, lazy, auto_field: autoField }) => ({ name, lazy, autoField, isOfDecisions: this.#decisions.isOf(name) }));
  }

  open(target: string, { fields, autoField }: { fields: Readonly<Record<string, string>> | undefined; autoField: boolean }): boolean {
    return this.#catalog.openTarget(target, { ...(fields === undefined ? {} : { fields }), autoField });
  }

  close(target: string): boolean {
    return this.#catalog.closeTarget(target);
  }

  setAutoField(target: string, autoField: boolean): boolean {
    if (!this.#has(target)) return false;
    this.#catalog.setAutoField(target, autoField);
    return true;
  }

  fields(target: string): ServedField[] | undefined {
    return this.#has(target) ? this.#catalog.fields(target) : undefined;
  }

  reserve(target: string, field: string, type: string): boolean {
    return this.#catalog.reserve(target, field, type);
  }

  tap(target: string, onlooker: Onlooker): () => void {
    return this.#catalog.tap(target, onlooker);
  }

  completions(sql: string, offset: number): Completions {
    return completionsAt(sql, offset, { schemas: this.#catalog.schemas, own: this.#own });
  }

  queries(): ServedQuery[] {
    return this.#catalog.queries();
  }

  register(query: QueryWish): boolean {
    return this.#catalog.register(query, { opensTargets: true });
  }

  replace(query: QueryWish): boolean {
    return this.#catalog.put(query, { opensTargets: true }).isRunning;
  }

  deregister(query: string): boolean {
    return this.#catalog.remove(query);
  }

  suspend(query: string): boolean {
    return this.#catalog.suspend(query);
  }

  resume(query: string): boolean {
    return this.#catalog.resume(query);
  }

  fetch(query: string): PooledRow[] {
    return this.#catalog.fetch(query);
  }

  see(query: string): PooledRow[] {
    return this.#catalog.see(query);
  }

  exportStats(): string {
    return exportStats(this.#catalog);
  }

  importStats(text: string, options: { readonly dryRun: boolean }): StatsImport {
    return importStats(this.#catalog, text, options);
  }

  #has(target: string): boolean {
    return this.#catalog.targets().some(({ name }) => name === target);
  }
}
