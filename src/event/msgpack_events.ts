import { msgpackTextHead, skipMsgpack } from "../kit/index.ts";
import type { EventWriter } from "./event_writer.ts";
import type { FieldSink } from "./field_sink.ts";
import { BytesView, KnownKey } from "./known_key.ts";
import { putMsgpack } from "./msgpack_value.ts";

/**
 * Reads events out of MessagePack straight into columns: only the fields that somebody wants are decoded, the rest is passed over. Bytes
 * may be anything; nothing is read beyond `end`.
 */
export class MsgpackEvents {
  readonly #columns: EventWriter;
  /** The keys of the last event in their order, and where each went: events of one sender have the same keys in the same order. */
  #keys: PlacedKey[] = [];
  #keysVersion = -1;
  readonly #view = new BytesView();
  /** Where the map of the event in hand ends. */
  #at = 0;
  #keyBytes = 0;

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
      const known = keys[index];
      const isKnown = known !== undefined && known.key.isAt(view, at, end);
      const key = isKnown ? known : this.#key(bytes, index, at, end);
      if (key === undefined) return false;
      at += isKnown ? known.key.length : this.#keyBytes;
      at = key.sink === undefined ? skipMsgpack(bytes, at, end) : putMsgpack(bytes, at, end, key.sink);
      if (at < 0) return false;
    }
    this.#at = at;
    return true;
  }

  /** The key at `at`, of `#keyBytes`; undefined when it is not whole. */
  #key(bytes: Buffer, index: number, at: number, end: number): PlacedKey | undefined {
    const textHead = msgpackTextHead(bytes, at, end);
    const keyEnd = skipMsgpack(bytes, at, end);
    if (keyEnd < 0) return undefined;
    this.#keyBytes = keyEnd - at;
    // What is no text is no key: it is left out with its value.
    const sink = textHead === 0 ? undefined : this.#columns.sinkOfBytes(bytes, at + textHead, keyEnd);
    const isKept = index < KEYS_KNOWN_MAX && keyEnd - at <= KEY_KNOWN_BYTES_MAX;
    const key = { key: isKept ? new KnownKey(bytes, at, keyEnd) : NO_KEY, sink: sink?.isWanted === true ? sink : undefined };
    if (isKept) this.#keys[index] = key;
    return key;
  }

  #forgetKeys(): void {
    this.#keys = [];
    this.#keysVersion = this.#columns.version;
  }
}

interface PlacedKey {
  readonly key: KnownKey;
  /** Undefined where nobody wants the value. */
  readonly sink: FieldSink | undefined;
}

const NO_KEY = new KnownKey(new Uint8Array(0), 0, 0);

const KEYS_KNOWN_MAX = 64;
const KEY_KNOWN_BYTES_MAX = 64;
