import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/** The files of a journal. A test hands in one that fails, or that ends in the middle. */
export interface JournalFolder {
  /** The names of the files in it. */
  list(): Promise<string[]>;
  read(name: string): Promise<Buffer>;
  /** Writes a file, in place of one of that name, and has it on the disk when it resolves. */
  write(name: string, pieces: Iterable<Uint8Array>): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Has every rename before it on the disk when it resolves. */
  sync(): Promise<void>;
}

/** A folder of the file system, made if it is not there; only its owner may look into it, as states hold what came in. */
export async function openJournalFolder(path: string): Promise<JournalFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  return {
    list: () => readdir(path),
    read: (name) => readFile(join(path, name)),
    async write(name, pieces) {
      const file = await open(join(path, name), "w", 0o600);
      try {
        for (const piece of pieces) await file.writeFile(piece);
        await file.datasync();
      } finally {
        await file.close();
      }
    },
    rename: (from, to) => rename(join(path, from), join(path, to)),
    remove: (name) => rm(join(path, name), { force: true }),
    async sync() {
      const folder = await open(path, "r");
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    },
  };
}
