import { type Log, messageOf } from "../kit/index.ts";
import type { CatalogStore, StoredQuery, StoredTarget } from "./catalog_store.ts";
import type { Query } from "./query.ts";
import type { Target } from "./target.ts";

/** Writes down what changes, as it changes. Without a store nothing is kept: a replay ends with its log. */
export class KeptCatalog {
  readonly #store: CatalogStore | undefined;
  readonly #log: Log;
  /** Targets that events have changed and the disk did not take. */
  readonly #unwritten = new Set<Target>();

  constructor(store: CatalogStore | undefined, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  targets(): StoredTarget[] {
    return this.#store?.targets() ?? [];
  }

  queries(): StoredQuery[] {
    return this.#store?.queries() ?? [];
  }

  /**
   * A target was opened, or has other fields. Events go on whether the disk takes it or not: it is tried again. One that the settings or
   * INSERT INTO make comes again by itself.
   */
  target(target: Target): void {
    if (this.#store === undefined || !target.typing.isOpen || target.isClosed) return;
    try {
      const { name, isDerived, schema, typing } = target;
      this.#store.saveTarget({ name, isDerived, autoField: typing.autoField, isLazy: typing.isLazy, fields: schema.fields });
      this.#unwritten.delete(target);
    } catch (thrown) {
      if (this.#unwritten.size === 0) this.#log.error(`the fields of target "${target.name}" could not be kept yet: ${messageOf(thrown)}`);
      this.#unwritten.add(target);
    }
  }

  /** Tries again what the disk did not take. */
  retry(): void {
    const unwritten = Array.from(this.#unwritten);
    for (const target of unwritten) this.target(target);
  }

  removeTarget(target: Target): void {
    this.#unwritten.delete(target);
    this.#store?.removeTarget(target.name);
  }

  /** Throws HOTAKA_DATABASE. */
  query({ definition }: Query, { isDeclared, isSuspended }: { readonly isDeclared: boolean; readonly isSuspended: boolean }): void {
    if (isDeclared) this.#store?.setSuspended(definition, isSuspended);
    else this.#store?.saveQuery({ definition, isSuspended });
  }

  removeQuery(name: string): void {
    this.#store?.removeQuery(name);
  }

  isSuspended({ definition }: Query): boolean {
    return this.#store?.isSuspended(definition) ?? false;
  }
}
