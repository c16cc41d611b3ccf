import type { Format, Intake, LineEvents, OpenIntake } from "../../component/index.ts";
import { MsgpackEvents } from "../../event/index.ts";
import { EventFeed } from "../event_feed.ts";

/** Turns the values of records into events. */
export interface RecordFeed {
  /** Takes a value as arrived at `timeMs`. Who made the feed is told of what is refused, at the latest at `flush`. */
  take(value: Buffer, timeMs: number): void;
  /** Hands on what was taken. */
  flush(): void;
}

/** Told, by a word of a small fixed set, why a value, or a line in it, is none of the format. */
export type Refuse = (reason: string) => void;

/** For MessagePack: each value is a map. */
export class MsgpackFeed implements RecordFeed {
  readonly #intake: OpenIntake;
  readonly #refuse: Refuse;
  readonly #reader: MsgpackEvents;

  constructor(intake: OpenIntake, refuse: Refuse) {
    this.#intake = intake;
    this.#refuse = refuse;
    this.#reader = new MsgpackEvents(intake.columns);
  }

  take(value: Buffer, timeMs: number): void {
    if (this.#reader.take(value, 0, value.length, timeMs) < 0) this.#refuse("msgpack");
  }

  flush(): void {
    this.#intake.columns.flush();
  }
}

/** For a format that reads whatever is in it: each value is an event, also one that is written in several lines. */
export class ObjectFeed implements RecordFeed {
  readonly #intake: OpenIntake;
  readonly #refuse: Refuse;
  readonly #reader: LineEvents;

  constructor(intake: OpenIntake, reader: LineEvents, refuse: Refuse) {
    this.#intake = intake;
    this.#reader = reader;
    this.#refuse = refuse;
  }

  take(value: Buffer, timeMs: number): void {
    const { columns, clock } = this.#intake;
    const refused = this.#reader.take(value, 0, endOf(value), timeMs, columns, clock);
    if (refused !== undefined) this.#refuse(refused);
  }

  flush(): void {
    this.#intake.columns.flush();
  }
}

/**
 * For a format of fields that are known: each line of a value is an event. Values of one time are scanned together, as the time of a record is
 * that of lines that carry none.
 */
export class LineFeed implements RecordFeed {
  readonly #feed: EventFeed;
  readonly #refuse: Refuse;
  #bytes = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #length = 0;
  #timeMs = 0;

  constructor(format: Format, intake: Intake, refuse: Refuse) {
    this.#feed = new EventFeed({ format, intake });
    this.#refuse = refuse;
  }

  take(value: Buffer, timeMs: number): void {
    const end = endOf(value);
    if (timeMs !== this.#timeMs || this.#length + end + 1 + ROOM_BYTES > this.#bytes.length) this.flush();
    // Behind the last line there is room for reading a word at a time across the end.
    if (end + 1 + ROOM_BYTES > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(end * 2);
    this.#timeMs = timeMs;
    this.#length += value.copy(this.#bytes, this.#length, 0, end);
    this.#bytes[this.#length++] = NEWLINE;
  }

  flush(): void {
    this.#feed.feed(this.#bytes, 0, this.#length, 0, this.#timeMs, (reason) => this.#refuse(reason));
    this.#length = 0;
  }
}

/** Without a newline at the end, which some who write logs send with them. */
function endOf(value: Buffer): number {
  let end = value.length;
  if (value[end - 1] === NEWLINE) end--;
  return value[end - 1] === RETURN ? end - 1 : end;
}

const BUFFER_BYTES = 1 << 18;
const ROOM_BYTES = 8;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
