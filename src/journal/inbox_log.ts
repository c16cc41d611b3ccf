import { setImmediate } from "node:timers/promises";
import { assert, type Counter, type Counters, formatSize, HotakaError, type Log, messageOf, type Steps } from "../kit/index.ts";
import { inboxFolder, type InboxFolder } from "./inbox_folder.ts";
import type { JournalPositions } from "./positions.ts";
import { RECORD_HEAD_BYTES, SegmentReader } from "./segment_format.ts";
import { findSegments, type Segment, Segments, type Unwritten } from "./segments.ts";

/**
 * Takes one record of an inbox: decodes it and hands its events on, all in one turn. It is called once for each record in the order of
 * the appends; after a crash it is called again for those behind the last checkpoint, with the times at which they arrived.
 */
export type Take = (record: Buffer, arrivedMs: number) => void;

/**
 * Told, in the same turn, that no further record comes in it: what was gathered from several of them is to be handed on. A checkpoint never
 * comes between a `take` and the `flush` behind it.
 */
export type Flush = () => void;

/** What an inbox log works with. */
export interface InboxLogOptions {
  /** Its folder; nothing else stands in it. Made with the first record. */
  readonly dir: string;
  /** Where it keeps how far statements have taken. */
  readonly positions: JournalPositions;
  readonly steps: Steps;
  readonly log: Log;
  readonly counters: Counters;
  /** Bytes on the disk; beyond it appends are refused. A quarter of it, at most 256 MB, may be files that wait to be written over. */
  readonly bytesMax: number;
  /** Resolves when those who take have room for more. */
  readonly room: () => Promise<void>;
  readonly openFolder?: (dir: string) => InboxFolder;
}

/**
 * The write-ahead log of what comes in and cannot be read again: what peers push. A record is appended, is on the disk, is taken, and only
 * then does its `append` resolve, so that the peer can be told that it is safe. All that waits while the disk is busy goes to it
 * together, with one sync.
 *
 * A checkpoint keeps how far records have been taken. `begin`, at the next start, gives those behind it once more, in order; `release`
 * removes the files that no checkpoint needs.
 */
export class InboxLog {
  readonly #options: InboxLogOptions;
  readonly #folder: InboxFolder;
  readonly #segments: Segments;
  readonly #found: readonly Segment[];
  readonly #takers = new Map<string, { readonly take: Take; readonly flush: Flush }>();
  readonly #count: InboxCounters;
  readonly #pending: Pending[] = [];
  #pendingBytes = 0;
  #working: Promise<void> | undefined;
  #hasBegun = false;
  #isClosed = false;
  /** Why nothing more is taken until there is room, as a sentence. */
  #fullness: string | undefined;
  readonly #awaitingRoom: (() => void)[] = [];
  #taken: number;
  /** Behind the last record that was appended, taken or not. */
  #end: number;
  #released: number;
  #failure: string | undefined;

  private constructor(options: InboxLogOptions, folder: InboxFolder, found: readonly Segment[], next: number) {
    this.#options = options;
    this.#folder = folder;
    this.#found = found;
    this.#taken = this.#released = takenOf(options.positions.get(POSITION)) ?? found[0]?.first ?? 0;
    const bounds = {
      segmentBytes: Math.min(SEGMENT_BYTES, options.bytesMax / 8),
      spareBytesMax: Math.min(SPARE_BYTES, options.bytesMax / 4),
    };
    this.#end = Math.max(next, this.#taken);
    this.#segments = new Segments(folder, bounds, found, this.#end);
    this.#count = countersOf(options.counters);
    options.steps.signal.addEventListener("abort", () => this.#refuseAll(), { once: true });
  }

  /** Finds what is there. Throws HOTAKA_DATA_DIR. */
  static async open(options: InboxLogOptions): Promise<InboxLog> {
    const { dir, log } = options;
    const folder = (options.openFolder ?? inboxFolder)(dir);
    try {
      const { segments, next, cutBytes } = await findSegments(folder);
      const inboxLog = new InboxLog(options, folder, segments, next);
      inboxLog.#count.cut.add(cutBytes);
      if (cutBytes > 0) log.info(`${dir}: ${cutBytes} bytes behind the last whole record were cut off: nobody was told they are safe.`);
      return inboxLog;
    } catch (thrown) {
      const sentence = `${dir} cannot be used for what is pushed in: ${messageOf(thrown)}. Make it a folder that this user may write.`;
      throw new HotakaError("HOTAKA_DATA_DIR", sentence, { details: { dir }, cause: thrown });
    }
  }

  /** The number behind the last record that was taken: what a checkpoint of this instant stands at. */
  get taken(): number {
    return this.#taken;
  }

  /** The number behind the last record that was appended, whether it has been taken or not. */
  get end(): number {
    return this.#end;
  }

  /** Why records are refused now, as a sentence; undefined when they are not. */
  get problem(): string | undefined {
    return this.#failure ?? this.#fullness;
  }

  /**
   * The inbox of that name, to be opened before `begin`: records that were kept under the name go to whoever opens it at the next start.
   * Throws HOTAKA_CONFIG_DUPLICATE when there is one of it.
   */
  inbox(key: string, take: Take, flush: Flush = () => {}): Inbox {
    if (this.#takers.has(key)) {
      throw new HotakaError("HOTAKA_CONFIG_DUPLICATE", `two sources receive as "${key}". Give one of them another address.`);
    }
    assert(!this.#hasBegun, `the inbox "${key}" was opened after records were given out`);
    this.#takers.set(key, { take, flush });
    return {
      append: (record, arrivedMs) => this.#append(key, record, arrivedMs),
      admits: (bytes) => this.#admits(bytes + RECORD_HEAD_BYTES),
      room: () => this.#room(),
    };
  }

  /** Gives out again what was not yet taken at the last checkpoint, and then lets the appends go on that have come meanwhile. */
  async begin(): Promise<void> {
    await this.#recover();
    this.#hasBegun = true;
    this.#wake();
  }

  /** A checkpoint has been written that stands at `taken`: files that neither it nor the one before it needs are removed. */
  async release(taken: number): Promise<void> {
    const before = this.#released;
    this.#released = taken;
    try {
      await this.#segments.release(before);
    } catch (thrown) {
      this.#options.log.warn(`${this.#options.dir} keeps an old file that could not be removed: ${messageOf(thrown)}.`);
    }
    this.#giveRoom();
  }

  /** Finishes what is being written, and refuses the rest. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#refuseAll();
    await this.#working;
    await this.#segments.close();
  }

  #append(owner: string, body: Uint8Array, arrivedMs: number): Promise<void> {
    const { steps, bytesMax } = this.#options;
    if (this.#isClosed || steps.stopping) return Promise.reject(stopping());
    const bytes = body.byteLength + RECORD_HEAD_BYTES;
    if (bytes > bytesMax / 4) return Promise.reject(tooLarge(bytes, bytesMax));
    const fullness = this.#fullnessWith(bytes);
    if (fullness !== undefined) return Promise.reject(this.#full(fullness));
    this.#end++;
    return new Promise((resolve, reject) => {
      this.#pending.push({ owner, body, arrivedMs, resolve, reject });
      this.#pendingBytes += bytes;
      this.#wake();
    });
  }

  #admits(bytes: number): boolean {
    const fullness = this.#fullnessWith(bytes);
    if (fullness !== undefined) this.#full(fullness);
    return fullness === undefined;
  }

  /** Why so many bytes more have no room now; undefined where they have. */
  #fullnessWith(bytes: number): string | undefined {
    const { bytesMax, dir } = this.#options;
    if (this.#segments.bytes + this.#pendingBytes + bytes > bytesMax) {
      return `${dir} holds ${formatSize(bytesMax)}, as much as inbox.bytes_max allows: nothing more is taken until a checkpoint frees some.`;
    }
    if (this.#pending.length > 0 && this.#pendingBytes + bytes > PENDING_BYTES_MAX) {
      return `${formatSize(this.#pendingBytes)} wait to be written to ${dir}: the disk is slower than what comes in.`;
    }
    return undefined;
  }

  async #room(): Promise<void> {
    while (this.#fullness !== undefined && !this.#isClosed && !this.#options.steps.stopping) {
      await new Promise<void>((resolve) => {
        this.#awaitingRoom.push(resolve);
      });
    }
  }

  #wake(): void {
    if (!this.#hasBegun || this.#working !== undefined || this.#pending.length === 0) return;
    this.#working = this.#work().finally(() => {
      this.#working = undefined;
      this.#wake();
    });
  }

  async #work(): Promise<void> {
    const { steps, room } = this.#options;
    // What comes in the same turn of the event loop is written together.
    await setImmediate();
    while (this.#pending.length > 0) {
      await room();
      const group = this.#nextGroup();
      if (group.length === 0) return;
      try {
        await steps.run("inbox", async () => this.#commit(group));
      } catch (thrown) {
        for (const { reject } of group) reject(steps.stopping ? stopping() : thrown);
      }
      this.#giveRoom();
    }
  }

  /** What is written at once: so much that a sync is worth it, and so little that memory for it is bounded. */
  #nextGroup(): Pending[] {
    let [count, bytes] = [0, 0];
    for (const { body } of this.#pending) {
      bytes += body.byteLength + RECORD_HEAD_BYTES;
      count++;
      if (bytes >= GROUP_BYTES) break;
    }
    this.#pendingBytes -= bytes;
    return this.#pending.splice(0, count);
  }

  async #commit(group: readonly Pending[]): Promise<void> {
    try {
      await this.#segments.append(group);
    } catch (thrown) {
      throw this.#writeFailure(thrown);
    }
    if (this.#failure !== undefined) this.#options.log.info(`${this.#options.dir} is written again.`);
    this.#failure = undefined;
    this.#count.commits.add();
    this.#count.records.add(group.length);
    for (const { owner, body, arrivedMs } of group) {
      this.#take(owner, asBuffer(body), arrivedMs);
      this.#count.bytes.add(body.byteLength);
    }
    this.#flush();
    for (const { resolve } of group) resolve();
  }

  #take(owner: string, body: Buffer, arrivedMs: number): void {
    const taker = this.#takers.get(owner);
    if (taker === undefined) this.#count.orphaned.add();
    else this.#guard(owner, () => taker.take(body, arrivedMs));
    // In the same turn, so that a checkpoint holds both the record's events and its number, or neither.
    this.#taken++;
    this.#options.positions.set(POSITION, { taken: this.#taken });
  }

  #flush(): void {
    for (const [owner, { flush }] of this.#takers) this.#guard(owner, flush);
  }

  /** What is thrown is a defect of ours, not of the input, which is checked by who takes it. To give it out again would only meet it again. */
  #guard(owner: string, step: () => void): void {
    try {
      step();
    } catch (thrown) {
      this.#count.failed.add();
      this.#options.log.error(`inbox: a record of ${owner} could not be taken: ${messageOf(thrown)}`);
    }
  }

  async #recover(): Promise<void> {
    const { steps, room, log } = this.#options;
    const first = this.#taken;
    for (const [index, segment] of this.#found.entries()) {
      const end = this.#found[index + 1]?.first ?? this.#segments.next;
      if (end <= this.#taken) continue;
      const reader = new SegmentReader(await this.#folder.read(segment.name), segment.first);
      let isMore = true;
      while (isMore && !steps.stopping) {
        await room();
        if (!steps.stopping) isMore = await steps.run("inbox", () => this.#giveAgain(reader, end));
      }
      if (steps.stopping) return;
      if (reader.sequence < end) await this.#damaged(segment, end - Math.max(reader.sequence, this.#taken));
      this.#taken = Math.max(this.#taken, end);
    }
    this.#count.recovered.add(this.#taken - first);
    if (this.#taken > first) log.info(`${this.#taken - first} records that were received before are taken up again.`);
    const orphaned = this.#count.orphaned.value;
    if (orphaned > 0) log.error(`${orphaned} of them are given up: the source that received them is no longer in the settings.`);
  }

  /** Gives out about a megabyte. True when there is more. */
  #giveAgain(reader: SegmentReader, end: number): boolean {
    const isMore = this.#giveSome(reader, end);
    this.#flush();
    return isMore;
  }

  #giveSome(reader: SegmentReader, end: number): boolean {
    for (let bytes = 0; bytes < AGAIN_BYTES;) {
      // Behind `end` stands what was written and never promised, before its file was given up.
      const record = reader.sequence < end ? reader.next() : undefined;
      if (record === undefined) return false;
      if (record.sequence < this.#taken) continue;
      this.#take(record.owner, record.body, record.arrivedMs);
      bytes += record.body.length + RECORD_HEAD_BYTES;
    }
    return true;
  }

  async #damaged({ name }: Segment, lost: number): Promise<void> {
    const { dir, log } = this.#options;
    this.#count.lost.add(lost);
    await this.#folder.copyAside(name);
    const sentence = `${dir}/${name} is damaged, and ${lost} records that were received in it are lost. It is kept as ${name}.damaged.`;
    log.error(`HOTAKA_INBOX_CORRUPT: ${sentence} Is the disk failing?`);
  }

  #full(sentence: string): HotakaError {
    this.#count.refused.add();
    if (this.#fullness === undefined) this.#options.log.warn(sentence);
    this.#fullness = sentence;
    return new HotakaError("HOTAKA_INBOX_FULL", sentence);
  }

  #writeFailure(thrown: unknown): HotakaError {
    const { dir, log } = this.#options;
    this.#count.unwritten.add();
    const sentence = `${dir} could not be written: ${messageOf(thrown)}. What was being received was refused; make room on the disk if it is full.`;
    if (this.#failure === undefined) log.error(sentence);
    this.#failure = sentence;
    return new HotakaError("HOTAKA_JOURNAL_WRITE", sentence, { cause: thrown });
  }

  #giveRoom(): void {
    const { bytesMax, log, dir } = this.#options;
    const isRoomy = this.#segments.bytes + this.#pendingBytes <= bytesMax * ROOM_SHARE && this.#pendingBytes <= PENDING_BYTES_MAX / 2;
    if (this.#fullness !== undefined && isRoomy) {
      this.#fullness = undefined;
      log.info(`${dir} has room again.`);
    }
    if (this.#fullness === undefined || this.#isClosed || this.#options.steps.stopping) {
      for (const resolve of this.#awaitingRoom.splice(0)) resolve();
    }
  }

  #refuseAll(): void {
    for (const { reject } of this.#pending.splice(0)) reject(stopping());
    this.#pendingBytes = 0;
    this.#giveRoom();
  }
}

/** The way into the log for one who receives. */
export interface Inbox {
  /**
   * Resolves when the bytes are on the disk and have been taken, after all that was appended before; they must not change until then.
   * Rejects, and then nothing is kept, with HOTAKA_INBOX_FULL (await `room` and append again, or refuse the peer), HOTAKA_INBOX_RECORD
   * (the record is larger than ever fits), HOTAKA_JOURNAL_WRITE (the disk) or HOTAKA_STOPPING.
   */
  append(record: Uint8Array, arrivedMs: number): Promise<void>;
  /** Whether a record of so many bytes, appended in this turn, would not be refused with HOTAKA_INBOX_FULL. False counts as a refusal. */
  admits(bytes: number): boolean;
  /** Resolves when the log is not full, or when the daemon stops. */
  room(): Promise<void>;
}

interface Pending extends Unwritten {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

type InboxCounters = ReturnType<typeof countersOf>;

function countersOf(counters: Counters) {
  const counter = (name: string, help: string): Counter => counters.counter(`inbox_${name}`, help);
  return {
    records: counter("records", "Records received from peers, written and taken."),
    bytes: counter("bytes", "Bytes of the records received from peers."),
    commits: counter("commits", "Writes to the log of what is received, each with one sync."),
    refused: counter("records_refused", "Records refused because inbox.bytes_max was reached, or the disk was slower than what came in."),
    unwritten: counter("commits_failed", "Writes to the log of what is received that failed; nobody was told that it is safe."),
    recovered: counter("records_recovered", "Records taken again at start because the last checkpoint was older."),
    orphaned: counter("records_orphaned", "Records found at start whose source is no longer in the settings."),
    lost: counter("records_lost", "Records lost in a file that was found damaged at start."),
    cut: counter("bytes_cut", "Bytes found at start behind the last whole record, as a crash leaves them."),
    failed: counter("records_failed", "Records that could not be taken because of a defect."),
  };
}

function takenOf(position: unknown): number | undefined {
  if (typeof position !== "object" || position === null || !("taken" in position)) return undefined;
  return Number.isSafeInteger(position.taken) ? Number(position.taken) : undefined;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function stopping(): HotakaError {
  return new HotakaError("HOTAKA_STOPPING", "nothing more is received: the daemon is stopping.");
}

function tooLarge(bytes: number, bytesMax: number): HotakaError {
  const sentence = `${formatSize(bytes)} came at once; at most a quarter of inbox.bytes_max (${formatSize(bytesMax / 4)}) is taken at once.`;
  return new HotakaError("HOTAKA_INBOX_RECORD", sentence);
}

/** The bytes on the disk of an inbox log, unless settings say otherwise. */
export const INBOX_BYTES_MAX = 2 * 1024 ** 3;

const POSITION = "inbox";
const SEGMENT_BYTES = 16 << 20;
const SPARE_BYTES = 256 << 20;
const GROUP_BYTES = 4 << 20;
const PENDING_BYTES_MAX = 64 << 20;
const AGAIN_BYTES = 1 << 20;
/** Once full, it takes nothing until so much of it is free again. */
const ROOM_SHARE = 0.9;
