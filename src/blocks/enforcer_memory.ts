import type { Database } from "../kit/index.ts";

/** What enforcers must know again after a restart, by keys of their own: in the file of the ledger. Values are plain JSON. */
export class EnforcerMemory {
  readonly #database: Database;

  /** @param database opened with `LEDGER_MIGRATIONS` */
  constructor(database: Database) {
    this.#database = database;
  }

  /** Undefined when nothing was set under that key. */
  get(key: string): unknown {
    const json = this.#database.get("SELECT json FROM enforcer_memory WHERE key = ?", key)?.text("json");
    return json === undefined ? undefined : JSON.parse(json);
  }

  /** On the disk when it returns. */
  set(key: string, value: unknown): void {
    this.#database.run("INSERT OR REPLACE INTO enforcer_memory (key, json) VALUES (?, ?)", key, JSON.stringify(value));
  }

  delete(key: string): void {
    this.#database.run("DELETE FROM enforcer_memory WHERE key = ?", key);
  }

  /** Everything whose key begins so, by what follows in its key. */
  entries(prefix: string): Map<string, unknown> {
    const rows = this.#database.all("SELECT key, json FROM enforcer_memory WHERE substr(key, 1, ?) = ?", prefix.length, prefix);
    return new Map(rows.map((row): [string, unknown] => [row.text("key").slice(prefix.length), JSON.parse(row.text("json"))]));
  }
}
