import type Libsql from "libsql";
import { AssertionError, assert, HotakaError, messageOf } from "./errors.ts";

type Prepared = ReturnType<Libsql.Database["prepare"]>;

/** What may be bound to a `?`. An integer is exact within ±(2^53 − 1); store a wider one as text. */
export type SqlValue = string | number | null;

/** One step of a schema: statements of SQL that are run once, in order, each in a transaction with its number. Never edited once released. */
export type Migration = string;

export interface DatabaseOptions {
  /** The file; made when it is missing. Its folder must exist. `:memory:` is a database that is gone when it is closed. */
  readonly path: string;
  readonly migrations: readonly Migration[];
  /** How long to wait for another process that is writing (milliseconds). */
  readonly busyMs?: number;
}

/**
 * Opens a database file and brings its schema up to date. Throws HOTAKA_DATABASE when it cannot be opened, is not a database, fails its
 * check, or was written by a newer version. The library is loaded here, so who opens no database pays nothing for it.
 */
export async function openDatabase({ path, migrations, busyMs = BUSY_MS }: DatabaseOptions): Promise<Database> {
  const { default: Sqlite } = await import("libsql");
  let handle: Libsql.Database | undefined;
  try {
    handle = new Sqlite(path, { timeout: busyMs });
    const database = new Database(path, handle);
    prepare(database, handle, path);
    migrate(database, path, migrations);
    return database;
  } catch (thrown) {
    handle?.close();
    if (thrown instanceof HotakaError) throw thrown;
    throw new HotakaError(
      "HOTAKA_DATABASE",
      `${path} could not be opened as a database: ${messageOf(thrown)}. Check its folder and its rights; if the file is damaged, move it away and a new one is made.`,
      { cause: thrown },
    );
  }
}

/**
 * One SQLite file, used by one thread, with every call synchronous: the control data of the daemon (decisions, rows on their way,
 * queries). Statements are prepared once and kept. A failure is a HOTAKA_DATABASE with the sentence of SQLite in it.
 */
export class Database {
  readonly path: string;
  readonly #handle: Libsql.Database;
  readonly #statements = new Map<string, Prepared>();
  #depth = 0;

  constructor(path: string, handle: Libsql.Database) {
    this.path = path;
    this.#handle = handle;
  }

  /** Runs one statement that gives no rows. Returns the rows it changed. */
  run(sql: string, ...values: readonly SqlValue[]): number {
    return this.#guard(() => this.#statement(sql).run(bindable(values)).changes);
  }

  /** The first row, or undefined. */
  get(sql: string, ...values: readonly SqlValue[]): SqlRow | undefined {
    const row = this.#guard(() => this.#statement(sql).get(bindable(values)));
    return row === undefined ? undefined : new SqlRow(row);
  }

  all(sql: string, ...values: readonly SqlValue[]): SqlRow[] {
    return this.#guard(() => this.#statement(sql).all(bindable(values))).map((row) => new SqlRow(row));
  }

  /** Runs statements apart by semicolons, none of which takes values. */
  exec(sql: string): void {
    this.#guard(() => this.#handle.exec(sql));
  }

  /** Runs `work` so that all of it happens or none. Durable (on the disk) when it returns. Inside another it becomes part of that one. */
  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.exec("BEGIN IMMEDIATE");
    this.#depth++;
    try {
      const result = work();
      assert(!(result instanceof Promise), "a transaction was left open across an await");
      this.exec("COMMIT");
      return result;
    } catch (thrown) {
      // A COMMIT that found the disk full has rolled back by itself; to roll back once more would hide the reason.
      if (this.#handle.inTransaction) this.#handle.exec("ROLLBACK");
      throw thrown;
    } finally {
      this.#depth--;
    }
  }

  close(): void {
    if (!this.#handle.open) return;
    this.#statements.clear();
    this.#handle.close();
  }

  #statement(sql: string): Prepared {
    // libsql goes on answering from a statement that was prepared before its connection was closed.
    assert(this.#handle.open, `${this.path} is used after it was closed`);
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#handle.prepare(sql);
      assert(
        this.#statements.size < STATEMENTS_MAX,
        `more than ${STATEMENTS_MAX} statements on ${this.path}: a value is written into the text of one`,
      );
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      if (thrown instanceof AssertionError) throw thrown;
      throw new HotakaError("HOTAKA_DATABASE", `${this.path} could not be read or changed: ${messageOf(thrown)}.`, { cause: thrown });
    }
  }
}

/** A row of a result. Each column is asked for with the type it must have, so that no cast stands between the file and the code. */
export class SqlRow {
  readonly #columns: ReadonlyMap<string, unknown>;

  constructor(columns: unknown) {
    this.#columns = new Map(Object.entries(columns ?? {}));
  }

  text(name: string): string {
    const value = this.#column(name);
    assert(typeof value === "string", `column ${name} holds a ${typeof value} where text was wanted`);
    return value;
  }

  number(name: string): number {
    const value = this.#column(name);
    assert(typeof value === "number", `column ${name} holds a ${typeof value} where a number was wanted`);
    return value;
  }

  textOrNull(name: string): string | null {
    return this.#column(name) === null ? null : this.text(name);
  }

  numberOrNull(name: string): number | null {
    return this.#column(name) === null ? null : this.number(name);
  }

  #column(name: string): unknown {
    const value = this.#columns.get(name);
    assert(value !== undefined, `the row has no column ${name}`);
    return value;
  }
}

function prepare(database: Database, handle: Libsql.Database, path: string): void {
  // FULL, not NORMAL: what was acknowledged must stand after the power fails, and here that costs less than a millisecond a commit.
  handle.pragma("journal_mode = WAL");
  handle.pragma("synchronous = FULL");
  handle.pragma("foreign_keys = ON");
  const verdict = database.all("PRAGMA quick_check(1)")[0]?.text("quick_check");
  if (verdict === "ok") return;
  throw new HotakaError(
    "HOTAKA_DATABASE",
    `${path} is damaged: ${verdict ?? "its check gave no answer"}. Move it away and put a copy in its place; without it a new one is made.`,
  );
}

function migrate(database: Database, path: string, migrations: readonly Migration[]): void {
  const version = database.get("PRAGMA user_version")?.number("user_version") ?? 0;
  if (version > migrations.length) {
    throw new HotakaError(
      "HOTAKA_DATABASE",
      `${path} is of schema ${version}, and this version of Hotaka knows up to ${migrations.length}: a newer one has written it. Run that one, or move the file away.`,
    );
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue;
    database.transaction(() => {
      database.exec(migration);
      database.exec(`PRAGMA user_version = ${index + 1}`);
    });
  }
}

/**
 * libsql ends the whole process at a boolean, which the types rule out, and cuts a text at its first NUL, which they cannot: it becomes
 * U+FFFD.
 */
function bindable(values: readonly SqlValue[]): SqlValue[] {
  return values.map((value) => {
    assert(value === null || typeof value === "string" || typeof value === "number", `a ${typeof value} was bound to a statement`);
    return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\uFFFD") : value;
  });
}

const BUSY_MS = 5000;
const STATEMENTS_MAX = 256;
