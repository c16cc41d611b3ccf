import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../kit/index.ts";

export interface RotatingFileOptions {
  readonly bytesMax: number;
  /** Files that are kept aside. */
  readonly backups: number;
  /** The line that says how many could not be written, and why: it stands before the first that can be again. */
  readonly lostLine: (count: number, reason: string) => string;
}

/**
 * A log file that is put aside when it is full, as `hotaka.log.1`; the oldest of those goes. Written at once, so that the last line before an
 * end is there. A line that cannot be written, because the disk is full, is lost and told of later: who logs is not to fail by it.
 */
export class RotatingFile {
  readonly #path: string;
  readonly #options: RotatingFileOptions;
  #file: number;
  #bytes: number;
  #lost = 0;
  #reason = "";

  /** The folder is made if there is none. Throws what the file system throws. */
  constructor(path: string, options: RotatingFileOptions) {
    this.#path = path;
    this.#options = options;
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, "a", FILE_MODE);
    this.#bytes = fstatSync(this.#file).size;
  }

  write(line: string): void {
    try {
      if (this.#lost > 0) this.#append(this.#options.lostLine(this.#lost, this.#reason));
      this.#lost = 0;
      this.#append(line);
    } catch (thrown) {
      this.#lost++;
      this.#reason = messageOf(thrown);
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #append(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#bytes > 0 && this.#bytes + bytes.length > this.#options.bytesMax) this.#rotate();
    for (let at = 0; at < bytes.length;) {
      const written = writeSync(this.#file, bytes, at);
      at += written;
      this.#bytes += written;
    }
  }

  /** The file that is written to is let go of last: where it cannot be put aside, it is gone on with. */
  #rotate(): void {
    const { backups } = this.#options;
    rmSync(`${this.#path}.${backups}`, { force: true });
    for (let number = backups - 1; number >= 1; number--) {
      if (existsSync(`${this.#path}.${number}`)) renameSync(`${this.#path}.${number}`, `${this.#path}.${number + 1}`);
    }
    if (backups > 0) renameSync(this.#path, `${this.#path}.1`);
    else rmSync(this.#path);
    const full = this.#file;
    this.#file = openSync(this.#path, "a", FILE_MODE);
    this.#bytes = 0;
    closeSync(full);
  }
}

const FILE_MODE = 0o640;
