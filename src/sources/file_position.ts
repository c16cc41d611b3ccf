import { fstatSync, readSync, type Stats } from "node:fs";
import { crc32 } from "node:zlib";
import type { LineCursor } from "./line_reader.ts";

/**
 * How far a file has been read and which file that was, as plain JSON for `Positions`. An inode number alone does not say which: a new
 * file may get the number of one that was deleted, and a file that is truncated and written again keeps it. So the bytes before the
 * position are remembered by a checksum: who has the same ones there is the same file, or a copy of it that is as good.
 */
export interface FilePosition {
  readonly inode: number;
  readonly offset: number;
  readonly is_skipping: boolean;
  /** CRC-32 of the bytes (at most 256) before `offset`, and how many they are. */
  readonly check: number;
  readonly check_bytes: number;
  /**
   * Where nothing was read: when the file had been written last as far as was known then, in ms. A copy that was made of it since is newer, and
   * has nothing else to be known by.
   */
  readonly unread_since_ms?: number | undefined;
}

/** The position of a file that has been read up to `cursor`; `modifiedMs` is when it had been written last, as far as is known. */
export function positionAt(fd: number, inode: number, cursor: LineCursor, modifiedMs?: number): FilePosition {
  return positionBehind(bytesBefore(fd, cursor.offset), inode, cursor, modifiedMs);
}

/** As `positionAt`, where the bytes before the position are at hand: to read them again would be to trust that nobody has truncated the file. */
export function positionBehind(before: Buffer, inode: number, cursor: LineCursor, modifiedMs?: number): FilePosition {
  const position = { inode, offset: cursor.offset, is_skipping: cursor.isSkipping, check: crc32(before), check_bytes: before.length };
  return cursor.offset > 0 || modifiedMs === undefined ? position : { ...position, unread_since_ms: modifiedMs };
}

/** The bytes before `offset` that are remembered; fewer, or none, where the file has become shorter meanwhile. */
export function bytesBefore(fd: number, offset: number): Buffer {
  const length = Math.min(offset, CHECK_BYTES_MAX);
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, length === 0 ? 0 : readSync(fd, bytes, 0, length, offset - length));
}

/** The bytes before a position once `read` has followed those before it. */
export function bytesBehind(before: Buffer, read: Buffer): Buffer {
  if (read.length >= CHECK_BYTES_MAX) return Buffer.from(read.subarray(-CHECK_BYTES_MAX));
  return Buffer.concat([before, read.subarray(-CHECK_BYTES_MAX)]).subarray(-CHECK_BYTES_MAX);
}

/** True when the file goes on where the position was taken: it is no shorter, and the bytes before it are the same. */
export function continues(fd: number, position: FilePosition, stats: Stats = fstatSync(fd)): boolean {
  if (stats.size < position.offset) return false;
  // With few bytes to compare, another file may well have the same ones by chance.
  if (stats.ino !== position.inode && position.check_bytes < CHECK_BYTES_MIN) return false;
  return checksumBefore(fd, position.offset, position.check_bytes) === position.check;
}

/** True when a file begins as these bytes do, as far as the shorter goes and for so many bytes at most: a copy, if anything is in it. */
export function beginsAlike(fd: number, others: Buffer): boolean {
  const bytes = headOf(fd);
  const length = Math.min(bytes.length, others.length);
  return length > 0 && bytes.subarray(0, length).equals(others.subarray(0, length));
}

/** The first bytes of a file, as many as two files are told apart by. */
export function headOf(fd: number): Buffer {
  const bytes = Buffer.allocUnsafe(CHECK_BYTES_MAX);
  return bytes.subarray(0, readSync(fd, bytes, 0, CHECK_BYTES_MAX, 0));
}

/** A position that was kept, or undefined when the value is not one: it may have been written by another version. */
export function parseFilePosition(value: unknown): FilePosition | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { inode, offset, is_skipping, check, check_bytes, unread_since_ms } = value as Readonly<Record<keyof FilePosition, unknown>>;
  if (!isCount(inode) || !isCount(offset) || !isCount(check) || !isCount(check_bytes) || typeof is_skipping !== "boolean") return undefined;
  if (check_bytes > CHECK_BYTES_MAX || check_bytes > offset) return undefined;
  const position = { inode, offset, is_skipping, check, check_bytes };
  return typeof unread_since_ms === "number" ? { ...position, unread_since_ms } : position;
}

function checksumBefore(fd: number, offset: number, length: number): number | undefined {
  const bytes = Buffer.allocUnsafe(length);
  if (length > 0 && readSync(fd, bytes, 0, length, offset - length) !== length) return undefined;
  return crc32(bytes);
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0;
}

/** Bytes before a position, or at the beginning of a file, by which it is known again. */
export const CHECK_BYTES_MAX = 256;
const CHECK_BYTES_MIN = 64;
