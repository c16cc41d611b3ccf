/**
 * Records without key and value in place of those of a batch that cannot be unpacked, as many as its head says, so that the offsets behind it
 * stay what they are. `packed` is what stood behind the head of the batch, in the memory that holds the head too:
 *
 *     baseOffset int64, batchLength int32, partitionLeaderEpoch int32, magic int8 (2), crc uint32, attributes int16, lastOffsetDelta int32,
 *     baseTimestamp int64, maxTimestamp int64, producerId int64, producerEpoch int16, baseSequence int32, records int32
 *
 *     record = length varint, attributes int8, timestampDelta varint, offsetDelta varint, keyLength varint, valueLength varint, headers varint
 *
 * Undefined when no such head stands there, or when it speaks of more records than a batch holds.
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export function refusedRecords(packed: Buffer): Buffer | undefined {
  if (packed.byteOffset < HEAD_BYTES) return undefined;
  const head = Buffer.from(packed.buffer, packed.byteOffset - HEAD_BYTES, HEAD_BYTES);
  const count = head.readInt32BE(HEAD_BYTES - 4);
  const isHead = head[MAGIC_AT] === 2 && head.readInt32BE(LENGTH_AT) === packed.length + HEAD_BYTES - LENGTH_AT - 4;
  if (!isHead || count < 1 || count > RECORDS_MAX || head.readInt32BE(LAST_DELTA_AT) + 1 < count) return undefined;
  const bytes: number[] = [];
  const record: number[] = [];
  for (let delta = 0; delta < count; delta++) {
    record.length = 0;
    record.push(REFUSED_ATTRIBUTES, 0);
    putVarint(delta, record);
    record.push(NO_BYTES, NO_BYTES, 0);
    putVarint(record.length, bytes);
    bytes.push(...record);
  }
  return Buffer.from(bytes);
}

/** Whether a record stands for one that could not be unpacked. */
export function isRefusedRecord(record: { readonly attributes: number }): boolean {
  return record.attributes === REFUSED_ATTRIBUTES;
}

/** A signed number, which is not negative, in the zigzag way of Kafka. */
function putVarint(value: number, into: number[]): void {
  let left = value * 2;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) into.push((left & 0x7f) | 0x80);
  into.push(left);
}

const HEAD_BYTES = 61;
const LENGTH_AT = 8;
const MAGIC_AT = 16;
const LAST_DELTA_AT = 23;
/** A batch of 1 MB of the smallest records has 150,000. */
const RECORDS_MAX = 2_000_000;
/** -1 as a varint: there is no key, or no value. */
const NO_BYTES = 1;
/** Kafka uses none of the attributes of a record. */
const REFUSED_ATTRIBUTES = 0x48;
