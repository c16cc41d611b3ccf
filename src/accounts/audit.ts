import type { Clock, Database } from "../kit/index.ts";

/** A change that somebody made, or was not allowed to make. */
export interface AuditEntry {
  /** `token deploy`, `control socket`, `127.0.0.1 without a token` */
  readonly who: string;
  /** What was asked for: `PUT /v1/queries/flood`, `rpc register flood`. */
  readonly what: string;
  /** `done`, or the code of what it was refused with. */
  readonly outcome: string;
}

/** An entry as it was kept, with its number and its time. */
export interface KeptAuditEntry extends AuditEntry {
  readonly id: number;
  readonly atMs: number;
}

/** Who changed what, kept on the disk: at most `AUDIT_ENTRIES_MAX` entries, of which the oldest go. */
export class Audit {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor({ database, clock }: { readonly database: Database; readonly clock: Clock }) {
    this.#database = database;
    this.#clock = clock;
  }

  /** On the disk when it returns. */
  record({ who, what, outcome }: AuditEntry): void {
    const cut = (text: string): string => text.slice(0, TEXT_LENGTH_MAX);
    this.#database.transaction(() => {
      const nowMs = this.#clock.nowMs();
      this.#database.run("INSERT INTO audit (at_ms, who, what, outcome) VALUES (?, ?, ?, ?)", nowMs, cut(who), cut(what), cut(outcome));
      this.#database.run("DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?", AUDIT_ENTRIES_MAX);
    });
  }

  /** The latest first: those before the entry `before`. */
  list({ limit, before = Number.MAX_SAFE_INTEGER }: { readonly limit: number; readonly before?: number | undefined }): KeptAuditEntry[] {
    const rows = this.#database.all("SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?", before, limit);
    return rows.map((row) => ({
      id: row.number("id"),
      atMs: row.number("at_ms"),
      who: row.text("who"),
      what: row.text("what"),
      outcome: row.text("outcome"),
    }));
  }
}

const AUDIT_ENTRIES_MAX = 100_000;
const TEXT_LENGTH_MAX = 500;
