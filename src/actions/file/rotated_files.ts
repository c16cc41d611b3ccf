import { createReadStream, createWriteStream } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

/** The files that one has been before: `blocks.log-20261120T100000Z`, with `.gz` where they are compressed; by name the oldest is first. */
export class RotatedFiles {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Gives the file its name among the rotated ones: that of the time when it was done with. */
  async add(nowMs: number): Promise<void> {
    const stamp = new Date(nowMs)
      .toISOString()
      .replaceAll(/[-:]/g, "")
      .replace(/\.\d+Z$/, "Z");
    const taken = new Set((await this.list()).map((path) => path.replace(/\.gz$/, "")));
    let path = `${this.#path}-${stamp}`;
    for (let copy = 2; taken.has(path); copy++) path = `${this.#path}-${stamp}.${String(copy).padStart(4, "0")}`;
    await rename(this.#path, path);
  }

  /** Removes the oldest ones beyond `most`, and gives how many those were. */
  async trim(most: number): Promise<number> {
    const files = await this.list();
    const removed = files.slice(0, Math.max(0, files.length - most));
    for (const path of removed) await rm(path, { force: true });
    return removed.length;
  }

  /** Compresses those that are not, also what an end in the middle of it left. A file has its name only once it is whole. */
  async compress(): Promise<void> {
    for (const path of await this.list()) {
      if (path.endsWith(".gz")) continue;
      const partial = `${path}.gz${PARTIAL}`;
      const { mode } = await stat(path);
      await pipeline(createReadStream(path), createGzip(), createWriteStream(partial, { mode, flush: true }));
      await rename(partial, `${path}.gz`);
      await rm(path);
    }
  }

  /** Paths, the oldest first. */
  async list(): Promise<string[]> {
    const [folder, name] = [dirname(this.#path), basename(this.#path)];
    const names = await readdir(folder);
    const stamp = /^-\d{8}T\d{6}Z(?:\.\d{4,})?(?:\.gz)?$/;
    return names
      .filter((other) => other.startsWith(name) && stamp.test(other.slice(name.length)))
      .toSorted((left, right) => (left < right ? -1 : 1))
      .map((other) => join(folder, other));
  }
}

const PARTIAL = ".partial";
