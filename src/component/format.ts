import type { Batch, Demand, EventWriter, FieldType, Schema } from "../event/index.ts";
import type { Definition } from "./definition.ts";

/** Turns bytes into events. Formats do no I/O. */
export interface FormatDefinition<Config> extends Definition<Config> {
  readonly kind: "format";
  open(config: Config): Format;
}

/** A format with its settings, made by `open`. */
export interface Format {
  /** The fields it can give. */
  readonly fields: Readonly<Record<string, FieldType>>;
  /** A scanner for what is wanted now; ask again when `demand.version` has moved. `schema` holds the fields of this format. */
  scanner(schema: Schema, demand: Demand): Scanner;
  /** Where nobody said which fields its lines have: reads whatever is in them, for a target that learns its fields from its events. */
  readonly events?: () => LineEvents;
  /** Where one event may be of several lines: then a reader hands out whole records, and the last one only when it is over. */
  readonly records?: Records;
  /** With `records`: the last record is over when nothing has followed it for so long. */
  readonly flushAfterMs?: number;
}

/** Reads events of any shape out of lines, in time proportional to their length. */
export interface LineEvents {
  /**
   * Takes the line `[start, end)`, which is without its newline, as an event of the time that it carries; of `timeMs`, when it was read, where it
   * carries none or the target has the `clock` of arrival. Gives a word of a small fixed set when it is not a line of the format.
   */
  take(bytes: Buffer, start: number, end: number, timeMs: number, into: EventWriter, clock: "event" | "arrival"): string | undefined;
}

/** Tells records of several lines apart. */
export interface Records {
  /** Where the last record of the whole lines `[start, end)` begins that may go on behind them; `end` when it cannot. */
  lastStart(bytes: Buffer, start: number, end: number): number;
}

/**
 * Scans whole lines, strictly and in time proportional to their length, filling only the columns in demand.
 *
 * A line that is not of the format is refused, never guessed at. The batch and its arrays are the scanner's own and are filled anew by
 * the next `scan`.
 */
export interface Scanner {
  /**
   * Scans from `start` until the batch is full or `end` is reached; `end` stands just past a newline. Returns where it stopped, which is
   * `end` or just past a newline. `timeMs` is given to rows of a format that has no time of its own. The batch stands in `bytes`, which
   * have to stay as they are until it has been handed on.
   */
  scan(bytes: Buffer, start: number, end: number, timeMs: number, refused: Refused): number;
  readonly batch: Batch;
}

/** Told of a line `[start, end)` that was refused, and why, in one of a small fixed set of words that serve as a metric label. */
export type Refused = (reason: string, start: number, end: number) => void;

/** Declares a format; the types of its settings come from its schema. */
export function defineFormat<Config>(definition: Omit<FormatDefinition<Config>, "kind">): FormatDefinition<Config> {
  return { kind: "format", ...definition };
}
