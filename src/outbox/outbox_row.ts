import type { Row } from "../event/index.ts";

/** A row on its way to actions. */
export interface OutboxRow {
  /** The same row after a crash has the same key: query, time and content. */
  readonly key: string;
  readonly query: string;
  /** End of the window the row is of, or the time of its event: epoch ms, event time. */
  readonly timeMs: number;
  readonly row: Row;
}

/** What performs rows; an action of the settings. */
export interface Performer {
  /** Rows that may be performed at a time; one after the other without it. */
  readonly atOnce?: number | undefined;
  /**
   * Resolves with a sentence when the row is done, rejects with a HotakaError when it is to be tried again. HOTAKA_ACTION_REFUSED says that
   * no try will help, and anything else that is thrown is a defect: the row is given up.
   */
  perform(row: OutboxRow): Promise<string>;
  /** As `perform`, of many rows at once: a sentence for each, or a rejection for all. */
  performAll?(rows: readonly OutboxRow[]): Promise<readonly string[]>;
  /** Has `performAll` called with the same rows at every try, over a restart too. */
  readonly batches?: BatchBounds | undefined;
}

/** How much a batch holds at most, and how long it is waited for. */
export interface BatchBounds {
  readonly rowsMax: number;
  /** Bytes of its rows as JSON, with their keys and queries. A row that alone is larger is a batch of its own. */
  readonly bytesMax: number;
  /** From when its first row was put, milliseconds. */
  readonly lingerMs: number;
}
