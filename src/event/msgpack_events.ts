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
    let place = 0;
    for (let left = count; left > 0; left--) {
      let length = keys.lengthAt(place, view, at, end);
      if (length === 0) {
        place = keys.find(view, at, end);
        if (place < 0) place = this.#learn(bytes, at, end);
        if (place < 0) return false;
        length = this.#keyLength(bytes, at, end);
      }
      const sink = this.#sinks[place];
      place++;
      at += length;
      at = sink === undefined ? skipMsgpack(bytes, at, end) : putMsgpack(bytes, at, end, sink);
      if (at < 0) return false;
    }
    this.#at = at;
    return true;
  }

  #keyLength(bytes: Buffer, at: number, end: number): number {
    return skipMsgpack(bytes, at, end) - at;
  }

  /** Works out where the value of the key at `at` goes, and gives its place in `#sinks`; -1 when it is not whole. */
  #learn(bytes: Buffer, at: number, end: number): number {
    const keyEnd = skipMsgpack(bytes, at, end);
    if (keyEnd < 0) return -1;
    const textHead = msgpackTextHead(bytes, at, keyEnd);
    // What is no text is no key: it is left out with its value.
    const sink = textHead === 0 ? undefined : this.#columns.sinkOfBytes(bytes, at + textHead, keyEnd);
    const place = this.#keys.put(bytes, at, keyEnd);
    this.#sinks[place] = sink?.isWanted === true ? sink : undefined;
    return place;
  }

  #forgetKeys(): void {
    this.#keys.forget();
    this.#sinks = [];
    this.#keysVersion = this.#columns.version;
  }
}
