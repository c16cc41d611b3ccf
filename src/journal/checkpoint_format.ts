import { crc32 } from "node:zlib";

/**
 * One checkpoint as a file. Numbers are little-endian.
 *
 *     file     = magic header-length header section* checksum
 *     magic    = "HOTAKAJ1"                      ; 8 bytes; the 1 is the version of this layout
 *     header-length = u32                        ; bytes of the header
 *     header   = JSON: { "epoch": N, "positions": {...}, "states": [ { "name": "...", "bytes": N } ... ] }
 *     section  = the bytes of one state, in the order of the header, nothing between
 *     checksum = u32                             ; CRC-32 of everything before it
 *
 * Whatever is cut off, added or changed fails the checksum or the lengths, so a file is taken whole or not at all.
 */
export interface Checkpoint {
  /** Grows by one with each checkpoint. */
  readonly epoch: number;
  /** How far each source has read: plain JSON values. */
  readonly positions: ReadonlyMap<string, unknown>;
  /** The state of each statement, as the statement gave it. */
  readonly states: ReadonlyMap<string, Uint8Array>;
}

/** The file in pieces of at most 1 MiB, so that who writes them can let others have a turn between two. */
export function* encodeCheckpoint({ epoch, positions, states }: Checkpoint): Generator<Uint8Array> {
  const sections = [...states].map(([name, bytes]) => ({ name, bytes: bytes.byteLength }));
  const header = Buffer.from(JSON.stringify({ epoch, positions: Object.fromEntries(positions), states: sections }));
  const start = Buffer.alloc(START_BYTES);
  start.write(MAGIC, "latin1");
  start.writeUInt32LE(header.length, MAGIC.length);
  let checksum = 0;
  for (const whole of [start, header, ...states.values()]) {
    for (let at = 0; at < whole.byteLength; at += PIECE_BYTES) {
      const piece = whole.subarray(at, at + PIECE_BYTES);
      checksum = crc32(piece, checksum);
      yield piece;
    }
  }
  const end = Buffer.alloc(CHECKSUM_BYTES);
  end.writeUInt32LE(checksum);
  yield end;
}

/** The checkpoint of a file, or the reason why it is none. The states are views of `bytes`. */
export function decodeCheckpoint(bytes: Buffer): Checkpoint | string {
  if (bytes.length < START_BYTES + CHECKSUM_BYTES) return `it is only ${bytes.length} bytes long`;
  if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) return "it is not a checkpoint of this version";
  const end = bytes.length - CHECKSUM_BYTES;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) return "its checksum does not match";
  const headerEnd = START_BYTES + bytes.readUInt32LE(MAGIC.length);
  const header = headerEnd <= end ? parseHeader(bytes.toString("utf8", START_BYTES, headerEnd)) : undefined;
  if (header === undefined) return "its header cannot be read";
  const states = new Map<string, Uint8Array>();
  let at = headerEnd;
  for (const { name, bytes: length } of header.states) {
    states.set(name, bytes.subarray(at, at + length));
    at += length;
  }
  return at === end ? { epoch: header.epoch, positions: new Map(Object.entries(header.positions)), states } : "its parts do not add up";
}

interface Header {
  readonly epoch: number;
  readonly positions: Readonly<Record<string, unknown>>;
  readonly states: readonly { readonly name: string; readonly bytes: number }[];
}

function parseHeader(text: string): Header | undefined {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isHeader(header) ? header : undefined;
}

function isHeader(value: unknown): value is Header {
  if (!isRecord(value) || !isCount(value["epoch"]) || !isRecord(value["positions"])) return false;
  const { states } = value;
  return Array.isArray(states) && states.every((state) => isRecord(state) && typeof state["name"] === "string" && isCount(state["bytes"]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

const MAGIC = "HOTAKAJ1";
const START_BYTES = MAGIC.length + 4;
const CHECKSUM_BYTES = 4;
const PIECE_BYTES = 1 << 20;
