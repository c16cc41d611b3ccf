import { promisify } from "node:util";
import * as zlib from "node:zlib";
import type * as kafkajs from "kafkajs";
import { lz4Decompressed } from "./lz4.ts";
import { refusedRecords } from "./refused_records.ts";
import { snappyDecompressed } from "./snappy.ts";

/** The package, as it is loaded. */
export type KafkaLibrary = typeof kafkajs;

/**
 * Teaches the package every codec of Kafka. It knows gzip alone, and unpacks without a bound. A batch that cannot be unpacked, or that holds
 * more than `BATCH_BYTES_MAX`, becomes as many records that say so: with an error the client would ask for it again, for ever.
 */
export function registerCodecs({ CompressionCodecs, CompressionTypes }: KafkaLibrary): void {
  CompressionCodecs[CompressionTypes.GZIP] = codec({ unpack: gunzip, pack: gzip });
  CompressionCodecs[CompressionTypes.Snappy] = codec({ unpack: async (bytes, most) => snappyDecompressed(bytes, most) });
  CompressionCodecs[CompressionTypes.LZ4] = codec({ unpack: async (bytes, most) => lz4Decompressed(bytes, most) });
  CompressionCodecs[CompressionTypes.ZSTD] = codec({ unpack: unzstd });
}

interface Codec {
  readonly unpack: (bytes: Buffer, bytesMax: number) => Promise<Buffer>;
  /** Without it nothing is sent in it. */
  readonly pack?: (bytes: Buffer) => Promise<Buffer>;
}

/** A codec as the package asks for it. */
interface PackageCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

function codec({ unpack, pack }: Codec): () => PackageCodec {
  return () => ({
    async compress({ buffer }) {
      if (pack === undefined) throw new Error("rows are sent uncompressed or as gzip");
      return pack(buffer);
    },
    async decompress(bytes) {
      try {
        return await unpack(bytes, BATCH_BYTES_MAX);
      } catch (thrown) {
        const instead = refusedRecords(bytes);
        if (instead === undefined) throw thrown;
        return instead;
      }
    },
  });
}

async function gunzip(bytes: Buffer, maxOutputLength: number): Promise<Buffer> {
  return promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip)(bytes, { maxOutputLength });
}

async function gzip(bytes: Buffer): Promise<Buffer> {
  return promisify<Buffer, Buffer>(zlib.gzip)(bytes);
}

/** The types of the oldest Node do not know zstd, and it does not have it. */
async function unzstd(bytes: Buffer, maxOutputLength: number): Promise<Buffer> {
  if (!("zstdDecompress" in zlib)) throw new Error("Node reads zstd from version 22.15 on");
  const unpack = zlib.zstdDecompress as (bytes: Buffer, options: object, done: (error: Error | null, result: Buffer) => void) => void;
  return promisify<Buffer, object, Buffer>(unpack)(bytes, { maxOutputLength });
}

/** Most that a compressed batch may hold; brokers take batches of 1 MB, as they are sent, unless they are told otherwise. */
export const BATCH_BYTES_MAX = 64 << 20;
