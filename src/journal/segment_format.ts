import { crc32 } from "node:zlib";

/**
 * A segment of the write-ahead log as a file. Numbers are little-endian.
 *
 *     segment  = magic record*
 *     magic    = "HOTAKAW1"              ; 8 bytes; the 1 is the version of this layout
 *     record   = length checksum owner arrived body
 *     length   = u32                     ; bytes behind the checksum
 *     checksum = u32                     ; CRC-32 of what is behind it, begun with the record's sequence number
 *     owner    = u16                     ; whose record it is; 0 names an owner
 *     arrived  = f64                     ; epoch ms
 *     body     = the bytes as they came; of owner 0: u16 number and the owner's name in UTF-8
 *
 * Records are numbered on from the number in the name of the file. One that names an owner has the number of the record behind it. The
 * number is in the checksum, so that what a disk shows of a file that stood there before is never taken for a record.
 */
export const SEGMENT_MAGIC = Buffer.from("HOTAKAW1", "latin1");

export const RECORD_HEAD_BYTES = 18;

/** Writes the head of a record at `at` and returns where the body comes. `bytes` is not yet part of a file. */
export function putRecordHead(bytes: Buffer, at: number, record: SegmentRecord, sequence: number): number {
  const { owner, arrivedMs, body } = record;
  bytes.writeUInt32LE(body.byteLength + OWNER_AND_TIME_BYTES, at);
  bytes.writeUInt16LE(owner, at + 8);
  bytes.writeDoubleLE(arrivedMs, at + 10);
  const ofHead = crc32(bytes.subarray(at + 8, at + RECORD_HEAD_BYTES), sequence >>> 0);
  bytes.writeUInt32LE(crc32(body, ofHead), at + 4);
  return at + RECORD_HEAD_BYTES;
}

export interface SegmentRecord {
  readonly owner: number;
  readonly arrivedMs: number;
  readonly body: Uint8Array;
}

/** The record that says which name `owner` stands for in this segment. */
export function namingRecord(owner: number, name: string): SegmentRecord {
  const body = Buffer.alloc(2 + Buffer.byteLength(name));
  body.writeUInt16LE(owner);
  body.write(name, 2);
  return { owner: NAMES_OWNER, arrivedMs: 0, body };
}

/** A record that was read, with the name of its owner. */
export interface NamedRecord {
  readonly owner: string;
  readonly arrivedMs: number;
  readonly body: Buffer;
  readonly sequence: number;
}

/** Reads a segment from its beginning as far as it is whole. */
export class SegmentReader {
  /** Behind the last record that is whole; 0 where not even the magic is. */
  end: number;
  /** The number of the next record. */
  sequence: number;
  readonly #bytes: Buffer;
  readonly #names = new Map<number, string>();

  constructor(bytes: Buffer, firstSequence: number) {
    this.#bytes = bytes;
    this.sequence = firstSequence;
    this.end = bytes.subarray(0, SEGMENT_MAGIC.length).equals(SEGMENT_MAGIC) ? SEGMENT_MAGIC.length : 0;
  }

  /** The next record, its body a view of the bytes; undefined behind the last one that is whole. */
  next(): NamedRecord | undefined {
    for (;;) {
      const record = this.#whole();
      if (record === undefined) return undefined;
      if (record.owner === NAMES_OWNER) {
        this.#names.set(record.body.readUInt16LE(), record.body.toString("utf8", 2));
        continue;
      }
      return { owner: this.#names.get(record.owner) ?? "", arrivedMs: record.arrivedMs, body: record.body, sequence: this.sequence++ };
    }
  }

  #whole(): (SegmentRecord & { readonly body: Buffer }) | undefined {
    const [bytes, at] = [this.#bytes, this.end];
    if (at === 0 || at + RECORD_HEAD_BYTES > bytes.length) return undefined;
    const end = at + 8 + bytes.readUInt32LE(at);
    if (end > bytes.length || end < at + RECORD_HEAD_BYTES) return undefined;
    if (crc32(bytes.subarray(at + 8, end), this.sequence >>> 0) !== bytes.readUInt32LE(at + 4)) return undefined;
    this.end = end;
    return {
      owner: bytes.readUInt16LE(at + 8),
      arrivedMs: bytes.readDoubleLE(at + 10),
      body: bytes.subarray(at + RECORD_HEAD_BYTES, end),
    };
  }
}

/** `inbox-000000000000042.log`, by the number of its first record. */
export function segmentName(firstSequence: number): string {
  return `inbox-${String(firstSequence).padStart(15, "0")}.log`;
}

/** The number of the first record of the segment of that name; undefined for another file. */
export function firstSequenceOf(name: string): number | undefined {
  const digits = /^inbox-(\d{15})\.log$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const OWNER_AND_TIME_BYTES = 10;
const NAMES_OWNER = 0;
