import { msgpackTextHead, skipMsgpack } from "../kit/index.ts";
import type { EventWriter } from "./event_writer.ts";
import { BytesView, KnownKey } from "./known_key.ts";

/**
 * Copies events of MessagePack without the keys that nobody asks for now, so that what is kept of them until they are taken is a part of what
 * came. What a target may learn from an event is kept too. Bytes may be anything; nothing is read beyond `end`.
 */
export class MsgpackNarrowing {
  /** Where the copy that was made last ends. */
  copyEnd = 0;
  readonly #columns: EventWriter;
  /** The keys of the last event in their order: events of one sender have the same keys in the same order. */
  #keys: PlacedKey[] = [];
  #version = -1;
  readonly #view = new BytesView();
  readonly #copyView = new BytesView();
  /** Keys that were left out since `begin`, as they are written, by their bytes. */
  #leftOut = new Map<string, KnownKey>();
  #keyBytes = 0;

  constructor(columns: EventWriter) {
    this.#columns = columns;
  }

  /** Begins a run of events that are all taken together. False: all of their keys have to be kept. */
  begin(): boolean {
    const columns = this.#columns;
    // What is begun and not ended is forgotten; by then the sinks are those of the present demand.
    columns.begin(0);
    if (columns.version !== this.#version) {
      this.#version = columns.version;
      this.#keys = [];
      this.#leftOut = new Map();
    }
    return !columns.keepsAll;
  }

  /** The keys that may have been left out since `begin`, as values of MessagePack one after another. */
  get leftOut(): Buffer {
    return Buffer.concat([...this.#leftOut.values()].map((key) => key.bytes));
  }

  /**
   * Copies the map at `start` to `copy` at `at`, where there is room for as many bytes and three more. Gives where the map ends; -1 when
   * there is no whole map, or it has more different keys than are remembered.
   */
  copy(bytes: Buffer, start: number, end: number, copy: Buffer, at: number): number {
    const head = start < end ? bytes[start]! : 0;
    if (head >= 0x80 && head <= 0x8f) {
      const after = this.#pairs(bytes, start + 1, end, head & 0x0f, copy, at + 1);
      copy[at] = 0x80 | this.#kept;
      return after;
    }
    if (head !== 0xde || start + 3 > end) return -1;
    const after = this.#pairs(bytes, start + 3, end, bytes.readUInt16BE(start + 1), copy, at + 3);
    copy[at] = 0xde;
    copy.writeUInt16BE(this.#kept, at + 1);
    return after;
  }

  /** Of the map in hand. */
  #kept = 0;

  #pairs(bytes: Buffer, start: number, end: number, count: number, copy: Buffer, to: number): number {
    const keys = this.#keys;
    const view = this.#view.of(bytes);
    let kept = 0;
    let at = start;
    for (let index = 0; index < count; index++) {
      const known = keys[index];
      const isKnown = known !== undefined && known.key.isAt(view, at, end);
      const key = isKnown ? known : this.#key(bytes, index, at, end);
      if (key === undefined) return -1;
      const valueAt = at + (isKnown ? known.key.length : this.#keyBytes);
      const after = skipMsgpack(bytes, valueAt, end);
      if (after < 0) return -1;
      if (key.isKept) {
        this.#copyBytes(bytes, view, at, after, copy, to);
        to += after - at;
        kept++;
      }
      at = after;
    }
    this.#kept = kept;
    this.copyEnd = to;
    return at;
  }

  /** Four bytes at a time, which for so few is faster than a call of `copy`. */
  #copyBytes(bytes: Buffer, view: DataView, start: number, end: number, copy: Buffer, to: number): void {
    const length = end - start;
    if (length > COPIED_BY_WORDS_MAX) {
      bytes.copy(copy, to, start, end);
      return;
    }
    const copyView = this.#copyView.of(copy);
    let at = 0;
    for (; at + 4 <= length; at += 4) copyView.setInt32(to + at, view.getInt32(start + at, true), true);
    for (; at < length; at++) copy[to + at] = bytes[start + at]!;
  }

  /** The key at `at`, of `#keyBytes`; undefined when it is not whole, or one too many. */
  #key(bytes: Buffer, index: number, at: number, end: number): PlacedKey | undefined {
    const textHead = msgpackTextHead(bytes, at, end);
    const keyEnd = skipMsgpack(bytes, at, end);
    if (keyEnd < 0) return undefined;
    this.#keyBytes = keyEnd - at;
    const isKept = textHead === 0 || this.#columns.sinkOfBytes(bytes, at + textHead, keyEnd).isWanted;
    const key = { key: new KnownKey(bytes, at, keyEnd), isKept };
    if (!isKept && !this.#leaveOut(key.key, bytes.toString("latin1", at, keyEnd))) return undefined;
    if (index < KEYS_KNOWN_MAX && keyEnd - at <= KEY_KNOWN_BYTES_MAX) this.#keys[index] = key;
    return key;
  }

  #leaveOut(key: KnownKey, bytes: string): boolean {
    if (this.#leftOut.has(bytes)) return true;
    if (this.#leftOut.size >= LEFT_OUT_MAX || key.length > KEY_KNOWN_BYTES_MAX) return false;
    this.#leftOut.set(bytes, key);
    return true;
  }
}

interface PlacedKey {
  readonly key: KnownKey;
  readonly isKept: boolean;
}

const COPIED_BY_WORDS_MAX = 64;
const KEYS_KNOWN_MAX = 64;
const KEY_KNOWN_BYTES_MAX = 64;
/** Different keys that are left out of events. Who makes up more has his events kept whole. */
const LEFT_OUT_MAX = 256;
