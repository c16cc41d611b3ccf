import { ByteOutput } from "./byte_output.ts";

/**
 * Unpacks Snappy, as one block or framed as clients in Java do:
 *
 *     framed = 82 "SNAPPY" 00, version int32, compatible int32, { length int32, block }
 *     block  = unpacked length varint, { literal | copy }
 *     literal = tag 00, length - 1 in six bits or in the 1 to 4 bytes behind them, the bytes
 *     copy    = tag 01: 11 bits of distance, 3 of length - 4; tag 10 and 11: six bits of length - 1, distance in 2 or 4 bytes
 *
 * Throws RangeError where it is damaged or holds more than `bytesMax`.
 * @see https://github.com/google/snappy/blob/main/format_description.txt
 */
export function snappyDecompressed(bytes: Buffer, bytesMax: number): Buffer {
  const output = new ByteOutput(bytes.length * 3, bytesMax);
  if (!bytes.subarray(0, FRAME_MAGIC.length).equals(FRAME_MAGIC)) {
    putBlock(bytes, output);
    return output.take();
  }
  for (let at = FRAME_HEAD_BYTES; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) throw new RangeError("it is cut off");
    putBlock(bytes.subarray(at + 4, end), output);
    at = end;
  }
  return output.take();
}

function putBlock(block: Buffer, output: ByteOutput): void {
  let [length, at, shift] = [0, 0, 1];
  for (;;) {
    const byte = block.readUInt8(at++);
    length += (byte & 0x7f) * shift;
    if (byte < 0x80) break;
    shift *= 0x80;
    if (at > 5) throw new RangeError("its length is none");
  }
  const end = output.length + length;
  while (at < block.length) at = (block[at]! & 3) === 0 ? putLiteral(block, at, output) : putCopy(block, at, output);
  if (output.length !== end) throw new RangeError("it holds another number of bytes than it says");
}

function putLiteral(block: Buffer, at: number, output: ByteOutput): number {
  const bits = block[at]! >> 2;
  const extra = Math.max(bits - 59, 0);
  const start = at + 1 + extra;
  const end = start + 1 + (extra === 0 ? bits : block.readUIntLE(at + 1, extra));
  output.literal(block, start, end);
  return end;
}

function putCopy(block: Buffer, at: number, output: ByteOutput): number {
  const tag = block[at]!;
  if ((tag & 3) === 1) {
    output.copy(((tag & 0xe0) << 3) | block.readUInt8(at + 1), ((tag >> 2) & 7) + 4);
    return at + 2;
  }
  const bytes = (tag & 3) === 2 ? 2 : 4;
  output.copy(block.readUIntLE(at + 1, bytes), (tag >> 2) + 1);
  return at + 1 + bytes;
}

const FRAME_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const FRAME_HEAD_BYTES = 16;
