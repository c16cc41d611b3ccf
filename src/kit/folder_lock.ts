import { join } from "node:path";
import { type Database, openDatabase } from "./database.ts";
import { HotakaError } from "./errors.ts";

/**
 * Holds a folder for one process. The lock is that of SQLite, which is the kernel's: it goes with the process, however that ends, so there
 * is no stale lock to judge. The file `lock` stays; it holds nothing.
 */
export class FolderLock {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Takes the lock of an existing folder, or throws HOTAKA_DATA_DIR when another process has it. */
  static async take(folder: string): Promise<FolderLock> {
    let database: Database | undefined;
    try {
      database = await openDatabase({ path: join(folder, "lock"), migrations: [], busyMs: 0 });
      database.exec("BEGIN EXCLUSIVE");
      return new FolderLock(database);
    } catch (thrown) {
      database?.close();
      if (!(thrown instanceof HotakaError) || !/\b(?:locked|busy)\b/i.test(thrown.message)) throw thrown;
      throw new HotakaError(
        "HOTAKA_DATA_DIR",
        `${folder} is held by another daemon. Stop that one, or give this one a folder of its own (data_dir).`,
        {
          cause: thrown,
        },
      );
    }
  }

  release(): void {
    // libsql lets go of a connection when it is collected, not when it is closed; the end of the transaction is what frees the folder.
    this.#database.exec("ROLLBACK");
    this.#database.close();
  }
}
