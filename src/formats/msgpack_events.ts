import type { EventWriter, FieldSink } from "../event/index.ts";
import { HotakaError, MsgpackReader } from "../kit/index.ts";

/** What became of the events of some bytes. */
export interface EventsTaken {
  readonly taken: number;
  /** Items that are no event: no map, or nested deeper than is read. */
  readonly refused: number;
}

/**
 * Reads events out of MessagePack into columns, byte by byte: of the values nobody wants nothing is made. Text is taken as str and as bin.
 * A key that is no text is left out with its value, an extension reads as null.
 */
export class MsgpackEvents {
  readonly #reader = new MsgpackReader(Buffer.alloc(0));
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #keysRefused = 0;

  /** Keys that were no text, so far. */
  get keysRefused(): number {
    return this.#keysRefused;
  }

  /**
   * Takes every event of an array of maps as arrived at `timeMs`; what is no map is left out. `bytes` hold one whole value: what is cut off
   * throws HOTAKA_MSGPACK, and the events before it are taken.
   */
  takeArray(bytes: Buffer, columns: EventWriter, timeMs: number): EventsTaken {
    const head = new MsgpackReader(bytes);
    const count = head.arrayLength();
    let [taken, at] = [0, head.at];
    for (let index = 0; index < count; index++) {
      const end = this.take(bytes, at, columns, timeMs);
      if (end > 0) taken++;
      at = end > 0 ? end : -end;
    }
    columns.flush();
    return { taken, refused: count - taken };
  }

  /**
   * Takes the map that starts at `at` as one event. Gives the place behind it; with a minus when it is no event, of which nothing was taken.
   */
  take(bytes: Buffer, at: number, columns: EventWriter, timeMs: number): number {
    this.#bytes = bytes;
    const start = at;
    const head = bytes[at];
    if (head === undefined || !isMap(head)) return -this.#behind(start);
    try {
      let keysRefused: number;
      do {
        this.#at = start;
        keysRefused = this.#keysRefused;
        columns.begin(timeMs);
        this.#map(columns);
      } while (!this.#hasEnded(columns, keysRefused));
      return this.#at;
    } catch (thrown) {
      if (!(thrown instanceof HotakaError)) throw thrown;
      return -this.#behind(start);
    }
  }

  /** False: the event is read again, and its keys are counted again. */
  #hasEnded(columns: EventWriter, keysRefused: number): boolean {
    if (columns.end()) return true;
    this.#keysRefused = keysRefused;
    return false;
  }

  #map(columns: EventWriter): void {
    for (let left = this.#mapLength(); left > 0; left--) {
      const length = this.#textLength();
      if (length < 0) {
        this.#keysRefused++;
        this.#skip();
        this.#skip();
        continue;
      }
      const start = this.#at;
      this.#at = this.#checked(start + length);
      const sink = columns.sinkOfBytes(this.#bytes, start, this.#at);
      if (sink.isWanted) this.#value(sink);
      else this.#skip();
    }
  }

  #value(sink: FieldSink): void {
    const bytes = this.#bytes;
    const start = this.#at;
    const head = bytes[start]!;
    if (head <= 0x7f || head >= 0xe0) {
      this.#at = start + 1;
      return sink.integer(head <= 0x7f ? head : head - 0x1_00);
    }
    const length = this.#textLength();
    if (length >= 0) {
      const from = this.#at;
      this.#at = this.#checked(from + length);
      return sink.bytes(bytes, from, this.#at);
    }
    switch (head) {
      case 0xc0:
        this.#at = start + 1;
        return sink.nothing();
      case 0xc2:
      case 0xc3:
        this.#at = start + 1;
        return sink.truth(head === 0xc3);
      case 0xca:
        this.#at = this.#checked(start + 5);
        return sink.float(bytes.readFloatBE(start + 1));
      case 0xcb:
        this.#at = this.#checked(start + 9);
        return sink.float(bytes.readDoubleBE(start + 1));
      case 0xcc:
        this.#at = this.#checked(start + 2);
        return sink.integer(bytes[start + 1]!);
      case 0xcd:
        this.#at = this.#checked(start + 3);
        return sink.integer(bytes.readUInt16BE(start + 1));
      case 0xce:
        this.#at = this.#checked(start + 5);
        return sink.integer(bytes.readUInt32BE(start + 1));
      default:
        return this.#rareValue(sink, head);
    }
  }

  /** Wide and negative integers, what is nested, and what is none of these. */
  #rareValue(sink: FieldSink, head: number): void {
    if (EXTENSIONS.has(head)) {
      this.#skip();
      return sink.nothing();
    }
    const value = this.#reader.goTo(this.#bytes, this.#at).value();
    this.#at = this.#reader.at;
    if (typeof value === "object" && value !== null) sink.container(value);
    else if (typeof value === "number" || typeof value === "bigint") sink.integer(value);
    else sink.nothing();
  }

  #mapLength(): number {
    const bytes = this.#bytes;
    const head = bytes[this.#at]!;
    if (head <= 0x8f) {
      this.#at += 1;
      return head & 0x0f;
    }
    const start = this.#at + 1;
    this.#at = this.#checked(start + (head === 0xde ? 2 : 4));
    return head === 0xde ? bytes.readUInt16BE(start) : bytes.readUInt32BE(start);
  }

  /** The length of a text, whose bytes come next; -1, and nothing is read, when something else comes. */
  #textLength(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    const head = bytes[start] ?? 0;
    if (head >= 0xa0 && head <= 0xbf) {
      this.#at = start + 1;
      return head & 0x1f;
    }
    if (head === 0xd9 || head === 0xc4) {
      this.#at = this.#checked(start + 2);
      return bytes[start + 1]!;
    }
    if (head === 0xda || head === 0xc5) {
      this.#at = this.#checked(start + 3);
      return bytes.readUInt16BE(start + 1);
    }
    if (head === 0xdb || head === 0xc6) {
      this.#at = this.#checked(start + 5);
      return bytes.readUInt32BE(start + 1);
    }
    return -1;
  }

  #skip(): void {
    const head = this.#bytes[this.#at] ?? 0xc1;
    // The two that are most of what nobody wants.
    if (head <= 0x7f) this.#at += 1;
    else if (head >= 0xa0 && head <= 0xbf) this.#at = this.#checked(this.#at + 1 + (head & 0x1f));
    else this.#at = this.#behind(this.#at);
  }

  #behind(start: number): number {
    this.#reader.goTo(this.#bytes, start).skip();
    return this.#reader.at;
  }

  #checked(end: number): number {
    if (end <= this.#bytes.length) return end;
    throw new HotakaError("HOTAKA_MSGPACK", `An event was cut off: it goes on to byte ${end}, and there are ${this.#bytes.length}.`);
  }
}

function isMap(head: number): boolean {
  return (head & 0xf0) === 0x80 || head === 0xde || head === 0xdf;
}

const EXTENSIONS: ReadonlySet<number> = new Set([0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8]);
