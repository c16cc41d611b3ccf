import type { Socket } from "node:net";
import { randomBytes } from "node:crypto";
import type { Inbox, SourceContext } from "../../component/index.ts";
import { formatSize, HotakaError, messageOf, msgpackOf, skipMsgpack } from "../../kit/index.ts";
import type { RefusalCounter } from "../refusal_counter.ts";
import { type MemoryPool, StreamBuffer } from "../stream_buffer.ts";
import type { StreamConnection } from "../stream_listener.ts";
import type { Framer } from "./framer.ts";
import { answerPing, type Challenge, type HandshakeKeys, heloOf } from "./handshake.ts";
import { JsonFramer } from "./json_framer.ts";
import { eachJsonMessage, jsonChunk } from "./json_message.ts";
import { readMessage } from "./message.ts";
import { MsgpackFramer } from "./msgpack_framer.ts";

/** What every connection of a forward source shares. */
export interface ForwardPort {
  readonly context: SourceContext;
  readonly messages: Inbox;
  /** For records that `narrowed` makes. */
  readonly narrowedMessages: Inbox;
  readonly jsonMessages: Inbox;
  readonly keys: HandshakeKeys | undefined;
  readonly messageBytesMax: number;
  readonly messageTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly refused: RefusalCounter;
  readonly pool: MemoryPool;
  /** What is to be kept of whole messages, good until the next call; undefined where it is all of them. */
  narrowed(messages: Buffer): Buffer | undefined;
  /** Asks for so many more bytes of memory for messages that are not whole, or gives them back. False when there are none. */
  reserve(bytes: number): boolean;
}

/** What a connection does with its socket. */
type Wire = Pick<Socket, "remoteAddress" | "pause" | "resume" | "destroySoon"> & { write(bytes: Buffer): unknown };

/**
 * One connection: the handshake where a key is asked for, then messages. What is whole is appended to the inbox, all of it that came at
 * once in one piece, without what nobody asks for or as it came, and each message that asks for it is acknowledged when it is safe.
 */
export class ForwardConnection implements StreamConnection {
  dueMs: number;
  readonly #port: ForwardPort;
  readonly #socket: Wire;
  readonly #peer: string;
  readonly #buffer: StreamBuffer;
  #framer: Framer | undefined;
  #inbox: Inbox;
  #challenge: Challenge | undefined;
  #reservedBytes = 0;
  #appending: Promise<void> = Promise.resolve();
  #appendingBytes = 0;
  #isClosed = false;

  constructor(port: ForwardPort, socket: Wire) {
    this.#port = port;
    this.#socket = socket;
    this.#peer = socket.remoteAddress ?? "a peer";
    this.#buffer = new StreamBuffer(port.pool);
    this.#inbox = port.messages;
    this.dueMs = port.context.clock.nowMs() + port.messageTimeoutMs;
    if (port.keys !== undefined) {
      this.#challenge = { nonce: randomBytes(16).toString("hex"), authSalt: randomBytes(16).toString("hex") };
      socket.write(heloOf(port.keys, this.#challenge));
    }
  }

  /** Nothing of `piece` is looked at once this has returned. */
  receive(piece: Buffer): void {
    if (this.#isClosed) return;
    this.#framer ??= this.#framerFor(piece[0]!);
    const bytes = this.#buffer.with(piece);
    if (this.#challenge !== undefined) return this.#receivePing(bytes, this.#challenge);
    const { wholeEnd, neededBytes, problem } = this.#framer.scan(bytes, bytes.length);
    const wasBegun = bytes !== piece;
    const memory = this.#buffer.keep(bytes, wholeEnd);
    if (wholeEnd > 0) this.#append(bytes.subarray(0, wholeEnd), memory);
    if (problem !== undefined) return this.#refuse("bytes", `${problem}.`);
    this.#bound(neededBytes, wasBegun && wholeEnd === 0);
  }

  /** The peer sends no more, or it is time to end: what is safe is still acknowledged. */
  async finish(): Promise<void> {
    await this.#appending;
    this.#end();
  }

  timedOut(): void {
    // It is we who hold it back.
    if (this.#appendingBytes > 0) {
      this.dueMs = this.#port.context.clock.nowMs() + this.#port.messageTimeoutMs;
      return;
    }
    const what = this.#challenge === undefined ? "a message was not whole" : "there was no answer to HELO";
    if (this.#buffer.length > 0 || this.#challenge !== undefined) this.#refuse("timeout", `${what} within message_timeout.`);
    else this.#end();
  }

  closed(): void {
    this.#isClosed = true;
    this.#buffer.clear();
    this.#reserve(0);
  }

  #framerFor(firstByte: number): Framer {
    if ((firstByte !== OPEN_MAP && firstByte !== OPEN_LIST) || this.#port.keys !== undefined) return new MsgpackFramer();
    this.#inbox = this.#port.jsonMessages;
    return new JsonFramer();
  }

  #receivePing(bytes: Buffer, challenge: Challenge): void {
    const { keys, context } = this.#port;
    if (keys === undefined) return;
    const end = skipMsgpack(bytes, 0, bytes.length);
    if (end < 0) {
      if (bytes.length > PING_BYTES_MAX) this.#refuse("handshake", "PING was wanted, and something longer came.");
      else this.#buffer.keep(bytes, 0);
      return;
    }
    const { pong, reason } = answerPing(bytes.subarray(0, end), keys, challenge);
    this.#socket.write(pong);
    if (reason !== undefined) return this.#refuse("handshake", `${reason}.`);
    this.#challenge = undefined;
    this.dueMs = context.clock.nowMs() + this.#port.idleTimeoutMs;
    // A client waits for PONG before it sends; one that does not is as good.
    const rest = Buffer.from(bytes.subarray(end));
    this.#buffer.clear();
    if (rest.length > 0) this.receive(rest);
  }

  /** Sees to the bounds of the message that is not whole; `isOlder`: it was begun before this piece came. */
  #bound(neededBytes: number, isOlder: boolean): void {
    const { messageBytesMax, messageTimeoutMs, idleTimeoutMs, context } = this.#port;
    if (neededBytes > messageBytesMax) {
      return this.#refuse("size", `a message of more than ${formatSize(messageBytesMax)} (message_bytes_max) was sent.`);
    }
    if (!this.#reserve(this.#buffer.heldBytes)) {
      return this.#refuse("memory", "too much memory is held for messages that are not whole (buffer_bytes_max).");
    }
    // A message that has begun has until then, however slowly its bytes come; one that was finished starts the time anew.
    if (this.#buffer.length === 0) this.dueMs = context.clock.nowMs() + idleTimeoutMs;
    else if (!isOlder) this.dueMs = context.clock.nowMs() + messageTimeoutMs;
  }

  /** `memory` is where the messages stand, if that is the pool's. */
  #append(messages: Buffer, memory: Buffer | undefined): void {
    const held: Held = { bytes: messages.length };
    this.#appendingBytes += messages.length;
    const acks = this.#inbox === this.#port.jsonMessages ? jsonAcks(messages) : msgpackAcks(messages);
    const appended = this.#kept(messages, memory, held);
    if (this.#appendingBytes > APPENDING_BYTES_MAX) this.#socket.pause();
    // Looked at below, in turn.
    appended.catch(() => {});
    // In turn, so that acknowledgements go out in the order of the messages.
    this.#appending = this.#settle({ held, acks, appended, before: this.#appending });
  }

  async #settle({ held, acks, appended, before }: Appending): Promise<void> {
    await before;
    try {
      await appended;
    } catch (thrown) {
      // Nothing was acknowledged, so the peer sends it again.
      return this.#refuse(thrown instanceof HotakaError && thrown.code === "HOTAKA_STOPPING" ? undefined : "disk", messageOf(thrown));
    }
    this.#appendingBytes -= held.bytes;
    if (this.#isClosed) return;
    if (acks.length > 0) this.#socket.write(acks);
    if (this.#appendingBytes <= APPENDING_BYTES_MAX) this.#socket.resume();
  }

  /** Waits as long as the log is full: the peer is held back by its socket. */
  async #kept(messages: Buffer, memory: Buffer | undefined, held: Held): Promise<void> {
    const { pool, context, narrowedMessages } = this.#port;
    const arrivedMs = context.clock.nowMs();
    // What stands in the piece that came is gone once anybody else has had a turn.
    let own = memory === undefined ? undefined : { messages, memory };
    while (!this.#inbox.admits(messages.length)) {
      own ??= this.#copyOf(messages);
      this.#socket.pause();
      await this.#inbox.room();
    }
    // In the turn in which it is appended: what somebody asks for from then on is in what is appended from then on.
    const narrowed = this.#inbox === this.#port.jsonMessages ? undefined : this.#port.narrowed(own?.messages ?? messages);
    if (narrowed === undefined) {
      own ??= this.#copyOf(messages);
      await this.#inbox.append(own.messages, arrivedMs);
      return pool.give(own.memory);
    }
    const record = this.#copyOf(narrowed);
    // The messages are not needed any more: the next ones come into memory that the processor has at hand.
    pool.give(own?.memory);
    this.#appendingBytes += narrowed.length - held.bytes;
    held.bytes = narrowed.length;
    await narrowedMessages.append(record.messages, arrivedMs);
    pool.give(record.memory);
  }

  /** In memory that is to be given back to the pool. */
  #copyOf(messages: Buffer): { readonly messages: Buffer; readonly memory: Buffer } {
    const memory = this.#port.pool.take(messages.length);
    messages.copy(memory);
    return { messages: memory.subarray(0, messages.length), memory };
  }

  #reserve(bytes: number): boolean {
    if (bytes !== this.#reservedBytes && !this.#port.reserve(bytes - this.#reservedBytes)) return false;
    this.#reservedBytes = bytes;
    return true;
  }

  /** Ends the connection for a reason that is counted, where there is one. */
  #refuse(reason: string | undefined, sentence: string): void {
    if (this.#isClosed) return;
    if (reason !== undefined) this.#port.refused.add(reason, `the connection of ${this.#peer} was ended: ${sentence}`);
    this.#end();
  }

  #end(): void {
    if (this.#isClosed) return;
    this.closed();
    // What was written before, such as the reason of a refusal, is still sent.
    this.#socket.destroySoon();
  }
}

/** Bytes that are held until what they are is on the disk. */
interface Held {
  bytes: number;
}

interface Appending {
  readonly held: Held;
  /** What is answered when they are safe; nothing where none of them asks. */
  readonly acks: Buffer;
  readonly appended: Promise<void>;
  readonly before: Promise<void>;
}

/** `{ "ack": chunk }` for each message that asks, its id byte for byte as it came. */
function msgpackAcks(messages: Buffer): Buffer {
  const acks: Buffer[] = [];
  for (let at = 0; at < messages.length;) {
    const end = skipMsgpack(messages, at, messages.length);
    if (end < 0) break;
    const message = readMessage(messages, at, end);
    if (typeof message !== "string" && message.options.chunk !== undefined) acks.push(ACK_HEAD, message.options.chunk);
    at = end;
  }
  return Buffer.concat(acks);
}

function jsonAcks(messages: Buffer): Buffer {
  const acks: Buffer[] = [];
  eachJsonMessage(messages, (message) => {
    const chunk = Array.isArray(message) ? jsonChunk(message as readonly unknown[]) : undefined;
    if (chunk !== undefined) acks.push(Buffer.from(JSON.stringify({ ack: chunk })));
  });
  return Buffer.concat(acks);
}

const ACK_HEAD = Buffer.concat([Buffer.from([0x81]), msgpackOf("ack")]);
const OPEN_LIST = 0x5b;
const OPEN_MAP = 0x7b;
const PING_BYTES_MAX = 4096;
/** A peer that sends faster than the disk writes is held back from here on. */
const APPENDING_BYTES_MAX = 1 << 20;
