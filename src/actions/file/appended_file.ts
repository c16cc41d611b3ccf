import { statSync } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";

/** A file that lines are appended to, by its path: when another program takes it away, or puts another one there, that one goes on. */
export class AppendedFile {
  readonly #path: string;
  #file: FileHandle | undefined;
  #inode = 0n;
  /** Bytes in it. */
  size = 0;
  /** When it was written last, epoch ms; 0 while nothing stands in it. */
  writtenMs = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Opens it, or makes it, where that is needed. True when it was: somebody else may have written to it. */
  async open(): Promise<boolean> {
    const now = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    if (this.#file !== undefined && now?.ino === this.#inode && Number(now.size) === this.size) return false;
    await this.close();
    await mkdir(dirname(this.#path), { recursive: true });
    this.#file = await open(this.#path, "a+", 0o640);
    const { ino, size, mtimeMs } = await this.#file.stat({ bigint: true });
    this.#inode = ino;
    this.size = Number(size);
    this.writtenMs = this.size === 0 ? 0 : Number(mtimeMs);
    return true;
  }

  /** The last bytes of it, at most so many. It is open. */
  async tail(bytesMax: number): Promise<Buffer> {
    const length = Math.min(this.size, bytesMax);
    const bytes = Buffer.alloc(length);
    await this.#file?.read(bytes, 0, length, this.size - length);
    return bytes;
  }

  /** Appends, and has it on the disk when it resolves if `isSynced`. It is open. What is written in part is cut off again. */
  async append(text: string, isSynced: boolean, nowMs: number): Promise<void> {
    const bytes = Buffer.from(text);
    const file = this.#file!;
    try {
      const { bytesWritten } = await file.write(bytes);
      if (bytesWritten < bytes.length)
        throw new Error(`only ${bytesWritten} of ${bytes.length} bytes could be written; the disk may be full`);
      if (isSynced) await file.datasync();
    } catch (thrown) {
      await file.truncate(this.size).catch(() => {});
      throw thrown;
    }
    this.size += bytes.length;
    this.writtenMs = nowMs;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}
