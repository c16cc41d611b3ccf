import { MSGPACK_FIXED_BYTES, msgpackTextHead, skipMsgpack } from "../kit/index.ts";
import type { EventWriter } from "./event_writer.ts";
import { BytesView, KnownKeys, UNKNOWN_PLACE } from "./known_keys.ts";

/**
 * Copies events of MessagePack without the keys that nobody asks for now, so that what is kept of them until they are taken is a part of what
 * came. What a target may learn from an event is kept too. Bytes may be anything; nothing is read beyond `end`.
 */
export class MsgpackNarrowing {
  /** Where the copy that was made last ends. */
  copyEnd = 0;
  readonly #columns: EventWriter;
  readonly #keys = new KnownKeys();
  /** 1 for each of these that somebody asks for. */
  readonly #isKept = new Uint8Array(UNKNOWN_PLACE + 1);
  #version = -1;
  readonly #view = new BytesView();
  readonly #copyView = new BytesView();
  /** Of the map in hand: pairs that were copied, and whether its keys are the first that are known, in their order. */
  #kept = 0;
  #isInOrder = true;
  /** Keys that were left out of this and earlier runs, as they are written. */
  #leftOut = new Set<string>();

  constructor(columns: EventWriter) {
    this.#columns = columns;
  }

  /** How many keys events of the usual shape have; undefined where that is not all that is to be known of it. */
  shapeKeys: number | undefined;
  /** Moves when the shape is another one. */
  shapeVersion = 0;

  /** A key of the shape, as it is written. */
  keyAt(index: number): { readonly bytes: Uint8Array; readonly isKept: boolean } {
    return { bytes: this.#keys.bytesOf(index), isKept: this.#isKept[index] === 1 };
  }

  /** Few events are of the shape: the next one that comes is to say which it is. */
  forgetShape(): void {
    this.#keys.forget();
    this.shapeKeys = undefined;
  }

  /** Begins a run of events that are all taken together. False: all of their keys have to be kept. */
  begin(): boolean {
    const columns = this.#columns;
    // What is begun and not ended is forgotten; by then the sinks are those of the present demand.
    columns.begin(0);
    if (columns.version !== this.#version) {
      this.#version = columns.version;
      this.forgetShape();
      this.#leftOut = new Set();
    }
    return !columns.keepsAll;
  }

  /** The keys that may have been left out since `begin`, as values of MessagePack one after another. */
  get leftOut(): Buffer {
    return Buffer.from([...this.#leftOut].join(""), "latin1");
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
      if (after >= 0 && this.#isInOrder) this.shapeKeys = head & 0x0f;
      return after;
    }
    if (head !== 0xde || start + 3 > end) return -1;
    const after = this.#pairs(bytes, start + 3, end, bytes.readUInt16BE(start + 1), copy, at + 3);
    copy[at] = 0xde;
    copy.writeUInt16BE(this.#kept, at + 1);
    return after;
  }

  #pairs(bytes: Buffer, start: number, end: number, count: number, copy: Buffer, to: number): number {
    const keys = this.#keys;
    const view = this.#view.of(bytes);
    let kept = 0;
    let place = 0;
    let at = start;
    this.#isInOrder = true;
    for (let index = 0; index < count; index++) {
      let length = keys.lengthAt(place, view, at, end);
      if (length === 0) {
        place = keys.find(view, at, end);
        if (place < 0) place = this.#learn(bytes, at, end);
        if (place < 0) return -1;
        length = skipMsgpack(bytes, at, end) - at;
      }
      if (place !== index) this.#isInOrder = false;
      const isKept = this.#isKept[place] === 1;
      place++;
      const valueAt = at + length;
      if (valueAt >= end) return -1;
      // What a head says all of, and short texts, are nearly all that there is.
      const head = bytes[valueAt]!;
      let after = valueAt + MSGPACK_FIXED_BYTES[head]!;
      if (after === valueAt) after = skipMsgpack(bytes, valueAt, end);
      if (after < 0 || after > end) return -1;
      if (isKept) {
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

  /** Works out whether the key at `at` is kept, and gives its place in `#isKept`; -1 when it is not whole, or one too many. */
  #learn(bytes: Buffer, at: number, end: number): number {
    const keyEnd = skipMsgpack(bytes, at, end);
    if (keyEnd < 0) return -1;
    const textHead = msgpackTextHead(bytes, at, end);
    const isKept = textHead === 0 || this.#columns.sinkOfBytes(bytes, at + textHead, keyEnd).isWanted;
    if (!isKept && !this.#leaveOut(bytes, at, keyEnd)) return -1;
    const place = this.#keys.put(bytes, at, keyEnd);
    // The first of all: what was known before is forgotten.
    if (place === 0) this.shapeKeys = undefined;
    this.shapeVersion++;
    this.#isKept[place] = isKept ? 1 : 0;
    return place;
  }

  #leaveOut(bytes: Buffer, at: number, keyEnd: number): boolean {
    if (keyEnd - at > LEFT_OUT_BYTES_MAX) return false;
    const key = bytes.toString("latin1", at, keyEnd);
    if (!this.#leftOut.has(key) && this.#leftOut.size >= LEFT_OUT_MAX) return false;
    this.#leftOut.add(key);
    return true;
  }
}

const COPIED_BY_WORDS_MAX = 64;
/** Different keys that are left out of events, and bytes of each. Who makes up more has his events kept whole. */
const LEFT_OUT_MAX = 256;
const LEFT_OUT_BYTES_MAX = 64;
