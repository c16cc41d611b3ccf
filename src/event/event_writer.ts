import { type FieldSink, putValue } from "./field_sink.ts";

/**
 * Takes events of any shape, one after the other. A reader of bytes goes over an event once:
 *
 * ```
 * do {
 *   writer.begin(timeMs);
 *   // for each key at the top of the event:
 *   const sink = writer.sinkOfBytes(bytes, keyStart, keyEnd);
 *   // if sink.isWanted, the method of sink for the kind of its value; else the value is skipped
 * } while (!writer.end());
 * ```
 *
 * and calls `flush` when it has given all that it has. Who reads many events of the same bytes lends them beforehand. `end` is false where
 * the event has to be read again from its beginning, which then succeeds. Who already has objects calls `take`.
 */
export abstract class EventWriter {
  /** Moves when the sinks that were given out before are no longer good. To be asked between `begin` and `end`. */
  abstract get version(): number;
  /** An event begins that happened, or arrived, at `timeMs`. One that was begun and not ended is forgotten. */
  abstract begin(timeMs: number): void;
  /**
   * Whether every key of an event has to be kept until it is taken, also one that nobody asks for: a query may begin with it that asks for
   * any. Good from `begin` until the call that reads it returns.
   */
  abstract get keepsAll(): boolean;
  /**
   * The events from here to the next call come without these keys, which they may have had: queries that ask for them, and have come since,
   * are not shown these events. Hands on those before.
   */
  abstract lack(keys: readonly string[]): void;
  /**
   * `bytes` stay as they are until the next call of this, with undefined at the latest before they change: of texts that stand in them only
   * those are made that somebody asks for. Texts in other bytes are made at once.
   */
  abstract lend(bytes: Buffer | undefined): void;
  /** Where the value of a key at the top of the event goes. Good for this event. */
  abstract sink(key: string): FieldSink;
  /** As `sink`, for a key that stands in UTF-8 at `[start, end)`. */
  abstract sinkOfBytes(bytes: Buffer, start: number, end: number): FieldSink;
  /** A key of the event in hand is no text; it is left out. */
  abstract refuseKey(): void;
  /** The event is complete. False: it has to be read again from its beginning. */
  abstract end(): boolean;
  /** Hands on the events that are complete. */
  abstract flush(): void;

  /** Takes an event as an object, or a Map with strings as keys. False, and nothing is taken, when it is neither. */
  take(event: unknown, timeMs: number): boolean {
    if (typeof event !== "object" || event === null || Array.isArray(event)) return false;
    do {
      this.begin(timeMs);
      if (event instanceof Map) this.#putEntries(event as ReadonlyMap<unknown, unknown>);
      else this.putProperties(event as Readonly<Record<string, unknown>>);
    } while (!this.end());
    return true;
  }

  protected putProperties(event: Readonly<Record<string, unknown>>): void {
    for (const key in event) {
      const sink = this.sink(key);
      if (sink.isWanted) putValue(sink, event[key]);
    }
  }

  #putEntries(event: ReadonlyMap<unknown, unknown>): void {
    for (const [key, value] of event) {
      if (typeof key !== "string") {
        this.refuseKey();
        continue;
      }
      const sink = this.sink(key);
      if (sink.isWanted) putValue(sink, value);
    }
  }
}
