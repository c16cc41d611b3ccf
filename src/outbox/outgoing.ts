import { type Log, messageOf } from "../kit/index.ts";
import type { Outbox } from "./outbox.ts";
import type { OutboxRow } from "./outbox_row.ts";

/**
 * Rows that queries gave and that are not in the outbox yet. They are put there in one go when all statements have taken the events of a
 * turn, before the position of their source may become durable. When the disk does not take them they stay here and it is tried again:
 * meanwhile `isClear` is false, no checkpoint may be written, and who brings events waits.
 */
export class Outgoing {
  readonly #outbox: Pick<Outbox, "put">;
  readonly #log: Log;
  #rows: OutboxRow[] = [];
  #problem: string | undefined;

  constructor({ outbox, log }: { readonly outbox: Pick<Outbox, "put">; readonly log: Log }) {
    this.#outbox = outbox;
    this.#log = log;
  }

  /** False while rows wait that are not on the disk. */
  get isClear(): boolean {
    return this.#rows.length === 0;
  }

  /** Why the rows could not be put, as a sentence; undefined when nothing is wrong. */
  get problem(): string | undefined {
    return this.#problem;
  }

  add(row: OutboxRow): void {
    this.#rows.push(row);
  }

  /** Puts what was added. Does not throw: what could not be put stays for the next time. */
  flush(): void {
    if (this.#rows.length === 0) return;
    try {
      this.#outbox.put(this.#rows);
      this.#rows = [];
      if (this.#problem !== undefined) this.#log.info("outbox: rows are written again.");
      this.#problem = undefined;
    } catch (thrown) {
      const sentence = `${this.#rows.length} rows of queries could not be written: ${messageOf(thrown)} They are kept in memory, and no further events are read.`;
      if (this.#problem === undefined) this.#log.error(`outbox: ${sentence}`);
      this.#problem = sentence;
    }
  }
}
