import type { Row } from "../event/index.ts";
import type { Database, Migration, SqlRow } from "../kit/index.ts";
import { rowOfText, rowText } from "../outbox/index.ts";

/** The schema of the file of notices. */
export const NOTICE_MIGRATIONS: readonly Migration[] = [
  `CREATE TABLE wave (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     channel TEXT NOT NULL,
     family TEXT NOT NULL,
     group_name TEXT NOT NULL,
     state TEXT NOT NULL,
     opened_ms REAL NOT NULL,
     due_ms REAL NOT NULL,
     told_ms REAL,
     escalate_ms REAL,
     acknowledged_ms REAL,
     acknowledged_by TEXT,
     rows INTEGER NOT NULL DEFAULT 0,
     things INTEGER NOT NULL DEFAULT 0,
     from_ms REAL NOT NULL,
     to_ms REAL NOT NULL
   ) STRICT;
   CREATE INDEX wave_open ON wave (channel, group_name) WHERE state = 'open';
   CREATE INDEX wave_due ON wave (due_ms) WHERE state = 'open';
   CREATE INDEX wave_escalate ON wave (escalate_ms) WHERE escalate_ms IS NOT NULL;
   CREATE INDEX wave_told ON wave (channel, group_name, told_ms) WHERE told_ms IS NOT NULL;
   CREATE TABLE thing (
     wave INTEGER NOT NULL REFERENCES wave (id) ON DELETE CASCADE,
     name TEXT NOT NULL,
     rows INTEGER NOT NULL,
     query TEXT NOT NULL,
     time_ms REAL NOT NULL,
     row TEXT NOT NULL,
     PRIMARY KEY (wave, name)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE taken (
     channel TEXT NOT NULL,
     row_key TEXT NOT NULL,
     taken_ms REAL NOT NULL,
     PRIMARY KEY (channel, row_key)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX taken_age ON taken (taken_ms);
   CREATE TABLE told (
     channel TEXT NOT NULL,
     group_name TEXT NOT NULL,
     name TEXT NOT NULL,
     told_ms REAL NOT NULL,
     PRIMARY KEY (channel, group_name, name)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX told_age ON told (told_ms);`,
];

/** Rows that are told together. `open` gathers, `sending` is on its way, `told` was told; it is kept for its acknowledgement. */
export interface Wave {
  readonly id: number;
  readonly channel: string;
  readonly family: string;
  readonly group: string;
  readonly state: string;
  readonly openedMs: number;
  readonly dueMs: number;
  readonly toldMs: number | null;
  readonly escalateMs: number | null;
  readonly acknowledgedMs: number | null;
  readonly acknowledgedBy: string | null;
  readonly rows: number;
  readonly things: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** One of the different things of a wave, with the latest row that said it. */
export interface Thing {
  readonly name: string;
  readonly rows: number;
  readonly query: string;
  readonly timeMs: number;
  readonly row: Row;
}

/** A row as it comes into a wave. */
export interface TakenRow {
  readonly name: string;
  readonly query: string;
  readonly timeMs: number;
  readonly row: Row;
}

/** The waves in SQLite. */
export class WaveStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  transaction<T>(work: () => T): T {
    return this.#database.transaction(work);
  }

  /** Notes the key of a row. False when the channel had it before. */
  take(channel: string, rowKey: string, nowMs: number): boolean {
    return this.#database.run("INSERT OR IGNORE INTO taken (channel, row_key, taken_ms) VALUES (?, ?, ?)", channel, rowKey, nowMs) > 0;
  }

  openWave(channel: string, group: string): Wave | undefined {
    return this.#wave("SELECT * FROM wave WHERE channel = ? AND group_name = ? AND state = 'open'", channel, group);
  }

  wave(id: number): Wave | undefined {
    return this.#wave("SELECT * FROM wave WHERE id = ?", id);
  }

  /** Opens a wave and gives its number. */
  begin(wave: Pick<Wave, "channel" | "family" | "group" | "dueMs">, timeMs: number, nowMs: number): number {
    this.#database.run(
      "INSERT INTO wave (channel, family, group_name, state, opened_ms, due_ms, from_ms, to_ms) VALUES (?, ?, ?, 'open', ?, ?, ?, ?)",
      wave.channel,
      wave.family,
      wave.group,
      nowMs,
      wave.dueMs,
      timeMs,
      timeMs,
    );
    return this.#database.get("SELECT last_insert_rowid() AS id")?.number("id") ?? 0;
  }

  /** Adds a row to a wave. Beyond `thingsMax` different things only their rows are counted; false is given then. */
  add(id: number, { name, query, timeMs, row }: TakenRow, thingsMax: number): boolean {
    const known = this.#database.run(
      "UPDATE thing SET rows = rows + 1, query = ?, time_ms = ?, row = ? WHERE wave = ? AND name = ?",
      query,
      timeMs,
      rowText(row),
      id,
      name,
    );
    const isFull = known === 0 && (this.wave(id)?.things ?? 0) >= thingsMax;
    if (known === 0 && !isFull) {
      this.#database.run(
        "INSERT INTO thing (wave, name, rows, query, time_ms, row) VALUES (?, ?, 1, ?, ?, ?)",
        id,
        name,
        query,
        timeMs,
        rowText(row),
      );
    }
    this.#database.run(
      "UPDATE wave SET rows = rows + 1, things = things + ?, from_ms = min(from_ms, ?), to_ms = max(to_ms, ?) WHERE id = ?",
      known === 0 ? 1 : 0,
      timeMs,
      timeMs,
      id,
    );
    return !isFull;
  }

  /** The things of a wave, the earliest first. */
  things(id: number, limit: number): Thing[] {
    return this.#database.all("SELECT * FROM thing WHERE wave = ? ORDER BY time_ms, name LIMIT ?", id, limit).map((row) => ({
      name: row.text("name"),
      rows: row.number("rows"),
      query: row.text("query"),
      timeMs: row.number("time_ms"),
      row: rowOfText(row.text("row")) ?? {},
    }));
  }

  due(nowMs: number): Wave[] {
    return this.#waves("SELECT * FROM wave WHERE state = 'open' AND due_ms <= ? ORDER BY id", nowMs);
  }

  inState(state: "open" | "sending"): Wave[] {
    return this.#waves("SELECT * FROM wave WHERE state = ? ORDER BY id", state);
  }

  unacknowledged(nowMs: number): Wave[] {
    return this.#waves("SELECT * FROM wave WHERE escalate_ms <= ? ORDER BY id", nowMs);
  }

  /** When something is to be done next (epoch ms). */
  nextDueMs(): number | undefined {
    const row = this.#database.get(
      "SELECT min(at) AS at FROM (SELECT min(due_ms) AS at FROM wave WHERE state = 'open' UNION ALL SELECT min(escalate_ms) FROM wave WHERE escalate_ms IS NOT NULL)",
    );
    return row?.numberOrNull("at") ?? undefined;
  }

  lastToldMs(channel: string, group: string): number | undefined {
    const row = this.#database.get(
      "SELECT max(told_ms) AS at FROM wave WHERE channel = ? AND group_name = ? AND told_ms IS NOT NULL",
      channel,
      group,
    );
    return row?.numberOrNull("at") ?? undefined;
  }

  /** When a thing was last told of a group. */
  toldMs(channel: string, group: string, name: string): number | undefined {
    const row = this.#database.get("SELECT told_ms FROM told WHERE channel = ? AND group_name = ? AND name = ?", channel, group, name);
    return row?.number("told_ms");
  }

  put(id: number, state: "open" | "sending", dueMs: number): void {
    this.#database.run("UPDATE wave SET state = ?, due_ms = ? WHERE id = ?", state, dueMs, id);
  }

  adopt(id: number, channel: string, dueMs: number): void {
    this.#database.run("UPDATE wave SET channel = ?, state = 'open', due_ms = ? WHERE id = ?", channel, dueMs, id);
  }

  /** Marks a wave as told, and its things with it. */
  told(wave: Wave, nowMs: number, escalateMs: number | null): void {
    this.#database.run("UPDATE wave SET state = 'told', told_ms = ?, escalate_ms = ? WHERE id = ?", nowMs, escalateMs, wave.id);
    this.#database.run(
      "INSERT INTO told (channel, group_name, name, told_ms) SELECT ?, ?, name, ? FROM thing WHERE wave = ? ON CONFLICT DO UPDATE SET told_ms = excluded.told_ms",
      wave.channel,
      wave.group,
      nowMs,
      wave.id,
    );
  }

  escalated(id: number): void {
    this.#database.run("UPDATE wave SET escalate_ms = NULL WHERE id = ?", id);
  }

  acknowledge(id: number, by: string, nowMs: number): void {
    this.#database.run("UPDATE wave SET acknowledged_ms = ?, acknowledged_by = ?, escalate_ms = NULL WHERE id = ?", nowMs, by, id);
  }

  remove(id: number): void {
    this.#database.run("DELETE FROM wave WHERE id = ?", id);
  }

  /** Forgets what was told or taken before `beforeMs`, `limit` of each at most. */
  forget(beforeMs: number, limit: number): void {
    this.#database.run("DELETE FROM wave WHERE id IN (SELECT id FROM wave WHERE state = 'told' AND told_ms < ? LIMIT ?)", beforeMs, limit);
    this.#database.run(
      "DELETE FROM taken WHERE (channel, row_key) IN (SELECT channel, row_key FROM taken WHERE taken_ms < ? LIMIT ?)",
      beforeMs,
      limit,
    );
    this.#database.run(
      "DELETE FROM told WHERE (channel, group_name, name) IN (SELECT channel, group_name, name FROM told WHERE told_ms < ? LIMIT ?)",
      beforeMs,
      limit,
    );
  }

  #wave(sql: string, ...values: readonly (string | number)[]): Wave | undefined {
    const row = this.#database.get(sql, ...values);
    return row === undefined ? undefined : waveOf(row);
  }

  #waves(sql: string, ...values: readonly (string | number)[]): Wave[] {
    return this.#database.all(`${sql} LIMIT ${AT_ONCE}`, ...values).map((row) => waveOf(row));
  }
}

function waveOf(row: SqlRow): Wave {
  return {
    id: row.number("id"),
    channel: row.text("channel"),
    family: row.text("family"),
    group: row.text("group_name"),
    state: row.text("state"),
    openedMs: row.number("opened_ms"),
    dueMs: row.number("due_ms"),
    toldMs: row.numberOrNull("told_ms"),
    escalateMs: row.numberOrNull("escalate_ms"),
    acknowledgedMs: row.numberOrNull("acknowledged_ms"),
    acknowledgedBy: row.textOrNull("acknowledged_by"),
    rows: row.number("rows"),
    things: row.number("things"),
    fromMs: row.number("from_ms"),
    toMs: row.number("to_ms"),
  };
}

const AT_ONCE = 256;
