import { ByteOutput } from "./byte_output.ts";

/**
 * Unpacks frames of LZ4. Checksums are left alone: Kafka has one of its own over the batch.
 *
 *     frame = 184D2204 (little endian), flags, block size, [content size 8 bytes], [dictionary 4 bytes], head checksum, { block }, 0 int32, [checksum]
 *     block = length uint32 (highest bit: as it is), the bytes, [checksum 4 bytes]
 *     bytes = { token (4 bits literals, 4 bits copy - 4), [more lengths], literals, distance uint16, [more lengths] }
 *
 * Throws RangeError where it is damaged or holds more than `bytesMax`.
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
export function lz4Decompressed(bytes: Buffer, bytesMax: number): Buffer {
  const output = new ByteOutput(bytes.length * 3, bytesMax);
  for (let at = 0; at < bytes.length;) at = putFrame(bytes, at, output);
  return output.take();
}

/** Gives the place behind the frame. */
function putFrame(bytes: Buffer, start: number, output: ByteOutput): number {
  if (bytes.readUInt32LE(start) !== FRAME_MAGIC) throw new RangeError("it is no frame of LZ4");
  const flags = bytes.readUInt8(start + 4);
  const [hasBlockChecksum, hasSize, hasChecksum, hasDictionary] = [flags & 0x10, flags & 0x08, flags & 0x04, flags & 0x01];
  if (hasDictionary !== 0) throw new RangeError("it wants a dictionary");
  let at = start + 7 + (hasSize === 0 ? 0 : 8);
  for (;;) {
    const head = bytes.readUInt32LE(at);
    at += 4;
    if (head === 0) return at + (hasChecksum === 0 ? 0 : 4);
    const end = at + (head & 0x7fff_ffff);
    if (end > bytes.length) throw new RangeError("it is cut off");
    if (head > 0x7fff_ffff) output.literal(bytes, at, end);
    else putBlock(bytes.subarray(at, end), output);
    at = end + (hasBlockChecksum === 0 ? 0 : 4);
  }
}

function putBlock(block: Buffer, output: ByteOutput): void {
  let at = 0;
  const more = (length: number): number => {
    if (length !== 15) return length;
    let [sum, byte] = [length, 255];
    while (byte === 255) sum += byte = block.readUInt8(at++);
    return sum;
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = more(token >> 4);
    output.literal(block, at, at + literals);
    at += literals;
    // The last sequence has literals alone.
    if (at === block.length) return;
    const distance = block.readUInt16LE(at);
    at += 2;
    output.copy(distance, more(token & 15) + 4);
  }
}

const FRAME_MAGIC = 0x184d_2204;
