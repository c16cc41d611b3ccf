import { gzipSync } from "node:zlib";
import * as library from "kafkajs";
import { expect, test } from "vitest";
import { BATCH_BYTES_MAX, registerCodecs } from "./codecs.ts";
import { isRefusedRecord, refusedRecords } from "./refused_records.ts";

/** A batch as a broker sends it, of which the package hands on what stands behind the head. */
function packedIn(content: Buffer, written: { records?: number; magic?: number; lastDelta?: number } = {}): Buffer {
  const { records = 3, magic = 2, lastDelta = records - 1 } = written;
  const head = Buffer.alloc(61);
  head.writeInt32BE(content.length + 49, 8);
  head[16] = magic;
  head.writeInt32BE(lastDelta, 23);
  head.writeInt32BE(records, 57);
  const batch = Buffer.concat([Buffer.alloc(7), head, content]);
  return batch.subarray(7 + 61);
}

interface ReadRecord {
  readonly attributes: number;
  readonly delta: number;
  readonly rest: readonly number[];
}

/** Attributes and offsets of records without key, value and headers. */
function recordsOf(bytes: Buffer): ReadRecord[] {
  const records: ReadRecord[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes[at]! / 2;
    const record = bytes.subarray(at + 1, at + 1 + length);
    records.push({ attributes: record[0]!, delta: record[2]! / 2, rest: [...record.subarray(3)] });
    at += 1 + length;
  }
  return records;
}

function decompress(codec: keyof typeof library.CompressionCodecs, bytes: Buffer): Promise<Buffer> {
  registerCodecs(library);
  return (library.CompressionCodecs[codec]() as { decompress: (bytes: Buffer) => Promise<Buffer> }).decompress(bytes);
}

test("gzip is unpacked, and packed for what is sent", async () => {
  registerCodecs(library);
  const codec = library.CompressionCodecs[library.CompressionTypes.GZIP]() as { compress: (from: object) => Promise<Buffer> };
  const packed = await codec.compress({ buffer: Buffer.from("rows") });
  expect(await decompress(library.CompressionTypes.GZIP, packedIn(packed))).toEqual(Buffer.from("rows"));
});

test.each([
  ["gzip", library.CompressionTypes.GZIP],
  ["snappy", library.CompressionTypes.Snappy],
  ["lz4", library.CompressionTypes.LZ4],
  ["zstd", library.CompressionTypes.ZSTD],
] as const)("a batch that is no %s becomes as many records that say so, and the offsets behind it stay", async (_, codec) => {
  const records = recordsOf(await decompress(codec, packedIn(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))));
  expect(records.map(({ delta }) => delta)).toEqual([0, 1, 2]);
  expect(records.every((record) => isRefusedRecord(record) && record.rest.join() === "1,1,0")).toBe(true);
});

test("so does one that holds more than the bound: it is not unpacked", async () => {
  const bomb = gzipSync(Buffer.alloc(BATCH_BYTES_MAX + 1));
  expect(bomb.length).toBeLessThan(100_000);
  expect(recordsOf(await decompress(library.CompressionTypes.GZIP, packedIn(bomb, { records: 1 })))).toHaveLength(1);
});

test.each([
  ["another magic", { magic: 1 }],
  ["more records than offsets", { records: 5, lastDelta: 3 }],
  ["no records", { records: 0, lastDelta: 0 }],
  ["more records than fit", { records: 2 ** 31 - 1, lastDelta: 2 ** 31 - 1 - 1 }],
])("nothing is made up for a head with %s: the damage is told", async (_, head) => {
  expect(refusedRecords(packedIn(Buffer.from("x"), head))).toBeUndefined();
  await expect(decompress(library.CompressionTypes.GZIP, packedIn(Buffer.from("x"), head))).rejects.toThrow("unexpected end of file");
});

test("where there are many, their offsets take several bytes", () => {
  const bytes = refusedRecords(packedIn(Buffer.from("x"), { records: 300 }))!;
  expect([...bytes.subarray(-8)]).toEqual([14, 0x48, 0, 0xd6, 0x04, 1, 1, 0]);
});
