import { MsgpackReader, skipMsgpack } from "../kit/index.ts";
import type { FieldSink } from "./field_sink.ts";

/**
 * Hands the value of MessagePack at `at` to `sink` as what it is, and gives where it ends; -1 when it is not whole before `end`. What no
 * event can hold (an extension, or what is nested too deeply) is null.
 */
export function putMsgpack(bytes: Buffer, at: number, end: number, sink: FieldSink): number {
  const after = skipMsgpack(bytes, at, end);
  if (after < 0) return -1;
  const head = bytes[at]!;
  if (head <= 0x7f) sink.integer(head);
  else if (head >= 0xe0) sink.integer(head - 0x1_00);
  else if (head >= 0xa0 && head <= 0xbf) sink.bytes(bytes, at + 1, after);
  else if (head >= 0xc0) putOther(bytes, at, after, head, sink);
  else putContainer(bytes, at, after, sink);
  return after;
}

function putOther(bytes: Buffer, at: number, after: number, head: number, sink: FieldSink): void {
  switch (head) {
    case 0xc2:
    case 0xc3:
      return sink.truth(head === 0xc3);
    case 0xc4:
    case 0xd9:
      return sink.bytes(bytes, at + 2, after);
    case 0xc5:
    case 0xda:
      return sink.bytes(bytes, at + 3, after);
    case 0xc6:
    case 0xdb:
      return sink.bytes(bytes, at + 5, after);
    case 0xca:
      return sink.float(bytes.readFloatBE(at + 1));
    case 0xcb:
      return sink.float(bytes.readDoubleBE(at + 1));
    case 0xcc:
      return sink.integer(bytes[at + 1]!);
    case 0xcd:
      return sink.integer(bytes.readUInt16BE(at + 1));
    case 0xce:
      return sink.integer(bytes.readUInt32BE(at + 1));
    case 0xcf:
      return sink.integer(bytes.readBigUInt64BE(at + 1));
    case 0xd0:
      return sink.integer(bytes.readInt8(at + 1));
    case 0xd1:
      return sink.integer(bytes.readInt16BE(at + 1));
    case 0xd2:
      return sink.integer(bytes.readInt32BE(at + 1));
    case 0xd3:
      return sink.integer(bytes.readBigInt64BE(at + 1));
    case 0xdc:
    case 0xdd:
    case 0xde:
    case 0xdf:
      return putContainer(bytes, at, after, sink);
    default:
      return sink.nothing();
  }
}

function putContainer(bytes: Buffer, at: number, after: number, sink: FieldSink): void {
  let value: unknown;
  try {
    value = new MsgpackReader(bytes.subarray(at, after)).value();
  } catch {
    return sink.nothing();
  }
  if (typeof value === "object" && value !== null) sink.container(value);
}
