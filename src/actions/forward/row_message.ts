import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { ActionRow } from "../../component/index.ts";
import type { Value } from "../../event/index.ts";
import { msgpackOf, type MsgpackValue, MsgpackWriter } from "../../kit/index.ts";

/** Rows of one tag as a message of the Forward protocol. */
export interface RowMessage {
  readonly bytes: Buffer;
  /** Which is acknowledged: the same for every try of these rows, so that a receiver may know them when they come again. */
  readonly chunk: string;
}

export interface MessageForm {
  /** The tag of a row. */
  readonly tag: (row: ActionRow) => string;
  readonly isCompressed: boolean;
  readonly isAcknowledged: boolean;
}

/** The messages that rows make: one for each tag, in the order in which the tags come, and the rows of one in theirs. */
export async function rowMessages(rows: readonly ActionRow[], form: MessageForm): Promise<RowMessage[]> {
  const byTag = new Map<string, ActionRow[]>();
  for (const row of rows) {
    const tag = form.tag(row);
    const ofTag = byTag.get(tag);
    if (ofTag === undefined) byTag.set(tag, [row]);
    else ofTag.push(row);
  }
  const messages: RowMessage[] = [];
  for (const [tag, ofTag] of byTag) messages.push(await rowMessage(ofTag, tag, form));
  return messages;
}

/**
 * PackedForward: `[tag, bin of one [EventTime, record] after the other, {size, compressed, chunk}]`. A date is milliseconds, as in JSON.
 * Without `isAcknowledged` no chunk is named, and nothing will come back.
 */
async function rowMessage(rows: readonly ActionRow[], tag: string, { isCompressed, isAcknowledged }: MessageForm): Promise<RowMessage> {
  const chunk = chunkOf(rows);
  const packed = packedOf(rows);
  const entries = isCompressed ? await compressed(packed) : packed;
  const head = Buffer.from([0xc6, 0, 0, 0, 0]);
  head.writeUInt32BE(entries.length, 1);
  const option = { size: rows.length, compressed: isCompressed ? "gzip" : "text", ...(isAcknowledged ? { chunk } : {}) };
  return { bytes: Buffer.concat([Buffer.from([0x93]), msgpackOf(tag), head, entries, msgpackOf(option)]), chunk };
}

function chunkOf(rows: readonly ActionRow[]): string {
  return createHash("sha256")
    .update(rows.map(({ key }) => key).join("\0"))
    .digest("base64")
    .slice(0, CHUNK_CHARS);
}

function packedOf(rows: readonly ActionRow[]): Buffer {
  const writer = new MsgpackWriter(rows.length * ROW_BYTES);
  for (const { timeMs, row } of rows) {
    writer.arrayLength(2);
    writer.raw(eventTime(timeMs));
    writer.value(plain(row));
  }
  return writer.bytes();
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

const compressed = promisify(gzip);
const CHUNK_CHARS = 32;
/** What the rows of most queries take; more is made room for. */
const ROW_BYTES = 256;
