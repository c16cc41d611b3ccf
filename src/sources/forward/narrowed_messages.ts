import { BytesView, type MsgpackNarrowing } from "../../event/index.ts";
import { msgpackHeadLength, msgpackTextHead, skipMsgpack } from "../../kit/index.ts";
import type { NamedTarget } from "../named_targets.ts";
import { EntryKernel } from "./entry_kernel.ts";
import { EntryTime } from "./entry_time.ts";
import { type ForwardMessage, readMessage } from "./message.ts";

/*
 * What is kept in the write-ahead log of messages of many events: the keys that somebody asks for, which may be a tenth of what came, and
 * what is needed to take them as the messages themselves would be taken. Numbers are little-endian.
 *
 *     record   = message*
 *     message  = length entries tag chunk entry* left_out
 *     length   = u32                 ; bytes behind it
 *     entries  = u32                 ; bytes of all entries
 *     tag      = u16, bytes          ; UTF-8
 *     chunk    = u16, bytes          ; the id as a value of MessagePack; none where the message had none
 *     entry    = time map
 *     time     = f64                 ; epoch ms; NaN where the entry says none
 *     map      = a map of MessagePack
 *     left_out = keys                ; those that the maps may be without, as values of MessagePack
 */

/** Makes records of messages. One that is not simply many events, or would hardly be shorter, is left for others to keep as it came. */
export class MessageNarrower {
  readonly #known: (tag: string) => NamedTarget | undefined;
  readonly #time = new EntryTime();
  readonly #kernel = new EntryKernel();
  readonly #view = new BytesView();
  #record: Buffer = Buffer.alloc(0);
  /** Records to go by before it is tried again. */
  #resting = 0;

  /** `known` gives where events of a tag go, if that has been opened. */
  constructor(known: (tag: string) => NamedTarget | undefined) {
    this.#known = known;
  }

  /** The record of whole messages, which is good until the next call; undefined where they are to be kept as they came. */
  recordOf(messages: Buffer): Buffer | undefined {
    if (messages.length < MESSAGES_BYTES_MIN || messages.length > MESSAGES_BYTES_MAX || this.#resting-- > 0) return undefined;
    this.#resting = 0;
    if (this.#record.length < messages.length + SPARE_BYTES) this.#record = Buffer.allocUnsafeSlow(messages.length + SPARE_BYTES);
    let to = 0;
    for (let at = 0; at < messages.length;) {
      const end = skipMsgpack(messages, at, messages.length);
      const message = readMessage(messages, at, end);
      to = typeof message === "string" ? -1 : this.#narrow(messages, message, to);
      if (to < 0) return undefined;
      at = end;
    }
    if (to <= messages.length * SHARE_MAX) return this.#record.subarray(0, to);
    this.#resting = RECORDS_RESTED;
    return undefined;
  }

  /** Writes the message at `start` of the record, and gives where it ends; -1 when it is not to be narrowed. */
  #narrow(bytes: Buffer, message: ForwardMessage, start: number): number {
    const { mode, bodyStart, bodyEnd, options } = message;
    const isPlain = options.signal === 0 && (options.compressed === "text" || options.compressed === "");
    if (mode === "message" || !isPlain || bodyEnd - bodyStart < BODY_BYTES_MIN) return -1;
    const narrowing = this.#known(message.tag)?.narrowing;
    const head = narrowing?.begin() === true ? this.#putHead(start, message) : -1;
    if (narrowing === undefined || head < 0) return -1;
    const first = mode === "packed" ? bodyStart : bodyStart + msgpackHeadLength(bytes, bodyStart, bodyEnd);
    const end = this.#putEntries(bytes, first, bodyEnd, narrowing, head);
    if (end < 0) return -1;
    const record = this.#record;
    const { leftOut } = narrowing;
    if (end + leftOut.length > record.length) return -1;
    record.writeUInt32LE(end - head, start + 4);
    record.writeUInt32LE(end + leftOut.copy(record, end) - start - 4, start);
    return end + leftOut.length;
  }

  #putHead(start: number, { tag, options: { chunk } }: ForwardMessage): number {
    const record = this.#record;
    const [tagBytes, chunkBytes] = [Buffer.byteLength(tag), chunk?.length ?? 0];
    if (chunkBytes > CHUNK_BYTES_MAX || start + HEAD_BYTES + tagBytes + chunkBytes > record.length) return -1;
    record.writeUInt16LE(tagBytes, start + 8);
    record.write(tag, start + 10);
    record.writeUInt16LE(chunkBytes, start + 10 + tagBytes);
    chunk?.copy(record, start + HEAD_BYTES + tagBytes);
    return start + HEAD_BYTES + tagBytes + chunkBytes;
  }

  /** Writes the entries `[at, end)` at `to`, and gives where they end; -1 when one of them is none, or there is no room. */
  #putEntries(bytes: Buffer, at: number, end: number, narrowing: MsgpackNarrowing, to: number): number {
    const record = this.#record;
    // Where entries of one shape are few, it is not worth asking for each whether more of it follow.
    let byOne = 1;
    while (at < end) {
      if (to + end - at + COPY_SPARE_BYTES > record.length) return -1;
      const start = at;
      at = this.#kernel.narrow(bytes, at, end, narrowing, record, to);
      to += this.#kernel.copyBytes;
      byOne = at - start >= RUN_BYTES_MIN ? 1 : Math.min(byOne * 2, BY_ONE_MAX);
      if (byOne === BY_ONE_MAX) narrowing.forgetShape();
      for (let left = byOne; left > 0 && at < end; left--) {
        at = this.#putEntry(bytes, at, end, narrowing, to);
        if (at < 0) return -1;
        to = narrowing.copyEnd;
      }
    }
    return to;
  }

  /** Writes the entry at `at`, and gives where it ends among the messages; -1 when it is none, or there is no room. */
  #putEntry(bytes: Buffer, at: number, end: number, narrowing: MsgpackNarrowing, to: number): number {
    const [record, time] = [this.#record, this.#time];
    if (bytes[at] !== 0x92) return -1;
    time.read(bytes, at + 1, end);
    if (time.end < 0 || to + TIME_BYTES + COPY_SPARE_BYTES + end - time.end > record.length) return -1;
    this.#view.of(record).setFloat64(to, time.ms, true);
    return narrowing.copy(bytes, time.end, end, record, to + TIME_BYTES);
  }
}

/** A message of a record. */
export interface NarrowedMessage {
  readonly tag: string;
  readonly chunk: Buffer | undefined;
  /** Where its entries stand: a time of 8 bytes and a map, one after the other. */
  readonly start: number;
  readonly end: number;
  /** The keys that their maps may be without. */
  readonly leftOut: readonly string[];
}

/** The messages of a record as `MessageNarrower` made it. */
export function* narrowedMessages(record: Buffer): Generator<NarrowedMessage> {
  for (let at = 0; at < record.length;) {
    const after = at + 4 + record.readUInt32LE(at);
    const tagEnd = at + 10 + record.readUInt16LE(at + 8);
    const start = tagEnd + 2 + record.readUInt16LE(tagEnd);
    const end = start + record.readUInt32LE(at + 4);
    const chunk = start === tagEnd + 2 ? undefined : record.subarray(tagEnd + 2, start);
    yield { tag: record.toString("utf8", at + 10, tagEnd), chunk, start, end, leftOut: keysIn(record.subarray(end, after)) };
    at = after;
  }
}

function keysIn(bytes: Buffer): string[] {
  const keys: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = skipMsgpack(bytes, at, bytes.length);
    keys.push(bytes.toString("utf8", at + msgpackTextHead(bytes, at, end), end));
    at = end;
  }
  return keys;
}

/** Length, entries, and the lengths of tag and chunk. */
const HEAD_BYTES = 12;
const TIME_BYTES = 8;
const COPY_SPARE_BYTES = 4;
/** Fewer bytes of entries of one shape in a row are few, and then so many go one by one, at most. */
const RUN_BYTES_MIN = 1024;
const BY_ONE_MAX = 64;
const CHUNK_BYTES_MAX = 1024;
/** For a few messages of one event the way is longer than what is saved. */
const MESSAGES_BYTES_MIN = 2048;
const BODY_BYTES_MIN = 512;
/** The record is made in memory that stays; what came in a larger piece is kept as it came. */
const MESSAGES_BYTES_MAX = 8 << 20;
/** What a record may have beyond the messages that it is made of, before it is known how much shorter it is. */
const SPARE_BYTES = 4096;
/** A record is to be half as long as what came; where it is not, so many are kept as they come before it is tried again. */
const SHARE_MAX = 0.5;
const RECORDS_RESTED = 63;
