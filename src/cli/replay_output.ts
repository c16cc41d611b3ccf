import type { Decision } from "../blocks/index.ts";
import type { Output } from "../catalog/index.ts";
import { type Row, rowToJson, type Value } from "../event/index.ts";
import type { RowDecision } from "./replay_blocks.ts";

/** Turns what a replay finds into text for stdout. Text is gathered until it is taken, for a write a row would cost more than the row. */
export interface ReplayOutput {
  rows(output: Output): void;
  /** What the block policy makes of a row. */
  decision(decided: RowDecision): void;
  /** Characters since the last `take`. */
  readonly size: number;
  /** The text since the last call. */
  take(): string;
}

/** One JSON object a line: `{"query":..,"time":<epoch ms>,"row":{..}}` and `{"decision":"block","address":..,"reason":..}`. */
export class JsonOutput implements ReplayOutput {
  #text = "";

  get size(): number {
    return this.#text.length;
  }

  rows({ query, timeMs, rows }: Output): void {
    for (const row of rows) this.#text += `{"query":${JSON.stringify(query)},"time":${timeMs},"row":${rowToJson(row)}}\n`;
  }

  decision({ decision, address }: RowDecision): void {
    const { outcome, cidr, reason, madeBy, eventTimeMs, untilMs, objection } = decision;
    const shown = { decision: VERBS[outcome], address, reason, cidr, query: madeBy, time: eventTimeMs, until: untilMs, objection };
    this.#text += `${JSON.stringify(shown)}\n`;
  }

  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }
}

/**
 * A table for people: a head whenever another query speaks than before, and columns wide enough for what was seen so far. Times are UTC.
 * What is in a log was written by strangers, so characters that move a terminal's cursor are shown as what they are.
 */
export class TableOutput implements ReplayOutput {
  #text = "";
  #speaking = "";
  readonly #widths = new Map<string, Map<string, number>>();

  get size(): number {
    return this.#text.length;
  }

  rows({ query, timeMs, rows }: Output): void {
    const [first] = rows;
    if (first === undefined) return;
    const columns = Object.keys(first);
    const cells = rows.map((row) => cellsOf(row, columns));
    const widths = this.#widened(query, columns, cells);
    if (this.#speaking !== query) {
      this.#text += `${this.#speaking === "" ? "" : "\n"}${query}\n${lineOf("time", columns, columns, widths)}`;
      this.#speaking = query;
    }
    const time = timeText(timeMs);
    for (const line of cells) this.#text += lineOf(time, line, columns, widths);
  }

  decision({ decision, address, isInForce }: RowDecision): void {
    const { outcome, cidr, untilMs, objection } = decision;
    const whom = cidr === address || cidr === `${address}/32` ? printable(address) : `${printable(address)} (as ${cidr})`;
    const until = untilMs === undefined || !isInForce ? "" : ` until ${timeText(untilMs)}`;
    this.#text += `    ${VERBS[outcome]} ${whom}${until}${objection === undefined ? "" : `: ${objection}`}\n`;
  }

  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  #widened(query: string, columns: readonly string[], cells: readonly (readonly string[])[]): ReadonlyMap<string, number> {
    let widths = this.#widths.get(query);
    if (widths === undefined) this.#widths.set(query, (widths = new Map(columns.map((column) => [column, column.length]))));
    for (const line of cells) {
      for (const [at, cell] of line.entries()) {
        const column = columns[at]!;
        widths.set(column, Math.min(Math.max(widths.get(column) ?? 0, cell.length), COLUMN_WIDTH_MAX));
      }
    }
    return widths;
  }
}

/** What a decision is called where it is not carried out. */
const VERBS = {
  blocked: "block",
  extended: "extend",
  detected: "detect",
  refused: "refuse",
  too_late: "too_late",
  held: "hold",
} as const satisfies Record<Decision["outcome"], string>;

function cellsOf(row: Row, columns: readonly string[]): string[] {
  return columns.map((column) => printable(textOf(row[column] ?? null)));
}

function textOf(value: Value): string {
  return typeof value === "string" ? value : value === null ? "-" : rowToJson({ value }).slice('{"value":'.length, -1);
}

function lineOf(time: string, cells: readonly string[], columns: readonly string[], widths: ReadonlyMap<string, number>): string {
  const padded = cells.map((cell, at) => cell.padEnd(widths.get(columns[at]!) ?? 0));
  return `  ${[time.padEnd(TIME_WIDTH), ...padded].join("  ").trimEnd()}\n`;
}

/** `2026-11-10 09:05:00`, with its milliseconds where it has some. */
function timeText(timeMs: number): string {
  const iso = new Date(timeMs).toISOString().replace("T", " ");
  return timeMs % 1000 === 0 ? iso.slice(0, 19) : iso.slice(0, 23);
}

function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (found) => `\\u${(found.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);
}

const COLUMN_WIDTH_MAX = 60;
const TIME_WIDTH = 19;
