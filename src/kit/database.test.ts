import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Database, openDatabase } from "./database.ts";
import { HotakaError } from "./errors.ts";

const MIGRATIONS = ["CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, size REAL) STRICT;"];

let folder: string;
let path: string;
const opened: Database[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-database-"));
  path = join(folder, "notes.db");
});
afterEach(() => {
  for (const database of opened.splice(0)) database.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(migrations: readonly string[] = MIGRATIONS, at = path): Promise<Database> {
  const database = await openDatabase({ path: at, migrations, busyMs: 50 });
  opened.push(database);
  return database;
}

describe("a database", () => {
  test("keeps what was written over closing and opening", async () => {
    const first = await open();
    expect(first.run("INSERT INTO note (text, size) VALUES (?, ?)", "ä\u{1F600}", 1.5)).toBe(1);
    first.close();
    const row = (await open()).get("SELECT id, text, size FROM note");
    expect([row?.number("id"), row?.text("text"), row?.number("size")]).toEqual([1, "ä\u{1F600}", 1.5]);
  });

  test("writes ahead and synchronises every commit", async () => {
    const database = await open();
    expect(database.get("PRAGMA journal_mode")?.text("journal_mode")).toBe("wal");
    expect(database.get("PRAGMA synchronous")?.number("synchronous")).toBe(2);
    expect(database.get("PRAGMA foreign_keys")?.number("foreign_keys")).toBe(1);
  });

  test("tells null from text, and a missing row from an empty one", async () => {
    const database = await open();
    database.run("INSERT INTO note (text) VALUES (?)", null);
    const row = database.get("SELECT text FROM note")!;
    expect(row.textOrNull("text")).toBeNull();
    expect(() => row.text("text")).toThrow("where text was wanted");
    expect(() => row.text("txt")).toThrow("no column txt");
    expect(database.get("SELECT text FROM note WHERE id = 7")).toBeUndefined();
  });

  test("holds an integer up to 2^53 - 1 exactly, and a text with a NUL whole", async () => {
    const database = await open();
    const row = database.get("SELECT ? AS number, ? AS text", Number.MAX_SAFE_INTEGER, "a\0b");
    expect(row?.number("number")).toBe(Number.MAX_SAFE_INTEGER);
    expect(row?.text("text")).toBe("a\uFFFDb");
  });

  test("does all of a transaction or nothing of it", async () => {
    const database = await open();
    const insert = (): number => database.run("INSERT INTO note (text) VALUES ('x')");
    expect(() =>
      database.transaction(() => {
        insert();
        database.transaction(insert);
        throw new Error("changed my mind");
      }),
    ).toThrow("changed my mind");
    expect(database.all("SELECT id FROM note")).toHaveLength(0);
    database.transaction(() => {
      insert();
      database.transaction(insert);
    });
    expect(database.all("SELECT id FROM note")).toHaveLength(2);
  });

  test("says which file and why when a statement fails, and goes on", async () => {
    const database = await open();
    expect(() => database.run("INSERT INTO note (size) VALUES (?)", "wide")).toThrow(
      /notes\.db could not be read or changed: cannot store TEXT/,
    );
    expect(() => database.all("SELEC 1")).toThrow(HotakaError);
    expect(database.run("INSERT INTO note (size) VALUES (?)", 1)).toBe(1);
  });

  test("is not used after it was closed, not even by way of a statement made before", async () => {
    const database = await open();
    database.get("SELECT 1 AS one");
    database.close();
    database.close();
    expect(() => database.get("SELECT 1 AS one")).toThrow("after it was closed");
  });

  test("waits for another writer, then says that the file is locked", async () => {
    const [first, second] = [await open(), await open()];
    expect(() => first.transaction(() => second.run("INSERT INTO note (text) VALUES ('x')"))).toThrow(/database is locked/);
  });
});

describe("a schema", () => {
  const added = [...MIGRATIONS, "ALTER TABLE note ADD COLUMN by TEXT; UPDATE note SET by = 'nobody';"];

  test("is brought up to date step by step, keeping what is there", async () => {
    const old = await open();
    old.run("INSERT INTO note (text) VALUES ('x')");
    old.close();
    const database = await open(added);
    expect(database.get("SELECT by FROM note")?.text("by")).toBe("nobody");
    expect(database.get("PRAGMA user_version")?.number("user_version")).toBe(2);
  });

  test("of a newer version is refused, and the file is left as it was", async () => {
    (await open(added)).close();
    await expect(open()).rejects.toThrow(/is of schema 2, and this version of Hotaka knows up to 1/);
    expect((await open(added)).get("PRAGMA user_version")?.number("user_version")).toBe(2);
  });

  test("step that fails leaves nothing of itself behind", async () => {
    await expect(open([...MIGRATIONS, "CREATE TABLE other (id INTEGER); SELEC;"])).rejects.toThrow(HotakaError);
    const database = await open();
    expect(database.all("SELECT name FROM sqlite_master WHERE name = 'other'")).toHaveLength(0);
  });
});

describe("a file that is no database", () => {
  test("is refused with its name and left alone", async () => {
    writeFileSync(path, "host,count\n".repeat(500));
    await expect(open()).rejects.toThrow(/notes\.db could not be opened as a database: file is not a database\. .*move it away/);
  });

  test("such as a folder or a missing folder gives a sentence", async () => {
    await expect(open(MIGRATIONS, folder)).rejects.toThrow(HotakaError);
    await expect(open(MIGRATIONS, join(folder, "missing", "x.db"))).rejects.toThrow(/missing\/x\.db could not be opened/);
  });
});
