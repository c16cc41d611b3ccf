import type { Cidr, Database, Migration, SqlRow } from "../kit/index.ts";
import { type LedgerPage, type LedgerSearch, searchLedger } from "./ledger_search.ts";
import type { LastStrike } from "./strikes.ts";
import type { Decision, Hold, HoldAnswer, Lifted } from "./decision.ts";
import { decisionOf, hexOf } from "./decision_row.ts";
import type { DecisionEvent, DecisionStatus, EnforcementSummary, Settlement } from "./decision_event.ts";

/** The schema of the ledger's file. `first` is the first address of the prefix in hexadecimal, for "what is inside of". */
export const LEDGER_MIGRATIONS: readonly Migration[] = [
  `CREATE TABLE decision (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     row_key TEXT UNIQUE,
     cidr TEXT NOT NULL,
     first TEXT NOT NULL,
     mode TEXT NOT NULL,
     outcome TEXT NOT NULL,
     reason TEXT NOT NULL,
     made_by TEXT NOT NULL,
     row_json TEXT,
     event_ms REAL,
     decided_ms INTEGER NOT NULL,
     until_ms INTEGER,
     objection TEXT,
     lifted_ms INTEGER,
     lifted_by TEXT,
     lifted_reason TEXT
   ) STRICT;
   CREATE INDEX decision_by_cidr ON decision (cidr);
   CREATE INDEX decision_by_first ON decision (first);
   CREATE INDEX decision_standing ON decision (until_ms) WHERE outcome IN ('blocked', 'extended') AND lifted_ms IS NULL;`,
  // What is in the ledger of an older version has come out long ago, and is not told of again.
  `ALTER TABLE decision ADD COLUMN is_settled INTEGER NOT NULL DEFAULT 1;
   CREATE INDEX decision_unsettled ON decision (id) WHERE is_settled = 0;
   CREATE TABLE decision_event (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     decision_id INTEGER NOT NULL REFERENCES decision (id) ON DELETE CASCADE,
     processed_ms INTEGER NOT NULL,
     status TEXT NOT NULL,
     enforcement TEXT NOT NULL,
     detail TEXT NOT NULL
   ) STRICT;
   CREATE INDEX decision_event_by_decision ON decision_event (decision_id);`,
  `CREATE TABLE enforcer_memory (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;`,
  `ALTER TABLE decision ADD COLUMN strikes INTEGER NOT NULL DEFAULT 0;`,
  `ALTER TABLE decision ADD COLUMN approved_by TEXT;
   ALTER TABLE decision ADD COLUMN hold_state TEXT;
   ALTER TABLE decision ADD COLUMN hold_until_ms INTEGER;
   ALTER TABLE decision ADD COLUMN hold_for_ms INTEGER;
   ALTER TABLE decision ADD COLUMN answered_ms INTEGER;
   ALTER TABLE decision ADD COLUMN answered_by TEXT;
   ALTER TABLE decision ADD COLUMN answered_reason TEXT;
   CREATE INDEX decision_waiting ON decision (id) WHERE hold_state = 'waiting';`,
];

/** Every decision ever made, up to the bounds of `forget`: kept for audit, searched by address. */
export class Ledger {
  readonly #database: Database;
  /** Undefined where it is to be asked for: it is, several times a second, and hardly ever another one. */
  #lastEventSeq: number | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Writes a decision down, and returns it with its number. It is on the disk when this returns. */
  add(decision: Decision, cidr: Cidr): Decision {
    const row = this.#database.get(
      `INSERT INTO decision
         (row_key, cidr, first, mode, outcome, reason, made_by, row_json, event_ms, decided_ms, until_ms, objection, strikes, approved_by,
          hold_state, hold_until_ms, hold_for_ms, is_settled)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) RETURNING id`,
      decision.rowKey ?? null,
      decision.cidr,
      hexOf(cidr),
      decision.mode,
      decision.outcome,
      decision.reason,
      decision.madeBy,
      decision.rowJson ?? null,
      decision.eventTimeMs ?? null,
      decision.decidedMs,
      decision.untilMs ?? null,
      decision.objection ?? null,
      decision.strikes,
      decision.approvedBy ?? null,
      decision.hold?.state ?? null,
      decision.hold?.untilMs ?? null,
      decision.hold?.forMs ?? null,
    );
    return { ...decision, id: row?.number("id") ?? 0 };
  }

  /** Writes down how decisions came out, all of them or none. On the disk when this returns. */
  settle(settlements: readonly { readonly decision: Pick<Decision, "id">; readonly settlement: Settlement }[], processedMs: number): void {
    this.#database.transaction(() => {
      for (const { decision, settlement } of settlements) {
        this.#database.run(
          "INSERT INTO decision_event (decision_id, processed_ms, status, enforcement, detail) VALUES (?, ?, ?, ?, ?)",
          decision.id,
          processedMs,
          settlement.status,
          settlement.enforcement,
          settlement.detail,
        );
        this.#database.run("UPDATE decision SET is_settled = 1 WHERE id = ?", decision.id);
      }
    });
    this.#lastEventSeq = undefined;
  }

  /** The decisions that have not come out yet, in the order they were made. */
  unsettled(): Decision[] {
    return this.#database.all("SELECT * FROM decision WHERE is_settled = 0 ORDER BY id").map((row) => decisionOf(row));
  }

  /** How decisions came out, from behind `seq` on, in order, `limit` at most. */
  events(seq: number, limit: number): DecisionEvent[] {
    return this.#database
      .all(
        `SELECT decision.*, seq, processed_ms, status, enforcement, detail
         FROM decision_event JOIN decision ON decision.id = decision_id WHERE seq > ? ORDER BY seq LIMIT ?`,
        seq,
        limit,
      )
      .map((row) => eventOf(row));
  }

  /** The number of the newest event there ever was; 0 when there was none. */
  lastEventSeq(): number {
    this.#lastEventSeq ??= this.#database.get("SELECT coalesce(max(seq), 0) AS seq FROM decision_event")?.number("seq") ?? 0;
    return this.#lastEventSeq;
  }

  byRowKey(rowKey: string): Decision | undefined {
    const row = this.#database.get("SELECT * FROM decision WHERE row_key = ?", rowKey);
    return row === undefined ? undefined : decisionOf(row);
  }

  /** The latest block by a row of exactly this prefix that nobody took back. */
  lastStrike(cidr: Cidr): LastStrike | undefined {
    const row = this.#database.get(
      "SELECT strikes, until_ms FROM decision WHERE cidr = ? AND strikes > 0 AND lifted_ms IS NULL ORDER BY id DESC LIMIT 1",
      cidr.toString(),
    );
    return row === undefined ? undefined : { strikes: row.number("strikes"), untilMs: row.numberOrNull("until_ms") ?? undefined };
  }

  /** The decisions that are in force at `nowMs`, in the order they were made. */
  standing(nowMs: number): Decision[] {
    return this.#database.all(`SELECT * FROM decision WHERE ${STANDING} ORDER BY id`, nowMs).map((row) => decisionOf(row));
  }

  /** Takes back what is in force for exactly this prefix, and returns it as it then stands. */
  lift(cidr: string, lifted: Lifted): Decision[] {
    const rows = this.#database.all(
      `UPDATE decision SET lifted_ms = ?, lifted_by = ?, lifted_reason = ? WHERE cidr = ? AND ${STANDING} RETURNING *`,
      lifted.atMs,
      lifted.by,
      lifted.reason,
      cidr,
      lifted.atMs,
    );
    return rows.map((row) => decisionOf(row)).toSorted((a, b) => a.id - b.id);
  }

  /** The held decisions that wait for a person, in the order they were made. */
  waiting(): Decision[] {
    return this.#database.all("SELECT * FROM decision WHERE hold_state = 'waiting' ORDER BY id").map((row) => decisionOf(row));
  }

  /** Ends the wait of held decisions. On the disk when it returns. */
  answer(ids: readonly number[], state: Hold["state"], { atMs, by, reason }: HoldAnswer): void {
    this.#database.run(
      `UPDATE decision SET hold_state = ?, answered_ms = ?, answered_by = ?, answered_reason = ?
       WHERE id IN (SELECT value FROM json_each(?))`,
      state,
      atMs,
      by,
      reason,
      JSON.stringify(ids),
    );
  }

  /** What was decided, as `search` asks for it: the newest first. */
  search(search: LedgerSearch): LedgerPage {
    return searchLedger(this.#database, search);
  }

  /**
   * Forgets decisions that are not in force: those made before `beforeMs`, and the oldest of those beyond `keepMax`; at most `limit` at a
   * time, so that the daemon is not held up. Returns how many.
   */
  forget({ beforeMs, keepMax, nowMs, limit }: { beforeMs: number; keepMax: number; nowMs: number; limit: number }): number {
    const lastBeyondId = this.#database.get("SELECT coalesce(max(id) - ?, 0) AS id FROM decision", keepMax)?.number("id") ?? 0;
    return this.#database.run(
      `DELETE FROM decision WHERE id IN (
         SELECT id FROM decision WHERE (decided_ms < ? OR id <= ?) AND NOT (${STANDING}) AND hold_state IS NOT 'waiting' ORDER BY id LIMIT ?)`,
      beforeMs,
      lastBeyondId,
      nowMs,
      limit,
    );
  }

  transaction<T>(work: () => T): T {
    return this.#database.transaction(work);
  }
}

/** In force, given the time as the one value. The first two conditions are those of the index. */
const STANDING = "outcome IN ('blocked', 'extended') AND lifted_ms IS NULL AND (until_ms IS NULL OR until_ms > ?)";

function eventOf(row: SqlRow): DecisionEvent {
  return {
    seq: row.number("seq"),
    decision: decisionOf(row),
    processedMs: row.number("processed_ms"),
    status: STATUSES.find((status) => status === row.text("status")) ?? "failed to block",
    enforcement: SUMMARIES.find((summary) => summary === row.text("enforcement")) ?? "none",
    detail: row.text("detail"),
  };
}

const STATUSES: readonly DecisionStatus[] = ["blocked", "failed to block", "detected"];
const SUMMARIES: readonly EnforcementSummary[] = ["enforced", "partly enforced", "pending", "over capacity", "failed", "none"];
