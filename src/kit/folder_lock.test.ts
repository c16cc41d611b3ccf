import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FolderLock } from "./index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-lock-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("a folder is held by one at a time, and can be taken when it was released", async () => {
  const lock = await FolderLock.take(folder);
  await expect(FolderLock.take(folder)).rejects.toThrow(/is held by another daemon/);
  lock.release();
  (await FolderLock.take(folder)).release();
});

test("the lock of a process goes with it, even when it is killed", async () => {
  const libsql = createRequire(import.meta.url).resolve("libsql");
  const script = `
    const Database = require(${JSON.stringify(libsql)});
    const database = new Database(${JSON.stringify(join(folder, "lock"))});
    database.exec("PRAGMA journal_mode = WAL; BEGIN EXCLUSIVE");
    console.log("held");
    setInterval(() => database.open, 1000);`;
  const holder = spawn(process.execPath, ["--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  await expect(FolderLock.take(folder)).rejects.toThrow(/is held by another daemon/);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  (await FolderLock.take(folder)).release();
});
