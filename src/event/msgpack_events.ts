import { msgpackTextHead, skipMsgpack } from "../kit/index.ts";
import type { EventWriter } from "./event_writer.ts";
import type { FieldSink } from "./field_sink.ts";
import { BytesView, KnownKeys } from "./known_keys.ts";
import { putMsgpack } from "./msgpack_value.ts";

/**
 * Reads events out of MessagePack straight into columns: only the fields that somebody wants are decoded, the rest is passed over. Bytes
 * may be anything; nothing is read beyond `end`.
 */
export class MsgpackEvents {
  readonly #columns: EventWriter;
  readonly #keys = new KnownKeys();
  /** Where the value of each of these goes; undefined where nobody wants it. */
  #sinks: (FieldSink | undefined)[] = [];
  #keysVersion = -1;
  readonly #view = new BytesView();
  /** Where the map of the event in hand ends. */
  #at = 0;

  constructor(columns: EventWriter) {
    this.#columns = columns;
  }

  /**
   * Takes the map at `start` as an event of `timeMs`. Gives where it ends, or -1, and nothing is taken, when there is no whole map. Values
   * nested deeper than the reader of MessagePack allows are null. Call `columns.flush` when all that came has been taken.
   */
  take(bytes: Buffer, start: number, end: number, timeMs: number): number {
    do {
      this.#columns.begin(timeMs);
      if (!this.#map(bytes, start, end)) return -1;
    } while (!this.#columns.end());
    return this.#at;
  }

  /** Whether somebody asks for any of these keys, or may. */
  isAnyWanted(keys: readonly string[]): boolean {
    // What is begun and not ended is forgotten; by then the sinks are those of the present demand.
    this.#columns.begin(0);
    return keys.some((key) => this.#columns.sink(key).isWanted);
  }

  #map(bytes: Buffer, start: number, end: number): boolean {
    if (start >= end) return false;
    const head = bytes[start]!;
    let at = start + 1;
    let count: number;
    if (head >= 0x80 && head <= 0x8f) count = head & 0x0f;
    else if (head === 0xde && at + 2 <= end) {
      count = bytes.readUInt16BE(at);
      at += 2;
    } else if (head === 0xdf && at + 4 <= end) {
      count = bytes.readUInt32BE(at);
      at += 4;
    } else return false;
    if (this.#keysVersion !== this.#columns.version) this.#forgetKeys();
    const keys = this.#keys;
    const view = this.#view.of(bytes);
    for (let index = 0; index < count; index++) {
      let length = keys.lengthAt(index, view, at, end);
      let sink: FieldSink | undefined;
      if (length > 0) sink = this.#sinks[index];
      else {
        length = this.#keyLength(bytes, at, end);
        if (length < 0) return false;
        sink = this.#sink(bytes, index, at, at + length);
      }
      at += length;
      at = sink === undefined ? skipMsgpack(bytes, at, end) : putMsgpack(bytes, at, end, sink);
      if (at < 0) return false;
    }
    this.#at = at;
    return true;
  }

  #keyLength(bytes: Buffer, at: number, end: number): number {
    const keyEnd = skipMsgpack(bytes, at, end);
    return keyEnd < 0 ? -1 : keyEnd - at;
  }

  /** Where the value of the key at `[at, keyEnd)` goes; undefined where nobody wants it. */
  #sink(bytes: Buffer, index: number, at: number, keyEnd: number): FieldSink | undefined {
    const textHead = msgpackTextHead(bytes, at, keyEnd);
    // What is no text is no key: it is left out with its value.
    const sink = textHead === 0 ? undefined : this.#columns.sinkOfBytes(bytes, at + textHead, keyEnd);
    const wanted = sink?.isWanted === true ? sink : undefined;
    if (this.#keys.put(index, bytes, at, keyEnd)) this.#sinks[index] = wanted;
    return wanted;
  }

  #forgetKeys(): void {
    this.#keys.forget();
    this.#sinks = [];
    this.#keysVersion = this.#columns.version;
  }
}
