import type { Format, Inbox, SourceContext } from "../component/index.ts";
import { type Counter, HotakaError } from "../kit/index.ts";
import { EventFeed } from "./event_feed.ts";
import { type Flow, LineAppends } from "./line_appends.ts";
import { type DestinationConfig, openDestination } from "./line_settings.ts";
import { RefusalCounter } from "./refusal_counter.ts";
import { MemoryPool, StreamBuffer } from "./stream_buffer.ts";

export interface LineInboxOptions {
  readonly context: SourceContext;
  /** Names the inbox over restarts. */
  readonly key: string;
  readonly format: Format;
  readonly destination: DestinationConfig;
  readonly lineBytesMax: number;
}

/** Lines that come from outside and cannot be read again: written to the inbox as they come, and then made events of by a format. */
export class LineInbox {
  readonly inbox: Inbox;
  readonly lineBytesMax: number;
  readonly pool = new MemoryPool();
  readonly refused: RefusalCounter;
  readonly context: SourceContext;
  readonly #feed: EventFeed;
  readonly #skipped: Counter;

  constructor({ context, key, format, destination, lineBytesMax }: LineInboxOptions) {
    this.context = context;
    this.lineBytesMax = lineBytesMax;
    this.refused = new RefusalCounter(context, "source_lines_refused", "Lines that are not of the format of their source.");
    const help = "Lines longer than line_bytes_max, which were not read.";
    this.#skipped = context.counters.counter("source_lines_skipped", help, { source: context.name });
    if (format.records !== undefined) {
      const sentence = `${context.name}: this format makes one event of several lines, which may come in pieces here. Write to a log and use tail.`;
      throw new HotakaError("HOTAKA_SOURCE_OPEN", sentence);
    }
    this.#feed = new EventFeed({ format, intake: openDestination(context, destination, format) });
    this.inbox = context.inbox(key, (lines, arrivedMs) => this.#take(lines, arrivedMs));
  }

  /** Events so far. */
  get events(): number {
    return this.#feed.events;
  }

  /** A line was longer than the bound. */
  skipped(): void {
    if (this.#skipped.value === 0) this.context.log.warn(`${this.context.name}: a line longer than line_bytes_max was skipped.`);
    this.#skipped.add();
  }

  /** Whole lines, each with its newline. */
  #take(lines: Buffer, arrivedMs: number): void {
    this.#feed.feed(lines, 0, lines.length, 0, arrivedMs, (reason) => {
      this.refused.add(reason, `a line is not of the format (its part: ${reason}) and was refused.`);
    });
  }
}

/** The lines of one stream, which comes in pieces. */
export class LineStream {
  readonly #lines: LineInbox;
  readonly #appends: LineAppends;
  readonly #buffer: StreamBuffer;
  #isSkipping = false;

  constructor(lines: LineInbox, flow: Flow) {
    this.#lines = lines;
    this.#appends = new LineAppends(lines, flow);
    this.#buffer = new StreamBuffer(lines.pool);
  }

  /** Whether a line has begun that has not ended. */
  get isWithinLine(): boolean {
    return this.#buffer.length > 0 || this.#isSkipping;
  }

  receive(piece: Buffer): void {
    const rest = this.#isSkipping ? this.#behindSkipped(piece) : piece;
    if (rest.length === 0) return;
    const bytes = this.#buffer.with(rest);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    const memory = this.#buffer.keep(bytes, end);
    if (end > 0) this.#appends.append(this.#withoutLong(bytes.subarray(0, end)), memory);
    if (this.#buffer.length <= this.#lines.lineBytesMax) return;
    this.#lines.skipped();
    this.#isSkipping = true;
    this.#buffer.clear();
  }

  /** No more comes: a last line without its newline is a line. Resolves when all is safe. */
  async end(): Promise<void> {
    if (this.#buffer.length > 0) {
      const bytes = this.#buffer.with(Buffer.from([NEWLINE]));
      this.#appends.append(Buffer.from(bytes), undefined);
      this.#buffer.clear();
    }
    await this.#appends.settled;
  }

  #behindSkipped(piece: Buffer): Buffer {
    const end = piece.indexOf(NEWLINE) + 1;
    this.#isSkipping = end === 0;
    return end === 0 ? piece.subarray(piece.length) : piece.subarray(end);
  }

  /** Which lines are too long depends on the lines, not on the pieces they came in. */
  #withoutLong(bytes: Buffer): Buffer {
    const most = this.#lines.lineBytesMax;
    if (bytes.length <= most + 1) return bytes;
    const kept: Buffer[] = [];
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(NEWLINE, start) + 1;
      if (end - 1 - start <= most) kept.push(bytes.subarray(start, end));
      else this.#lines.skipped();
      start = end;
    }
    return Buffer.concat(kept);
  }
}

const NEWLINE = 0x0a;
