import { type Field, isFieldType } from "../event/index.ts";
import type { Database, Migration, SqlRow } from "../kit/index.ts";
import { WHEN_FULL } from "../sql/core.ts";
import type { Budget } from "../sql/index.ts";
import type { QueryDefinition } from "./query.ts";

/** What people and events have made of the catalog, apart from what the settings declare. */
export const CATALOG_MIGRATIONS: readonly Migration[] = [
  `
  CREATE TABLE targets (
    name TEXT PRIMARY KEY,
    opened INTEGER NOT NULL,
    auto_field INTEGER NOT NULL,
    lazy INTEGER NOT NULL,
    derived INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE fields (
    target TEXT NOT NULL REFERENCES targets (name) ON DELETE CASCADE,
    slot INTEGER NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    optional INTEGER NOT NULL,
    PRIMARY KEY (target, name)
  ) STRICT;
  CREATE TABLE queries (
    name TEXT PRIMARY KEY,
    registered INTEGER NOT NULL,
    sql TEXT NOT NULL,
    label TEXT,
    groups_max INTEGER,
    events_max INTEGER,
    suspended INTEGER NOT NULL
  ) STRICT;
  -- Queries of the settings that a person has suspended. Another text of the same name is another query.
  CREATE TABLE suspended_declared (
    name TEXT PRIMARY KEY,
    sql TEXT NOT NULL
  ) STRICT;
  `,
  "ALTER TABLE queries ADD COLUMN when_full TEXT",
];

/** A target as it is kept. */
export interface StoredTarget {
  readonly name: string;
  readonly autoField: boolean;
  readonly isLazy: boolean;
  readonly isDerived: boolean;
  /** In the order of their slots. */
  readonly fields: readonly Pick<Field, "name" | "type" | "optional">[];
}

/** A query as it is kept. */
export interface StoredQuery {
  readonly definition: QueryDefinition;
  readonly isSuspended: boolean;
}

/** The catalog on the disk. Every call is durable when it returns, and throws HOTAKA_DATABASE when it cannot be. */
export class CatalogStore {
  readonly #database: Database;
  /** Fields on the disk, by target: they only grow. */
  readonly #written = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  targets(): StoredTarget[] {
    const fields = new Map<string, StoredTarget["fields"][number][]>();
    for (const row of this.#database.all("SELECT target, name, type, optional FROM fields ORDER BY target, slot")) {
      const type = row.text("type");
      const own = fields.get(row.text("target")) ?? [];
      fields.set(row.text("target"), own);
      if (isFieldType(type)) own.push({ name: row.text("name"), type, optional: row.number("optional") === 1 });
    }
    return this.#database.all("SELECT name, auto_field, lazy, derived FROM targets ORDER BY opened").map((row) => ({
      name: row.text("name"),
      autoField: row.number("auto_field") === 1,
      isLazy: row.number("lazy") === 1,
      isDerived: row.number("derived") === 1,
      fields: fields.get(row.text("name")) ?? [],
    }));
  }

  /** Writes a target, and of its fields those that are new. */
  saveTarget({ name, autoField, isLazy, isDerived, fields }: StoredTarget): void {
    const database = this.#database;
    const written = this.#written.get(name) ?? 0;
    database.transaction(() => {
      database.run(
        `INSERT INTO targets (name, opened, auto_field, lazy, derived)
         VALUES (?, (SELECT coalesce(max(opened), 0) + 1 FROM targets), ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET auto_field = excluded.auto_field, lazy = excluded.lazy, derived = excluded.derived`,
        name,
        Number(autoField),
        Number(isLazy),
        Number(isDerived),
      );
      for (const [at, field] of fields.slice(written).entries()) {
        database.run(
          "INSERT OR IGNORE INTO fields (target, slot, name, type, optional) VALUES (?, ?, ?, ?, ?)",
          name,
          written + at,
          field.name,
          field.type,
          Number(field.optional),
        );
      }
    });
    this.#written.set(name, fields.length);
  }

  removeTarget(name: string): void {
    this.#written.delete(name);
    this.#database.run("DELETE FROM targets WHERE name = ?", name);
  }

  /** In the order in which they were registered. */
  queries(): StoredQuery[] {
    const rows = this.#database.all(
      "SELECT name, sql, label, groups_max, events_max, when_full, suspended FROM queries ORDER BY registered",
    );
    return rows.map((row) => {
      return {
        definition: {
          name: row.text("name"),
          sql: row.text("sql"),
          group: row.textOrNull("label") ?? undefined,
          budget: budgetIn(row),
        },
        isSuspended: row.number("suspended") === 1,
      };
    });
  }

  saveQuery({ definition: { name, sql, group, budget }, isSuspended }: StoredQuery): void {
    this.#database.run(
      `INSERT INTO queries (name, registered, sql, label, groups_max, events_max, when_full, suspended)
       VALUES (?, (SELECT coalesce(max(registered), 0) + 1 FROM queries), ?, ?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET sql = excluded.sql, label = excluded.label, groups_max = excluded.groups_max,
         events_max = excluded.events_max, when_full = excluded.when_full, suspended = excluded.suspended`,
      name,
      sql,
      group ?? null,
      budget?.groups_max ?? null,
      budget?.events_max ?? null,
      budget?.when_full ?? null,
      Number(isSuspended),
    );
  }

  removeQuery(name: string): void {
    this.#database.run("DELETE FROM queries WHERE name = ?", name);
  }

  /** Whether a person has suspended the query of the settings that has this name and this text. */
  isSuspended({ name, sql }: QueryDefinition): boolean {
    return this.#database.get("SELECT 1 AS found FROM suspended_declared WHERE name = ? AND sql = ?", name, sql) !== undefined;
  }

  setSuspended({ name, sql }: QueryDefinition, isSuspended: boolean): void {
    if (isSuspended) this.#database.run("INSERT OR REPLACE INTO suspended_declared (name, sql) VALUES (?, ?)", name, sql);
    else this.#database.run("DELETE FROM suspended_declared WHERE name = ?", name);
  }
}

function budgetIn(row: SqlRow): Partial<Budget> | undefined {
  const [groups_max, events_max] = [row.numberOrNull("groups_max"), row.numberOrNull("events_max")];
  const when_full = WHEN_FULL.find((policy) => policy === row.textOrNull("when_full"));
  const budget = {
    ...(groups_max === null ? {} : { groups_max }),
    ...(events_max === null ? {} : { events_max }),
    ...(when_full === undefined ? {} : { when_full }),
  };
  return Object.keys(budget).length === 0 ? undefined : budget;
}
