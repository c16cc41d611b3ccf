import { closeSync, fdatasyncSync, mkdirSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { rowToJson } from "../event/index.ts";
import type { Counter, Counters } from "../kit/index.ts";
import type { OutboxRow } from "./outbox_row.ts";

/** A row that no action will perform any more, and why. */
export interface DeadLetter {
  readonly atMs: number;
  readonly action: string;
  readonly row: OutboxRow;
  readonly tries: number;
  readonly reason: string;
}

/**
 * The file of rows that were given up: one JSON object a line, for a person to read and to feed in again.
 *
 *     {"at":"2026-11-20T10:00:00.000Z","action":"actions[1] (sns)","query":"block.ssh","time":1763632800000,"key":"...","tries":12,"reason":"...","row":{...}}
 *
 * At `bytesMax` it becomes `dead_letters.1.ndjson`, in place of the one before.
 */
export class DeadLetters {
  readonly path: string;
  readonly #oldPath: string;
  readonly #dir: string;
  readonly #bytesMax: number;
  readonly #written: Counter;
  readonly #dropped: Counter;

  constructor(dir: string, bytesMax: number, counters: Counters) {
    this.#dir = dir;
    this.path = join(dir, "dead_letters.ndjson");
    this.#oldPath = join(dir, "dead_letters.1.ndjson");
    this.#bytesMax = bytesMax;
    this.#written = counters.counter("outbox_dead_letters", "Rows given up and written to the dead-letter file.");
    this.#dropped = counters.counter("outbox_dead_letter_files_dropped", "Full dead-letter files replaced by a newer one.");
  }

  /** Appends letters. They are on the disk when this returns; throws what the file system throws. */
  write(letters: readonly DeadLetter[]): void {
    if (letters.length === 0) return;
    mkdirSync(this.#dir, { recursive: true });
    this.#rotate();
    const file = openSync(this.path, "a", 0o640);
    try {
      writeSync(file, letters.map((letter) => lineOf(letter)).join(""));
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
    this.#written.add(letters.length);
  }

  #rotate(): void {
    if ((statSync(this.path, { throwIfNoEntry: false })?.size ?? 0) < this.#bytesMax) return;
    if (statSync(this.#oldPath, { throwIfNoEntry: false }) !== undefined) this.#dropped.add();
    renameSync(this.path, this.#oldPath);
  }
}

function lineOf({ atMs, action, row, tries, reason }: DeadLetter): string {
  const head = { at: new Date(atMs).toISOString(), action, query: row.query, time: row.timeMs, key: row.key, tries, reason };
  return `${JSON.stringify(head).slice(0, -1)},"row":${rowToJson(row.row)}}\n`;
}
