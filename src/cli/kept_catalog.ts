import { join } from "node:path";
import { Catalog, CATALOG_MIGRATIONS, CatalogStore } from "../catalog/index.ts";
import { type Clock, Counters, FolderLock, makePrivateFolder, openDatabase, silentLog } from "../kit/index.ts";
import { openStatement } from "../sql/index.ts";

/** Of a data folder. */
export const CATALOG_FILE = "catalog.db";

/** The catalog of a data folder as it is kept, without the targets and queries of the settings. */
export async function withCatalog<Result>(folder: string, clock: Clock, use: (catalog: Catalog) => Result): Promise<Result> {
  const database = await openDatabase({ path: join(folder, CATALOG_FILE), migrations: CATALOG_MIGRATIONS });
  try {
    const store = new CatalogStore(database);
    const catalog = new Catalog({ open: openStatement, clock, counters: new Counters(), log: silentLog, store });
    catalog.loadTargets();
    catalog.loadQueries();
    return use(catalog);
  } finally {
    database.close();
  }
}

/** As `withCatalog`, to change it. The folder is made if there is none. Throws HOTAKA_DATA_DIR while a daemon has it. */
export async function withLockedCatalog<Result>(folder: string, clock: Clock, use: (catalog: Catalog) => Result): Promise<Result> {
  makePrivateFolder(folder);
  const lock = await FolderLock.take(folder);
  try {
    return await withCatalog(folder, clock, use);
  } finally {
    lock.release();
  }
}
