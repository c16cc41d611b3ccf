import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { ActionRow } from "../../component/index.ts";
import type { Value } from "../../event/index.ts";
import { msgpackOf, type MsgpackValue } from "../../kit/index.ts";

/** A row as a message of the Forward protocol. */
export interface RowMessage {
  readonly bytes: Buffer;
  /** Which is acknowledged: the same for every try of a row, so that a receiver may know one that comes again. */
  readonly chunk: string;
}

/**
 * PackedForward with one entry: `[tag, bin of [EventTime, record], {size, compressed, chunk}]`. A date is milliseconds, as in JSON.
 * Without `isAcknowledged` no chunk is named, and nothing will come back.
 */
export function rowMessage({ key, timeMs, row }: ActionRow, { tag, isCompressed, isAcknowledged }: MessageForm): RowMessage {
  const chunk = createHash("sha256").update(key).digest("base64").slice(0, CHUNK_CHARS);
  const packed = Buffer.concat([Buffer.from([0x92]), eventTime(timeMs), msgpackOf(plain(row))]);
  const entries = isCompressed ? gzipSync(packed) : packed;
  const head = Buffer.from([0xc6, 0, 0, 0, 0]);
  head.writeUInt32BE(entries.length, 1);
  const option = { size: 1, compressed: isCompressed ? "gzip" : "text", ...(isAcknowledged ? { chunk } : {}) };
  return { bytes: Buffer.concat([Buffer.from([0x93]), msgpackOf(tag), head, entries, msgpackOf(option)]), chunk };
}

export interface MessageForm {
  readonly tag: string;
  readonly isCompressed: boolean;
  readonly isAcknowledged: boolean;
}

function eventTime(timeMs: number): Buffer {
  const bytes = Buffer.from([0xd7, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const seconds = Math.floor(timeMs / 1000);
  // Of 32 bits: from 1970 to 2106.
  bytes.writeUInt32BE(Math.min(Math.max(seconds, 0), 0xffff_ffff), 2);
  bytes.writeUInt32BE(Math.round((timeMs - seconds * 1000) * 1e6) % 1e9, 6);
  return bytes;
}

function plain(value: Value): MsgpackValue {
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) return value.map((item: Value) => plain(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]: [string, Value]) => [key, plain(item)]));
}

const CHUNK_CHARS = 32;
