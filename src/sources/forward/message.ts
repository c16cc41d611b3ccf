import { msgpackChildren, msgpackHeadLength, msgpackTextHead, skipMsgpack } from "../../kit/index.ts";

/**
 * One message of the Forward protocol v1, told apart by its second element.
 *
 *     Message      = [ tag, time, record, option? ]
 *     Forward      = [ tag, [ entry* ], option? ]
 *     PackedForward = [ tag, str or bin of entry*, option? ]     ; also compressed, as option says
 *     entry        = [ time, record ]
 *     option       = { "size": n, "chunk": id, "compressed": "text" | "gzip" | "zstd", "fluent_signal": n, ... }
 *     heartbeat    = nil
 *
 * @see https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1
 */
export interface ForwardMessage {
  readonly mode: "message" | "forward" | "packed";
  readonly tag: string;
  /** The time and record, the entries as values, or the packed bytes. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
  readonly options: ForwardOptions;
}

interface ForwardOptions {
  /** The id that is to be acknowledged, as the value came: it goes back byte for byte. */
  readonly chunk: Buffer | undefined;
  readonly compressed: string;
  /** 0 for logs; Fluent Bit sends metrics (1) and traces (2) the same way. */
  readonly signal: number;
}

/** The message `[start, end)`, which is one whole value of MessagePack; or why it is none. */
export function readMessage(bytes: Buffer, start: number, end: number): ForwardMessage | MessageProblem {
  if (bytes[start] === 0xc0) return "heartbeat";
  if (!isArray(bytes[start]!)) return "shape";
  const count = msgpackChildren(bytes, start);
  const tagAt = start + msgpackHeadLength(bytes, start, end);
  const tagHead = msgpackTextHead(bytes, tagAt, end);
  if (count < 2 || tagHead === 0) return "tag";
  const second = skipMsgpack(bytes, tagAt, end);
  const tag = bytes.toString("utf8", tagAt + tagHead, Math.min(second, tagAt + tagHead + TAG_BYTES_MAX));
  const packedHead = msgpackTextHead(bytes, second, end);
  const mode = packedHead > 0 ? "packed" : isEntries(bytes, second, end) ? "forward" : "message";
  if (mode === "message" && count < 3) return "shape";
  let bodyEnd = skipMsgpack(bytes, second, end);
  if (mode === "message") bodyEnd = skipMsgpack(bytes, bodyEnd, end);
  const options = count > (mode === "message" ? 3 : 2) ? readOptions(bytes, bodyEnd, end) : NO_OPTIONS;
  return { mode, tag, bodyStart: second + packedHead, bodyEnd, options };
}

/** What a message may be instead of one; a small fixed set, for labels. */
export type MessageProblem = "heartbeat" | "shape" | "tag";

/** Fluent Bit's time with metadata is an array too; in a Message it is followed by a record. */
function isEntries(bytes: Buffer, at: number, end: number): boolean {
  if (!isArray(bytes[at]!)) return false;
  const first = at + msgpackHeadLength(bytes, at, end);
  return msgpackChildren(bytes, at) === 0 || isArray(bytes[first]!);
}

function readOptions(bytes: Buffer, at: number, end: number): ForwardOptions {
  const head = bytes[at]!;
  if (!((head & 0xf0) === 0x80 || head === 0xde || head === 0xdf)) return NO_OPTIONS;
  const options = { ...NO_OPTIONS };
  let next = at + msgpackHeadLength(bytes, at, end);
  for (let left = msgpackChildren(bytes, at) / 2; left > 0; left--) {
    const valueAt = skipMsgpack(bytes, next, end);
    const after = skipMsgpack(bytes, valueAt, end);
    const keyHead = msgpackTextHead(bytes, next, end);
    const key = keyHead === 0 || valueAt - next > OPTION_BYTES_MAX ? "" : bytes.toString("latin1", next + keyHead, valueAt);
    const valueHead = msgpackTextHead(bytes, valueAt, end);
    if (key === "chunk" && valueHead > 0) options.chunk = bytes.subarray(valueAt, after);
    else if (key === "compressed" && valueHead > 0) options.compressed = bytes.toString("latin1", valueAt + valueHead, after);
    else if (key === "fluent_signal") options.signal = bytes[valueAt]! <= 0x7f ? bytes[valueAt]! : 0;
    next = after;
  }
  return options;
}

function isArray(head: number): boolean {
  return (head & 0xf0) === 0x90 || head === 0xdc || head === 0xdd;
}

const NO_OPTIONS: { chunk: Buffer | undefined; compressed: string; signal: number } = { chunk: undefined, compressed: "text", signal: 0 };
/** A longer tag is cut: it names no target anyway. */
const TAG_BYTES_MAX = 1024;
const OPTION_BYTES_MAX = 64;
