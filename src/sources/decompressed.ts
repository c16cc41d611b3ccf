import * as zlib from "node:zlib";
import { formatSize, HotakaError, messageOf } from "../kit/index.ts";

/** How bytes may be compressed. */
export type Compression = "gzip" | "deflate" | "zstd";

/**
 * The bytes that `bytes` stand for, at most `bytesMax` of them: more are not made. gzip may be of several members, one after another. Throws
 * HOTAKA_SOURCE_DATA when there would be more, when they are damaged, or when this Node cannot read zstd.
 */
export function decompressed(bytes: Uint8Array, compression: Compression, bytesMax: number): Buffer {
  const read = READERS[compression];
  if (read === undefined)
    throw new HotakaError("HOTAKA_SOURCE_DATA", "it is compressed with zstd, which Node reads from version 22.15 on.");
  try {
    return read(bytes, { maxOutputLength: bytesMax });
  } catch (thrown) {
    const wrong = thrown instanceof RangeError ? `there is more than ${formatSize(bytesMax)} in it` : messageOf(thrown);
    throw new HotakaError("HOTAKA_SOURCE_DATA", `its ${compression} cannot be read: ${wrong}.`, { cause: thrown });
  }
}

type Reader = (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer;

/** The types of the oldest Node do not know zstd, and it does not have it. */
const READERS: Readonly<Record<Compression, Reader | undefined>> = {
  gzip: zlib.gunzipSync,
  deflate: zlib.inflateSync,
  zstd: "zstdDecompressSync" in zlib ? (zlib.zstdDecompressSync as Reader) : undefined,
};
