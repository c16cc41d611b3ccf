import { accessSync, chmodSync, constants, mkdirSync, statSync } from "node:fs";
import { errnoOf, HotakaError, messageOf } from "./errors.ts";

/** Makes a folder, and those above it, unless it is there; only its owner may enter it afterwards. Throws HOTAKA_DATA_DIR. */
export function makePrivateFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: PRIVATE });
    // One that was there before may have let others in.
    if ((statSync(path).mode & OTHERS) !== 0) chmodSync(path, PRIVATE);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (thrown) {
    const reason = REASONS.get(errnoOf(thrown) ?? "") ?? messageOf(thrown);
    throw new HotakaError(
      "HOTAKA_DATA_DIR",
      `The data folder ${path} cannot be used: ${reason}. Choose another with data_dir in the settings.`,
      {
        cause: thrown,
      },
    );
  }
}

const PRIVATE = 0o700;
const OTHERS = 0o077;

const REASONS: ReadonlyMap<string, string> = new Map([
  ["EACCES", "this user may not write there"],
  ["EPERM", "it belongs to another user"],
  ["EEXIST", "it is a file, not a folder"],
  ["ENOTDIR", "a part of its path is a file, not a folder"],
  ["EROFS", "its file system is read-only"],
  ["ENOSPC", "the disk is full"],
]);
