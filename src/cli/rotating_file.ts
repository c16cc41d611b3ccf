import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** A log file that is put aside when it is full, as `hotaka.log.1`; the oldest of those goes. Written at once, so that no line is lost. */
export class RotatingFile {
  readonly #path: string;
  readonly #bytesMax: number;
  readonly #backups: number;
  #file: number;
  #bytes: number;

  /** The folder is made if there is none. Throws what the file system throws. */
  constructor(path: string, { bytesMax, backups }: { readonly bytesMax: number; readonly backups: number }) {
    this.#path = path;
    this.#bytesMax = bytesMax;
    this.#backups = backups;
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, "a", FILE_MODE);
    this.#bytes = fstatSync(this.#file).size;
  }

  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#bytes > 0 && this.#bytes + bytes > this.#bytesMax) this.#rotate();
    this.#bytes += writeSync(this.#file, line);
  }

  close(): void {
    closeSync(this.#file);
  }

  #rotate(): void {
    closeSync(this.#file);
    rmSync(`${this.#path}.${this.#backups}`, { force: true });
    for (let number = this.#backups - 1; number >= 1; number--) {
      if (existsSync(`${this.#path}.${number}`)) renameSync(`${this.#path}.${number}`, `${this.#path}.${number + 1}`);
    }
    if (this.#backups > 0) renameSync(this.#path, `${this.#path}.1`);
    else rmSync(this.#path);
    this.#file = openSync(this.#path, "a", FILE_MODE);
    this.#bytes = 0;
  }
}

const FILE_MODE = 0o640;
