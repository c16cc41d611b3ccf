import type { LineEvents } from "../component/index.ts";
import type { EventWriter, FieldSink } from "../event/index.ts";
import { type FieldParser, FoundFields } from "./field_scanner.ts";
import type { TimeReader } from "./time_text.ts";

/** Where the value of a key goes. */
export type SinksByKey = Pick<EventWriter, "sink" | "sinkOfBytes">;

/** Hands every value of the line `[start, end)`, which is known to be one of the format, to the sink of its key. */
export type PutLine = (bytes: Buffer, start: number, end: number, sinks: SinksByKey) => void;

export interface KeyedEventsOptions {
  readonly timeKey: string;
  readonly time: TimeReader;
  /** Finds the time alone, and what is wrong with a line. */
  readonly parser: FieldParser;
  readonly put: PutLine;
}

/** Reads lines that name their fields, whichever these are. The field of the time is epoch milliseconds, however it is written. */
export class KeyedEvents implements LineEvents {
  readonly #options: KeyedEventsOptions;
  readonly #found = new FoundFields(Uint8Array.of(1));
  readonly #sinks: OtherSinks;

  constructor(options: KeyedEventsOptions) {
    this.#options = options;
    this.#sinks = new OtherSinks(options.timeKey);
  }

  take(bytes: Buffer, start: number, end: number, timeMs: number, into: EventWriter, clock: "event" | "arrival"): string | undefined {
    const { parser, timeKey, put } = this.#options;
    this.#found.clear();
    const reason = parser.parse(bytes, start, end, this.#found, timeMs);
    if (reason !== undefined) return reason;
    const ownMs = this.#ownTime(bytes, timeMs);
    if (Number.isNaN(ownMs)) return "time";
    this.#sinks.into = into;
    do {
      into.begin(clock === "arrival" ? timeMs : (ownMs ?? timeMs));
      const sink = ownMs === undefined ? undefined : into.sink(timeKey);
      if (sink?.isWanted === true) sink.integer(ownMs!);
      put(bytes, start, end, this.#sinks);
    } while (!into.end());
    return undefined;
  }

  /** Undefined where the line has none, NaN where it cannot be read: an event at a wrong time is worse than none. */
  #ownTime(bytes: Buffer, nowMs: number): number | undefined {
    const { starts, ends, texts } = this.#found;
    if (ends[0]! < 0) return undefined;
    const text = texts[0] === undefined ? undefined : Buffer.from(texts[0]);
    return this.#options.time.read(text ?? bytes, text === undefined ? starts[0]! : 0, text?.length ?? ends[0]!, nowMs);
  }
}

/** The sinks of all keys but that of the time. */
class OtherSinks implements SinksByKey {
  into: SinksByKey | undefined;
  readonly #timeKey: Buffer;

  constructor(timeKey: string) {
    this.#timeKey = Buffer.from(timeKey);
  }

  sink(key: string): FieldSink {
    return key === this.#timeKey.toString() ? NO_SINK : (this.into?.sink(key) ?? NO_SINK);
  }

  sinkOfBytes(bytes: Buffer, start: number, end: number): FieldSink {
    const key = this.#timeKey;
    let at = end - start === key.length ? 0 : -1;
    while (at >= 0 && at < key.length) at = key[at] === bytes[start + at] ? at + 1 : -1;
    return at === key.length ? NO_SINK : (this.into?.sinkOfBytes(bytes, start, end) ?? NO_SINK);
  }
}

const NO_SINK: FieldSink = {
  isWanted: false,
  learns: false,
  text: () => {},
  bytes: () => {},
  integer: () => {},
  float: () => {},
  truth: () => {},
  nothing: () => {},
  container: () => {},
};
