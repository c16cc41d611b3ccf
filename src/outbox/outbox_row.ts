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
   * Resolves with a sentence when the row is done, rejects with a HotakaError when it is to be tried again. Anything else that is thrown
   * is a defect, and the row is given up.
   */
  perform(row: OutboxRow): Promise<string>;
  /** As `perform`, of many rows at once: a sentence for each, or a rejection for all. */
  performAll?(rows: readonly OutboxRow[]): Promise<readonly string[]>;
}
