import type { Database, Migration, SqlRow } from "../kit/index.ts";
import type { BatchBounds, OutboxRow } from "./outbox_row.ts";
import { rowOfText, rowText } from "./row_text.ts";

/** The schema of the outbox's file. A row that has ended keeps its key alone, so that it is known when it comes again. */
export const OUTBOX_MIGRATIONS: readonly Migration[] = [
  `CREATE TABLE entry (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     action TEXT NOT NULL,
     row_key TEXT NOT NULL,
     query TEXT NOT NULL,
     time_ms REAL NOT NULL,
     row TEXT NOT NULL,
     put_ms REAL NOT NULL,
     tries INTEGER NOT NULL DEFAULT 0,
     due_ms REAL NOT NULL DEFAULT 0,
     ended_ms REAL,
     UNIQUE (action, row_key)
   ) STRICT;
   CREATE INDEX entry_waiting ON entry (action, id) WHERE ended_ms IS NULL;
   CREATE INDEX entry_ended ON entry (ended_ms) WHERE ended_ms IS NOT NULL;`,
  // The rows of an action are cut behind these: a batch is what waits up to the first.
  `CREATE TABLE cut (
     action TEXT NOT NULL,
     last_id INTEGER NOT NULL,
     PRIMARY KEY (action, last_id)
   ) STRICT, WITHOUT ROWID;`,
];

/** A row waiting for one action. */
export interface Entry {
  readonly id: number;
  readonly action: string;
  readonly row: OutboxRow;
  /** Tries that failed. */
  readonly tries: number;
  /** Not before this (epoch ms). */
  readonly dueMs: number;
}

/** The rows on their way, in SQLite. */
export class Store {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  transaction<T>(work: () => T): T {
    return this.#database.transaction(work);
  }

  waitingCount(): number {
    return this.#database.get("SELECT count(*) AS count FROM entry WHERE ended_ms IS NULL")?.number("count") ?? 0;
  }

  /** Adds a row for an action. False when the action had it before. */
  add(action: string, { key, query, timeMs, row }: OutboxRow, nowMs: number): boolean {
    const added = this.#database.run(
      "INSERT OR IGNORE INTO entry (action, row_key, query, time_ms, row, put_ms) VALUES (?, ?, ?, ?, ?, ?)",
      action,
      key,
      query,
      timeMs,
      rowText(row),
      nowMs,
    );
    return added > 0;
  }

  /** What waits for an action, in the order it was put. */
  waiting(action: string, limit: number): Entry[] {
    return this.#database
      .all("SELECT * FROM entry WHERE action = ? AND ended_ms IS NULL ORDER BY id LIMIT ?", action, limit)
      .map((row) => entryOf(row));
  }

  /** The rows of the first batch that was cut for an action and waits; none when there is no such batch. */
  batch(action: string): Entry[] {
    const lastId = this.#lastIdOfBatch(action);
    if (lastId === null) return [];
    const sql = "SELECT * FROM entry WHERE action = ? AND ended_ms IS NULL AND id <= ? ORDER BY id";
    const entries = this.#database.all(sql, action, lastId).map((row) => entryOf(row));
    if (entries.length > 0) return entries;
    // What was in it was withdrawn.
    this.#forgetCuts(action, lastId);
    return this.batch(action);
  }

  /**
   * Cuts a batch of what waits for an action, unless one is cut already. Gives the time (epoch ms) until which one that is not full waits for
   * more rows, and undefined when there is one or nothing waits.
   */
  cut(action: string, { rowsMax, bytesMax, lingerMs }: BatchBounds, nowMs: number): number | undefined {
    const first = this.#database.get(`SELECT put_ms ${WAITING} ORDER BY id LIMIT 1`, action);
    if (first === undefined || this.#lastIdOfBatch(action) !== null) return undefined;
    const untilMs = first.number("put_ms") + lingerMs;
    const isFull = (): boolean =>
      this.#database.get(`SELECT id ${WAITING} ORDER BY id LIMIT 1 OFFSET ?`, action, rowsMax - 1) !== undefined;
    if (untilMs > nowMs && !isFull()) return untilMs;
    const rows = this.#database.all(`SELECT id, ${BYTES} AS bytes ${WAITING} ORDER BY id LIMIT ?`, action, rowsMax);
    let bytes = 0;
    const beyond = rows.findIndex((row) => (bytes += row.number("bytes")) > bytesMax);
    const count = beyond === -1 ? rows.length : Math.max(beyond, 1);
    this.cutBehind(action, rows[count - 1]!.number("id"));
    return undefined;
  }

  /** Ends a batch behind this row. */
  cutBehind(action: string, id: number): void {
    this.#database.run("INSERT OR IGNORE INTO cut (action, last_id) VALUES (?, ?)", action, id);
  }

  /** The batch that ends with this row is done. */
  endBatch(action: string, lastId: number, nowMs: number): void {
    const sql = "UPDATE entry SET ended_ms = ?, row = '' WHERE action = ? AND ended_ms IS NULL AND id <= ?";
    this.#database.run(sql, nowMs, action, lastId);
    this.#forgetCuts(action, lastId);
  }

  /** The batch that ends with this row is to be tried again. */
  batchFailed(action: string, lastId: number, { tries, dueMs }: { readonly tries: number; readonly dueMs: number }): void {
    const sql = "UPDATE entry SET tries = ?, due_ms = ? WHERE action = ? AND ended_ms IS NULL AND id <= ?";
    this.#database.run(sql, tries, dueMs, action, lastId);
  }

  #lastIdOfBatch(action: string): number | null {
    return this.#database.get("SELECT min(last_id) AS last_id FROM cut WHERE action = ?", action)?.numberOrNull("last_id") ?? null;
  }

  #forgetCuts(action: string, lastId: number): void {
    this.#database.run("DELETE FROM cut WHERE action = ? AND last_id <= ?", action, lastId);
  }

  /** What was put before `beforeMs` and waits for none of these actions. */
  orphans(actions: readonly string[], beforeMs: number, limit: number): Entry[] {
    return this.#database
      .all(
        `SELECT * FROM entry WHERE ended_ms IS NULL AND put_ms < ?
         AND action NOT IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT ?`,
        beforeMs,
        JSON.stringify(actions),
        limit,
      )
      .map((row) => entryOf(row));
  }

  end(id: number, nowMs: number): void {
    this.#database.run("UPDATE entry SET ended_ms = ?, row = '' WHERE id = ?", nowMs, id);
  }

  /** True when the row was waiting until now. */
  endByKey(action: string, key: string, nowMs: number): boolean {
    const sql = "UPDATE entry SET ended_ms = ?, row = '' WHERE action = ? AND row_key = ? AND ended_ms IS NULL";
    return this.#database.run(sql, nowMs, action, key) > 0;
  }

  failed(id: number, tries: number, dueMs: number): void {
    this.#database.run("UPDATE entry SET tries = ?, due_ms = ? WHERE id = ?", tries, dueMs, id);
  }

  /** Forgets the keys of rows that ended before `beforeMs` and the oldest beyond `keepMax`, `limit` at most. Returns how many. */
  forget({ beforeMs, keepMax, limit }: { beforeMs: number; keepMax: number; limit: number }): number {
    this.#database.run("DELETE FROM cut WHERE NOT EXISTS (SELECT 1 FROM entry WHERE entry.action = cut.action AND ended_ms IS NULL)");
    const ended = this.#database.get("SELECT count(*) AS count FROM entry WHERE ended_ms IS NOT NULL")?.number("count") ?? 0;
    const oldest = "SELECT id FROM entry WHERE ended_ms IS NOT NULL";
    const aged = this.#database.run(
      `DELETE FROM entry WHERE id IN (${oldest} AND ended_ms < ? ORDER BY ended_ms LIMIT ?)`,
      beforeMs,
      limit,
    );
    const beyond = Math.min(ended - aged - keepMax, limit);
    return aged + (beyond > 0 ? this.#database.run(`DELETE FROM entry WHERE id IN (${oldest} ORDER BY ended_ms, id LIMIT ?)`, beyond) : 0);
  }
}

function entryOf(row: SqlRow): Entry {
  return {
    id: row.number("id"),
    action: row.text("action"),
    row: {
      key: row.text("row_key"),
      query: row.text("query"),
      timeMs: row.number("time_ms"),
      row: rowOfText(row.text("row")) ?? {},
    },
    tries: row.number("tries"),
    dueMs: row.number("due_ms"),
  };
}

const WAITING = "FROM entry WHERE action = ? AND ended_ms IS NULL";
const BYTES = "length(CAST(row AS BLOB)) + length(CAST(row_key AS BLOB)) + length(CAST(query AS BLOB))";
