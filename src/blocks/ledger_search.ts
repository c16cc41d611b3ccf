import type { Cidr, Database, SqlValue } from "../kit/index.ts";
import type { Decision, Mode, Outcome } from "./decision.ts";
import { decisionOf, hexSpanOf } from "./decision_row.ts";

/** Which decisions are looked for. What is left out is not asked about. */
export interface LedgerSearch {
  /** Of this address or prefix, of every prefix that holds it and every one inside it. */
  readonly cidr?: Cidr;
  /** Text in the reason, in the row that asked, in its objection, or in the name of who asked; ASCII letters in either case. */
  readonly text?: string;
  /** The name of who asked: a query or a person. */
  readonly madeBy?: string;
  readonly mode?: Mode;
  readonly outcome?: Outcome;
  /** Decided at this time or later, and before that one (epoch ms). */
  readonly sinceMs?: number;
  readonly beforeMs?: number;
  /** Only those with a number below this: `next` of the page before. */
  readonly belowId?: number;
  /** Decisions at most, 1 or more. */
  readonly limit: number;
}

/** A part of what was found. */
export interface LedgerPage {
  /** The newest first. */
  readonly decisions: readonly Decision[];
  /** Where the next page begins, as its `belowId`; undefined when there is none. A page may be short, even empty, before the last. */
  readonly next: number | undefined;
}

/**
 * Looks through the decisions, the newest first. A look at text reads every row, so a call reads no more than `SCANNED_MAX` of them and
 * says where to go on: a search through a million decisions does not hold the daemon up.
 */
export function searchLedger(database: Database, search: LedgerSearch): LedgerPage {
  const source = sourceOf(search);
  const { conditions, values } = conditionsOf(search);
  const window = `SELECT * FROM decision WHERE ${source.sql} ORDER BY id DESC LIMIT ${SCANNED_MAX}`;
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  const rows = database.all(`SELECT * FROM (${window}) ${where} LIMIT ?`, ...source.values, ...values, search.limit);
  const decisions = rows.map((row) => decisionOf(row));
  if (decisions.length >= search.limit) return { decisions, next: decisions.at(-1)!.id };
  // The window was read to its end; it goes on below, if there is anything.
  const last = `SELECT id FROM decision WHERE ${source.sql} ORDER BY id DESC LIMIT 1 OFFSET ${SCANNED_MAX - 1}`;
  return { decisions, next: database.get(last, ...source.values)?.number("id") };
}

interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** The rows that are read: those of an address or a small network by its indexes, others by their number alone. */
function sourceOf({ cidr, belowId }: LedgerSearch): Condition {
  const below = belowId ?? Number.MAX_SAFE_INTEGER;
  if (cidr === undefined || isWide(cidr)) return { sql: "id < ?", values: [below] };
  const { sql, values } = aboutCidr(cidr);
  return { sql: `id < ? AND id IN (SELECT id FROM decision WHERE ${sql})`, values: [below, ...values] };
}

/** So wide that an index would give too many at once. */
function isWide({ family, bits }: Cidr): boolean {
  return bits < (family === 4 ? 16 : 32);
}

/** The rows of a prefix, of those that hold it, and of those inside it. SQLite looks up each half by its own index. */
function aboutCidr(cidr: Cidr): Condition {
  const holders = Array.from({ length: cidr.bits + 1 }, (_, bits) => cidr.widened(bits).toString());
  return {
    sql: "(cidr IN (SELECT value FROM json_each(?)) OR first BETWEEN ? AND ?)",
    values: [JSON.stringify(holders), ...hexSpanOf(cidr)],
  };
}

function conditionsOf(search: LedgerSearch): { readonly conditions: readonly string[]; readonly values: readonly SqlValue[] } {
  const { cidr, text, madeBy, mode, outcome, sinceMs, beforeMs } = search;
  const pattern = text === undefined ? undefined : `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  const columns = ["reason", "made_by", "row_json", "objection", "lifted_reason"];
  const asked: readonly (readonly [string, SqlValue | undefined])[] = [
    ["made_by = ?", madeBy],
    ["mode = ?", mode],
    ["outcome = ?", outcome],
    ["decided_ms >= ?", sinceMs],
    ["decided_ms < ?", beforeMs],
    [String.raw`coalesce(${columns.join(", '') || char(10) || coalesce(")}, '') LIKE ? ESCAPE '\'`, pattern],
  ];
  const given = asked.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  const about = cidr !== undefined && isWide(cidr) ? [aboutCidr(cidr)] : [];
  return {
    conditions: [...about, ...given].map(({ sql }) => sql),
    values: [...about.flatMap(({ values }) => values), ...given.map(({ value }) => value)],
  };
}

/** 10 to 25 ms, as measured under load. */
const SCANNED_MAX = 10_000;
