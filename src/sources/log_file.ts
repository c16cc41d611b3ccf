import { closeSync, constants, fstatSync, openSync, type Stats } from "node:fs";
import { errnoOf, HotakaError, messageOf } from "../kit/index.ts";

/** A log that is open for reading. */
export interface LogFile {
  readonly fd: number;
  readonly stats: Stats;
}

/**
 * Opens a log to be read. Throws HOTAKA_SOURCE_OPEN with a sentence that says what stands in the way. A pipe is taken only where
 * `isPipeAllowed`: it can be read once, and opening it waits for somebody who writes.
 */
export function openLog(path: string, { isPipeAllowed = false }: { readonly isPipeAllowed?: boolean } = {}): LogFile {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | (isPipeAllowed ? 0 : constants.O_NONBLOCK));
  } catch (thrown) {
    throw cannotOpen(path, thrown);
  }
  const stats = fstatSync(fd);
  if (stats.isFile() || (isPipeAllowed && !stats.isDirectory())) return { fd, stats };
  closeSync(fd);
  const found = stats.isDirectory() ? "it is a directory" : "it is not a regular file";
  throw new HotakaError("HOTAKA_SOURCE_OPEN", `${path} cannot be read as a log: ${found}. Name a file.`, { details: { path } });
}

/** The error for a log that could not be opened. */
export function cannotOpen(path: string, thrown: unknown): HotakaError {
  const errno = errnoOf(thrown);
  const why = (errno === undefined ? undefined : REASONS.get(errno)) ?? `${messageOf(thrown)}.`;
  return new HotakaError("HOTAKA_SOURCE_OPEN", `${path} cannot be read: ${why}`, { details: { path }, cause: thrown });
}

/** The error for a log that was opened but cannot be read on. */
export function cannotRead(path: string, offset: number, thrown: unknown): HotakaError {
  const sentence = `${path} cannot be read on at byte ${offset}: ${messageOf(thrown)}. What was read before is kept.`;
  return new HotakaError("HOTAKA_SOURCE_READ", sentence, { details: { path, offset }, cause: thrown });
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file. Check the path."],
  ["ENOTDIR", "a part of the path that should be a directory is a file. Check the path."],
  ["EACCES", "permission is denied. Let this user read it, for example by a group (adm, systemd-journal) or setfacl."],
  ["EPERM", "permission is denied. Let this user read it, for example by a group (adm, systemd-journal) or setfacl."],
  ["ELOOP", "it is a circle of symbolic links."],
  ["EMFILE", "this process has too many files open. Raise its limit (LimitNOFILE, ulimit -n)."],
]);
