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
}

/** The position of a file that has been read up to `cursor`. */
export function positionAt(fd: number, inode: number, cursor: LineCursor): FilePosition {
  const check_bytes = Math.min(cursor.offset, CHECK_BYTES_MAX);
  const check = checksumBefore(fd, cursor.offset, check_bytes) ?? 0;
  return { inode, offset: cursor.offset, is_skipping: cursor.isSkipping, check, check_bytes };
}

/** True when the file goes on where the position was taken: it is no shorter, and the bytes before it are the same. */
export function continues(fd: number, position: FilePosition, stats: Stats = fstatSync(fd)): boolean {
  if (stats.size < position.offset) return false;
  // With few bytes to compare, another file may well have the same ones by chance.
  if (stats.ino !== position.inode && position.check_bytes < CHECK_BYTES_MIN) return false;
  return checksumBefore(fd, position.offset, position.check_bytes) === position.check;
}

/** A position that was kept, or undefined when the value is not one: it may have been written by another version. */
export function parseFilePosition(value: unknown): FilePosition | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { inode, offset, is_skipping, check, check_bytes } = value as Readonly<Record<keyof FilePosition, unknown>>;
  if (!isCount(inode) || !isCount(offset) || !isCount(check) || !isCount(check_bytes) || typeof is_skipping !== "boolean") return undefined;
  return check_bytes > CHECK_BYTES_MAX || check_bytes > offset ? undefined : { inode, offset, is_skipping, check, check_bytes };
}

function checksumBefore(fd: number, offset: number, length: number): number | undefined {
  const bytes = Buffer.allocUnsafe(length);
  if (length > 0 && readSync(fd, bytes, 0, length, offset - length) !== length) return undefined;
  return crc32(bytes);
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0;
}

const CHECK_BYTES_MAX = 256;
const CHECK_BYTES_MIN = 64;
