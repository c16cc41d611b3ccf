import type { SourceContext } from "../../component/index.ts";
import { BytesView } from "../../event/index.ts";
import { type Counter, HotakaError, msgpackChildren, msgpackHeadLength, skipMsgpack } from "../../kit/index.ts";
import { type Compression, decompressed } from "../decompressed.ts";
import { type NamedTarget, NamedTargets } from "../named_targets.ts";
import { RefusalCounter } from "../refusal_counter.ts";
import { EntryTime } from "./entry_time.ts";
import { eachJsonMessage, jsonChunk } from "./json_message.ts";
import { type ForwardMessage, readMessage } from "./message.ts";
import { MessageNarrower, type NarrowedMessage, narrowedMessages } from "./narrowed_messages.ts";
import { RecentChunks } from "./recent_chunks.ts";

export interface MessageTakerOptions {
  readonly context: SourceContext;
  /** Under which it keeps the chunks that it knows. */
  readonly positionKey: string;
  /** Where all goes; without it the routes say where a tag does. */
  readonly target: string | undefined;
  /** What a tag is called from here on. */
  readonly tagOf: (tag: string) => string;
  readonly decompressedBytesMax: number;
}

/**
 * Takes messages that are safe on the disk and decodes what is wanted of their entries. Anything may stand in them: what is no entry is
 * counted, and what is behind it in the same message is lost with it when nobody can say where it begins.
 */
export class MessageTaker {
  readonly #options: MessageTakerOptions;
  readonly #targets: NamedTargets;
  readonly #recent: RecentChunks;
  #hasNewChunks = false;
  readonly #time = new EntryTime();
  readonly #view = new BytesView();
  readonly #narrower = new MessageNarrower((tag) => this.#targets.known(this.#options.tagOf(tag)));
  readonly #entries: Counter;
  readonly #repeated: Counter;
  readonly #refusedMessages: RefusalCounter;
  readonly #refusedEntries: RefusalCounter;

  constructor(options: MessageTakerOptions) {
    const { context, positionKey } = options;
    this.#options = options;
    this.#targets = new NamedTargets(context, options.target);
    this.#recent = new RecentChunks(context.positions.get(positionKey));
    const labels = { source: context.name };
    this.#entries = context.counters.counter("forward_entries", "Entries of messages that became events.", labels);
    this.#repeated = context.counters.counter("forward_chunks_repeated", "Chunks that were sent again and had been taken before.", labels);
    const help = (what: string): string => `${what} of the forward protocol that are none, or cannot be taken.`;
    this.#refusedMessages = new RefusalCounter(context, "forward_messages_refused", help("Messages"));
    this.#refusedEntries = new RefusalCounter(context, "forward_entries_refused", help("Entries"));
  }

  get entries(): number {
    return this.#entries.value;
  }

  /** Whole messages, one after another. */
  readonly take = (bytes: Buffer, arrivedMs: number): void => {
    for (let at = 0; at < bytes.length;) {
      const end = skipMsgpack(bytes, at, bytes.length);
      if (end < 0) return this.#refusedMessages.add("shape", "a message that is not whole was refused.");
      this.#takeMessage(bytes, at, end, arrivedMs);
      at = end;
    }
  };

  /** What is to be kept of whole messages, for `takeNarrowed`; good until the next call. Undefined where it is all of them, for `take`. */
  narrowed(messages: Buffer): Buffer | undefined {
    return this.#narrower.recordOf(messages);
  }

  /** As `take`, of what `narrowed` gave. */
  readonly takeNarrowed = (record: Buffer, arrivedMs: number): void => {
    for (const message of narrowedMessages(record)) this.#takeNarrowed(record, message, arrivedMs);
  };

  /** As `take`, for messages that came as JSON. */
  readonly takeJson = (bytes: Buffer, arrivedMs: number): void => {
    eachJsonMessage(bytes, (message) => {
      const problem = this.#takeJsonMessage(message, arrivedMs);
      if (problem !== undefined) this.#refuseMessage(problem);
    });
  };

  /** Hands on what was decoded, and keeps which chunks that was: once for all that were taken together, for there may be a thousand ids. */
  readonly flush = (): void => {
    this.#targets.flush();
    if (!this.#hasNewChunks) return;
    this.#hasNewChunks = false;
    this.#options.context.positions.set(this.#options.positionKey, this.#recent.ids);
  };

  #takeMessage(bytes: Buffer, start: number, end: number, arrivedMs: number): void {
    const message = readMessage(bytes, start, end);
    if (message === "heartbeat") return;
    if (typeof message === "string") return this.#refuseMessage(message);
    if (message.options.signal !== 0) {
      return this.#refusedMessages.add("signal", `metrics or traces tagged ${message.tag} were refused: only logs are taken.`);
    }
    if (message.options.chunk !== undefined && this.#isRepeated(message.options.chunk)) return;
    const target = this.#targets.find(this.#options.tagOf(message.tag));
    if (target !== undefined) this.#takeEntries(bytes, message, target, arrivedMs);
  }

  #takeNarrowed(record: Buffer, { tag, chunk, start, end, leftOut }: NarrowedMessage, arrivedMs: number): void {
    if (chunk !== undefined && this.#isRepeated(chunk)) return;
    const target = this.#targets.find(this.#options.tagOf(tag));
    if (target === undefined) return;
    const { intake, msgpack } = target;
    const view = this.#view.of(record);
    intake.columns.lack(msgpack.isAnyWanted(leftOut) ? leftOut : []);
    intake.columns.lend(record);
    let entries = 0;
    for (let at = start; at >= 0 && at < end; entries++) {
      const ms = view.getFloat64(at, true);
      at = msgpack.take(record, at + TIME_BYTES, end, intake.clock === "arrival" || Number.isNaN(ms) ? arrivedMs : ms);
    }
    intake.columns.lend(undefined);
    this.#entries.add(entries);
    if (leftOut.length > 0) intake.columns.lack([]);
  }

  #isRepeated(chunk: Buffer): boolean {
    const isRepeated = this.#recent.isRepeated(chunk);
    if (isRepeated) this.#repeated.add();
    else this.#hasNewChunks = true;
    return isRepeated;
  }

  #takeEntries(bytes: Buffer, message: ForwardMessage, target: NamedTarget, arrivedMs: number): void {
    const { bodyStart, bodyEnd } = message;
    if (message.mode === "message") {
      this.#takeEntry(bytes, bodyStart, bodyEnd, target, arrivedMs);
    } else if (message.mode === "forward") {
      let at = bodyStart + msgpackHeadLength(bytes, bodyStart, bodyEnd);
      for (let left = msgpackChildren(bytes, bodyStart); left > 0; left--) at = this.#takeListed(bytes, at, bodyEnd, target, arrivedMs);
    } else {
      const packed = this.#unpacked(bytes.subarray(bodyStart, bodyEnd), message);
      if (packed === undefined) return;
      target.intake.columns.lend(packed);
      for (let at = 0; at >= 0 && at < packed.length;) at = this.#takeListed(packed, at, packed.length, target, arrivedMs);
      target.intake.columns.lend(undefined);
    }
  }

  #unpacked(packed: Buffer, { tag, options: { compressed } }: ForwardMessage): Buffer | undefined {
    if (compressed === "text" || compressed === "") return packed;
    if (!isCompression(compressed)) {
      this.#refusedMessages.add("compression", `a message tagged ${tag} was refused: it is compressed in a way that is not known here.`);
      return undefined;
    }
    try {
      return decompressed(packed, compressed, this.#options.decompressedBytesMax);
    } catch (thrown) {
      if (!(thrown instanceof HotakaError)) throw thrown;
      this.#refusedMessages.add("compression", `a message tagged ${tag} was refused: ${thrown.message}`);
      return undefined;
    }
  }

  /** Takes `[time, record]` at `at`, and gives where it ends; -1 when nobody can say where. */
  #takeListed(bytes: Buffer, at: number, end: number, target: NamedTarget, arrivedMs: number): number {
    if (bytes[at] === 0x92) {
      const after = this.#takeEntry(bytes, at + 1, end, target, arrivedMs);
      if (after >= 0) return after;
    }
    const after = skipMsgpack(bytes, at, end);
    if (bytes[at] !== 0x92)
      this.#refusedEntries.add("entry", `an entry for ${target.intake.schema.target} was refused: [time, record] was wanted.`);
    else if (after < 0) this.#refusedEntries.add("cut", `entries for ${target.intake.schema.target} were refused: they are cut off.`);
    return after;
  }

  /** Takes a time and a record behind it, and gives where they end; -1, and nothing is taken, when they are none. */
  #takeEntry(bytes: Buffer, at: number, end: number, { intake, msgpack }: NamedTarget, arrivedMs: number): number {
    const time = this.#time;
    time.read(bytes, at, end);
    if (time.end < 0) return -1;
    const ms = intake.clock === "arrival" || Number.isNaN(time.ms) ? arrivedMs : time.ms;
    const after = msgpack.take(bytes, time.end, end, ms);
    if (after >= 0) this.#entries.add();
    else if (skipMsgpack(bytes, time.end, end) >= 0) {
      this.#refusedEntries.add("record", `an entry for ${intake.schema.target} was refused: its record is no map.`);
    }
    return after;
  }

  /** Gives why it is no message. */
  #takeJsonMessage(message: unknown, arrivedMs: number): "shape" | "tag" | undefined {
    if (!Array.isArray(message)) return "shape";
    const [tag, second, third] = message as readonly unknown[];
    if (typeof tag !== "string") return "tag";
    const chunk = jsonChunk(message as readonly unknown[]);
    if (chunk !== undefined && this.#isRepeated(Buffer.from(chunk))) return undefined;
    const target = this.#targets.find(this.#options.tagOf(tag));
    if (target === undefined) return undefined;
    const entries: readonly unknown[] = Array.isArray(second) ? second : [[second, third]];
    for (const entry of entries) {
      const [time, record] = Array.isArray(entry) ? (entry as readonly unknown[]) : [];
      const isTimed = typeof time === "number" && time !== 0 && target.intake.clock === "event";
      if (target.intake.columns.take(record, isTimed ? time * 1000 : arrivedMs)) this.#entries.add();
      else this.#refusedEntries.add("record", `an entry for ${target.intake.schema.target} was refused: its record is no object.`);
    }
    return undefined;
  }

  #refuseMessage(problem: "shape" | "tag"): void {
    const wanted = problem === "tag" ? "its tag is no text" : "[tag, entries], with or without options, was wanted";
    this.#refusedMessages.add(problem, `a message was refused: ${wanted}.`);
  }
}

const TIME_BYTES = 8;

function isCompression(name: string): name is Compression {
  return name === "gzip" || name === "zstd";
}
