import type { Cidr, Database, Migration, SqlRow } from "../kit/index.ts";
import type { Decision, Lifted, Mode, Outcome } from "./decision.ts";

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
];

/** Every decision ever made, up to the bounds of `forget`: kept for audit, searched by address. */
export class Ledger {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Writes a decision down, and returns it with its number. It is on the disk when this returns. */
  add(decision: Decision, cidr: Cidr): Decision {
    const row = this.#database.get(
      `INSERT INTO decision
         (row_key, cidr, first, mode, outcome, reason, made_by, row_json, event_ms, decided_ms, until_ms, objection)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
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
    );
    return { ...decision, id: row?.number("id") ?? 0 };
  }

  byRowKey(rowKey: string): Decision | undefined {
    const row = this.#database.get("SELECT * FROM decision WHERE row_key = ?", rowKey);
    return row === undefined ? undefined : decisionOf(row);
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

  /** What was decided of `cidr`, of every prefix that holds it and every one inside it: the newest first, `limit` at most. */
  about(cidr: Cidr, limit: number): Decision[] {
    const holders = Array.from({ length: cidr.bits + 1 }, (_, bits) => cidr.widened(bits).toString());
    const rows = this.#database.all(
      `SELECT * FROM decision
       WHERE id IN (SELECT id FROM decision WHERE cidr IN (SELECT value FROM json_each(?))
                    UNION SELECT id FROM decision WHERE first BETWEEN ? AND ?)
       ORDER BY id DESC LIMIT ?`,
      JSON.stringify(holders),
      ...hexSpanOf(cidr),
      limit,
    );
    return rows.map((row) => decisionOf(row));
  }

  /**
   * Forgets decisions that are not in force: those made before `beforeMs`, and the oldest of those beyond `keepMax`; at most `limit` at a
   * time, so that the daemon is not held up. Returns how many.
   */
  forget({ beforeMs, keepMax, nowMs, limit }: { beforeMs: number; keepMax: number; nowMs: number; limit: number }): number {
    const lastBeyondId = this.#database.get("SELECT coalesce(max(id) - ?, 0) AS id FROM decision", keepMax)?.number("id") ?? 0;
    return this.#database.run(
      `DELETE FROM decision WHERE id IN (
         SELECT id FROM decision WHERE (decided_ms < ? OR id <= ?) AND NOT (${STANDING}) ORDER BY id LIMIT ?)`,
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

function decisionOf(row: SqlRow): Decision {
  const liftedMs = row.numberOrNull("lifted_ms");
  const lifted = liftedMs === null ? undefined : { atMs: liftedMs, by: row.text("lifted_by"), reason: row.text("lifted_reason") };
  return {
    id: row.number("id"),
    rowKey: row.textOrNull("row_key") ?? undefined,
    cidr: row.text("cidr"),
    mode: modeOf(row.text("mode")),
    outcome: outcomeOf(row.text("outcome")),
    reason: row.text("reason"),
    madeBy: row.text("made_by"),
    rowJson: row.textOrNull("row_json") ?? undefined,
    eventTimeMs: row.numberOrNull("event_ms") ?? undefined,
    decidedMs: row.number("decided_ms"),
    untilMs: row.numberOrNull("until_ms") ?? undefined,
    objection: row.textOrNull("objection") ?? undefined,
    lifted,
  };
}

function modeOf(text: string): Mode {
  return text === "detect" ? "detect" : "block";
}

/** An outcome that this version does not know was not in force under any other either. */
function outcomeOf(text: string): Outcome {
  return OUTCOMES.find((outcome) => outcome === text) ?? "refused";
}

const OUTCOMES: readonly Outcome[] = ["blocked", "extended", "detected", "refused", "too_late", "held"];

/** The family and the first address in hexadecimal, so that addresses of one family sort as their numbers do. */
function hexOf({ family, words }: Pick<Cidr, "family" | "words">): string {
  return `${family}:${words.map((word) => word.toString(16).padStart(8, "0")).join("")}`;
}

/** The first and the last address of a prefix, as `hexOf` writes them. */
function hexSpanOf(cidr: Cidr): [string, string] {
  const first = hexOf(cidr);
  const digits = Math.floor(cidr.bits / 4);
  const loose = cidr.bits % 4;
  const start = first.slice(0, 2 + digits);
  const rest = first.slice(2 + digits);
  if (rest === "") return [first, first];
  const top = (Number.parseInt(rest[0]!, 16) | (0xf >> loose)).toString(16);
  return [first, start + top + "f".repeat(rest.length - 1)];
}
