/**
 * Where values of MessagePack end, for who passes over most of them. Nothing is made, nothing is thrown, and nothing beyond `end` is read.
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */

/** Where the value at `at` ends; -1 when it is none, or is not whole before `end`. However deep it is, it takes no stack. */
export function skipMsgpack(bytes: Buffer, at: number, end: number): number {
  for (let left = 1; left > 0; left--) {
    if (at >= end) return -1;
    const head = bytes[at]!;
    const whole = MSGPACK_FIXED_BYTES[head]!;
    if (whole > 0) at += whole;
    else if (head === 0xd9 && at + 1 < end) at += 2 + bytes[at + 1]!;
    else {
      const length = msgpackHeadLength(bytes, at, end);
      if (length <= 0) return -1;
      left += msgpackChildren(bytes, at);
      at += length;
    }
  }
  return at <= end ? at : -1;
}

/** Bytes of the value at `at`, which stands before `end`, without the values in it; 0 when too little is there to know, -1 when it is none. */
export function msgpackHeadLength(bytes: Buffer, at: number, end: number): number {
  const head = bytes[at]!;
  if (head <= 0x9f || head >= 0xe0) return 1;
  if (head <= 0xbf) return 1 + (head & 0x1f);
  const form = FORMS[head - 0xc0]!;
  if (form.lengthBytes === 0) return form.bytes;
  if (at + 1 + form.lengthBytes > end) return 0;
  return form.isContainer === true ? form.bytes : form.bytes + bytes.readUIntBE(at + 1, form.lengthBytes);
}

/** Bytes before the text of the str or the bin at `at`, which is before `end`; 0 where there is another value. */
export function msgpackTextHead(bytes: Buffer, at: number, end: number): number {
  const head = at < end ? bytes[at]! : 0;
  if (head >= 0xa0 && head <= 0xbf) return 1;
  if (head === 0xd9 || head === 0xc4) return 2;
  if (head === 0xda || head === 0xc5) return 3;
  return head === 0xdb || head === 0xc6 ? 5 : 0;
}

/** How many values are directly in the one at `at`, whose head is whole. */
export function msgpackChildren(bytes: Buffer, at: number): number {
  const head = bytes[at]!;
  if (head >= 0x80 && head <= 0x8f) return (head & 0x0f) * 2;
  if (head >= 0x90 && head <= 0x9f) return head & 0x0f;
  switch (head) {
    case 0xdc:
      return bytes.readUInt16BE(at + 1);
    case 0xdd:
      return bytes.readUInt32BE(at + 1);
    case 0xde:
      return bytes.readUInt16BE(at + 1) * 2;
    case 0xdf:
      return bytes.readUInt32BE(at + 1) * 2;
    default:
      return 0;
  }
}

interface Form {
  /** Bytes of the length behind the head; 0 where the head says all. */
  readonly lengthBytes: 0 | 1 | 2 | 4;
  /** Bytes without what the length counts; -1 where there is no such value. */
  readonly bytes: number;
  readonly isContainer?: boolean;
}

/** From 0xc0 to 0xdf. */
const FORMS: readonly Form[] = [
  // nil, none, false, true
  ...fixed(1, -1, 1, 1),
  // bin, ext
  ...sized(0),
  ...sized(1),
  // float, uint, int, fixext
  ...fixed(5, 9, 2, 3, 5, 9, 2, 3, 5, 9, 3, 4, 6, 10, 18),
  // str
  ...sized(0),
  // array, map
  ...([2, 4, 2, 4] as const).map((lengthBytes) => ({ lengthBytes, bytes: 1 + lengthBytes, isContainer: true })),
];

/** By head: bytes of a value whose head says all, and in which no other values are; 0 for the rest. */
export const MSGPACK_FIXED_BYTES = Uint8Array.from({ length: 0x1_00 }, (_, head) => {
  if (head <= 0x7f || head >= 0xe0) return 1;
  if (head >= 0xa0 && head <= 0xbf) return 1 + (head & 0x1f);
  const form = FORMS[head - 0xc0];
  return form === undefined || form.lengthBytes > 0 || form.bytes < 0 ? 0 : form.bytes;
});

function fixed(...bytes: number[]): Form[] {
  return bytes.map((count) => ({ lengthBytes: 0, bytes: count }));
}

/** Three forms with a length of 1, 2 and 4 bytes, and `more` bytes beside what it counts. */
function sized(more: number): Form[] {
  return ([1, 2, 4] as const).map((lengthBytes) => ({ lengthBytes, bytes: 1 + lengthBytes + more }));
}
