import { join } from "node:path";
import { type Clock, type Database, type Migration, openDatabase } from "../kit/index.ts";
import { Audit } from "./audit.ts";
import { Tokens } from "./tokens.ts";

/** Who may do what, and who did what: `accounts.db` in the data folder. */
export class Accounts {
  readonly tokens: Tokens;
  readonly audit: Audit;
  readonly #database: Database;

  private constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.tokens = new Tokens({ database, clock });
    this.audit = new Audit({ database, clock });
  }

  /** The folder must exist. Throws HOTAKA_DATABASE. */
  static async open({ dataDir, clock }: { readonly dataDir: string; readonly clock: Clock }): Promise<Accounts> {
    return new Accounts(await openDatabase({ path: join(dataDir, "accounts.db"), migrations: MIGRATIONS }), clock);
  }

  close(): void {
    this.#database.close();
  }
}

const MIGRATIONS: readonly Migration[] = [
  `CREATE TABLE tokens (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     role TEXT NOT NULL,
     hash TEXT NOT NULL,
     created_ms INTEGER NOT NULL,
     created_by TEXT NOT NULL,
     expires_ms INTEGER,
     used_ms INTEGER
   ) STRICT;
   CREATE TABLE audit (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     at_ms INTEGER NOT NULL,
     who TEXT NOT NULL,
     what TEXT NOT NULL,
     outcome TEXT NOT NULL
   ) STRICT;`,
];
