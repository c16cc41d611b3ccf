import type { InboxFolder, SegmentFile } from "./inbox_folder.ts";
import {
  firstSequenceOf,
  namingRecord,
  putRecordHead,
  RECORD_HEAD_BYTES,
  SEGMENT_MAGIC,
  segmentName,
  SegmentReader,
} from "./segment_format.ts";

/** A record on its way to the disk. */
export interface Unwritten {
  readonly owner: string;
  readonly arrivedMs: number;
  readonly body: Uint8Array;
}

/** How large the files are, and how many bytes of those that nobody needs are kept to be written over. */
export interface SegmentBounds {
  readonly segmentBytes: number;
  readonly spareBytesMax: number;
}

/** A file of the log that is not written any more. */
export interface Segment {
  readonly name: string;
  readonly first: number;
  readonly bytes: number;
}

/**
 * The files of a write-ahead log: one is appended to, those before it are kept until all that is in them has served. Then a file is spare: the
 * next one is written over it, because a disk and the memory before it take what has a place already at a fifth of the cost (measured:
 * 62 ms of system time for 400 MB, 130 to 780 ms in a new file). A record's number is in its checksum, so none of before is taken for one.
 */
export class Segments {
  /** The number that the next record gets. */
  next: number;
  readonly #folder: InboxFolder;
  readonly #segmentBytes: number;
  readonly #spareBytesMax: number;
  #closed: Segment[];
  readonly #spares: Segment[] = [];
  #open: OpenSegment | undefined;

  /** `segments` in order of number; `next` is behind all that is in them. */
  constructor(folder: InboxFolder, bounds: SegmentBounds, segments: readonly Segment[], next: number) {
    this.#folder = folder;
    this.#segmentBytes = bounds.segmentBytes;
    this.#spareBytesMax = bounds.spareBytesMax;
    this.#closed = [...segments];
    this.next = next;
  }

  /** Bytes on the disk, without those of spare files. */
  get bytes(): number {
    return this.#closed.reduce((sum, { bytes }) => sum + bytes, this.#open?.bytes ?? 0);
  }

  /**
   * Appends records and has them on the disk when it resolves. When it rejects none of them counts: the file ends before them, and the
   * next append begins another one, for nobody knows what a disk has kept that failed to sync.
   */
  async append(records: readonly Unwritten[]): Promise<void> {
    if (this.#open !== undefined && this.#open.bytes >= this.#segmentBytes) await this.#finish(this.#open);
    const segment = (this.#open ??= await this.#begin());
    const { pieces, bytes, names } = framed(records, this.next, segment);
    try {
      await segment.file.append(pieces);
    } catch (thrown) {
      await segment.file.truncate(segment.bytes).catch(() => {});
      await this.#finish(segment).catch(() => {});
      throw thrown;
    }
    for (const name of names) segment.owners.set(name, segment.owners.size + 1);
    segment.bytes += bytes;
    this.next += records.length;
  }

  /** Files all of whose records are numbered below `sequence` are spare, or removed where there are enough of these. */
  async release(sequence: number): Promise<void> {
    for (;;) {
      const [oldest, following] = this.#closed;
      const end = following?.first ?? this.#open?.first ?? this.next;
      if (oldest === undefined || end > sequence) return;
      const spareBytes = this.#spares.reduce((sum, { bytes }) => sum + bytes, oldest.bytes);
      if (spareBytes > this.#spareBytesMax) await this.#folder.remove(oldest.name);
      else this.#spares.push(oldest);
      this.#closed.shift();
    }
  }

  async close(): Promise<void> {
    const last = this.#open;
    if (last === undefined) return;
    // What a spare file still has behind the last record would be looked at, and cut off, at the next start.
    await last.file.truncate(last.bytes).catch(() => {});
    await this.#finish(last);
  }

  async #begin(): Promise<OpenSegment> {
    const name = segmentName(this.next);
    // Of that name there may be one whose records all came to nothing; it is written over.
    this.#closed = this.#closed.filter((other) => other.name !== name);
    // Named only while it is tried: where that fails the disk is in trouble, and a new file is the better try.
    const file = await this.#folder.create(name, this.#spares.pop()?.name);
    return { name, first: this.next, bytes: 0, file, owners: new Map() };
  }

  async #finish({ name, first, bytes, file }: OpenSegment): Promise<void> {
    this.#open = undefined;
    this.#closed.push({ name, first, bytes });
    await file.close();
  }
}

interface OpenSegment {
  readonly name: string;
  readonly first: number;
  bytes: number;
  readonly file: SegmentFile;
  /** The numbers by which names are written in this file. */
  readonly owners: Map<string, number>;
}

/** The records as bytes behind what the segment has: small ones copied together, large ones as they are. */
function framed(records: readonly Unwritten[], first: number, segment: OpenSegment): Framed {
  const names: string[] = [];
  const owners = new Map(segment.owners);
  const all = records.flatMap((record, index) => {
    const [sequence, { arrivedMs, body }] = [first + index, record];
    const known = owners.get(record.owner);
    if (known !== undefined) return [{ sequence, record: { owner: known, arrivedMs, body } }];
    const owner = owners.size + 1;
    owners.set(record.owner, owner);
    names.push(record.owner);
    return [
      { sequence, record: namingRecord(owner, record.owner) },
      { sequence, record: { owner, arrivedMs, body } },
    ];
  });
  const magic = segment.bytes === 0 ? [SEGMENT_MAGIC] : [];
  const copied = all.reduce((sum, { record }) => sum + RECORD_HEAD_BYTES + (isSmall(record.body) ? record.body.byteLength : 0), 0);
  const pieces: Uint8Array[] = [...magic];
  const copy = Buffer.allocUnsafe(copied);
  let [from, at] = [0, 0];
  for (const { record, sequence } of all) {
    at = putRecordHead(copy, at, record, sequence);
    if (isSmall(record.body)) {
      copy.set(record.body, at);
      at += record.body.byteLength;
    } else {
      pieces.push(copy.subarray(from, at), record.body);
      from = at;
    }
  }
  if (at > from) pieces.push(copy.subarray(from, at));
  return { pieces, names, bytes: pieces.reduce((sum, piece) => sum + piece.byteLength, 0) };
}

interface Framed {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
  /** Names that this segment did not know before, in the order of their numbers. */
  readonly names: readonly string[];
}

function isSmall(body: Uint8Array): boolean {
  return body.byteLength <= COPIED_BYTES_MAX;
}

/** What stands in a folder of segments, the end of the last one cut off where it is not whole. */
export async function findSegments(folder: InboxFolder): Promise<{ segments: Segment[]; next: number; cutBytes: number }> {
  const segments = (await folder.list())
    .flatMap(({ name, bytes }): Segment[] => {
      const first = firstSequenceOf(name);
      return first === undefined ? [] : [{ name, first, bytes }];
    })
    .toSorted((left, right) => left.first - right.first);
  const last = segments.pop();
  if (last === undefined) return { segments, next: 0, cutBytes: 0 };
  const reader = new SegmentReader(await folder.read(last.name), last.first);
  while (reader.next() !== undefined);
  if (reader.end < last.bytes) await folder.truncate(last.name, reader.end);
  return { segments: [...segments, { ...last, bytes: reader.end }], next: reader.sequence, cutBytes: last.bytes - reader.end };
}

/** Copying a body costs less than one more piece to write, up to here. */
const COPIED_BYTES_MAX = 16_384;
