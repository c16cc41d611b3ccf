import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat, truncate } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errnoOf } from "../kit/index.ts";

/** The files of a write-ahead log. A test hands in one whose disk is full, or that loses its power in the middle of a write. */
export interface InboxFolder {
  /** The files in it with their sizes in bytes; none where there is no such folder yet. */
  list(): Promise<{ readonly name: string; readonly bytes: number }[]>;
  read(name: string): Promise<Buffer>;
  /**
   * A file to be written from its beginning, in place of one of that name; its name is on the disk when this resolves. `spare` is a file
   * that is not needed any more and becomes this one: what stood in it stands behind what is written until that is written over.
   */
  create(name: string, spare?: string): Promise<SegmentFile>;
  truncate(name: string, bytes: number): Promise<void>;
  /** Keeps a copy of a damaged file, as `NAME.damaged`. */
  copyAside(name: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** A segment that is being written. */
export interface SegmentFile {
  /** Appends, and has it on the disk when it resolves. */
  append(pieces: readonly Uint8Array[]): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** A folder of the file system; made with the first segment, and only its owner may look into it. */
export function inboxFolder(path: string): InboxFolder {
  return {
    async list() {
      const names = await readdir(path).catch((thrown: unknown) => {
        if (errnoOf(thrown) === "ENOENT") return [];
        throw thrown;
      });
      return Promise.all(names.map(async (name) => ({ name, bytes: (await stat(join(path, name))).size })));
    },
    read: (name) => readFile(join(path, name)),
    async create(name, spare) {
      const made = await mkdir(path, { recursive: true, mode: 0o700 });
      if (spare !== undefined) await rename(join(path, spare), join(path, name));
      const file = await open(join(path, name), spare === undefined ? "w" : "r+", 0o600);
      if (made !== undefined) await syncFolder(dirname(path));
      await syncFolder(path);
      return {
        async append(pieces) {
          const bytes = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
          const { bytesWritten } = await file.writev([...pieces]);
          // A disk that fills up takes a part of it first, and says so only when asked for the rest.
          if (bytesWritten < bytes) throw new Error(`only ${bytesWritten} of ${bytes} bytes could be written; the disk may be full`);
          await file.datasync();
        },
        truncate: (bytes) => file.truncate(bytes),
        close: () => file.close(),
      };
    },
    truncate: (name, bytes) => truncate(join(path, name), bytes),
    copyAside: (name) => copyFile(join(path, name), join(path, `${name}.damaged`)),
    remove: (name) => rm(join(path, name), { force: true }),
  };
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
