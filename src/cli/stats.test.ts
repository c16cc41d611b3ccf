import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { recordedTerminal } from "../../test/cli/recorded_terminal.ts";
import { FolderLock, VirtualClock } from "../kit/index.ts";
import { COMMANDS } from "./commands.ts";
import { runProgram } from "./program.ts";

const STATS = {
  targets: [{ name: "access", fields: { host: { name: "host", type: "string", optional: false, nullable: false } }, auto_field: true }],
  queries: [
    { name: "hosts", group: null, expression: "select host, count(*) as n from access.win:time_batch(1 min) group by host" },
    { name: "later", group: "g", expression: "select agent from access" },
  ],
};

let folder = "";
let file = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-stats-"));
  file = join(folder, "stats.json");
  writeFileSync(file, JSON.stringify(STATS));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function stats(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  const terminal = recordedTerminal();
  const data = ["--data-dir", join(folder, "data")];
  const status = await runProgram(["stats", ...words, ...data], COMMANDS, { terminal, clock: new VirtualClock(), env: {}, exitStatus: 0 });
  return { status, out: terminal.out.text, err: terminal.err.text };
}

test("a file of Norikra is imported, and comes out again as it went in", async () => {
  const done = ["target access opened", "query hosts registered", "query later registered; it waits for fields that no event has had yet"];
  expect(await stats("import", "--dry-run", file)).toMatchObject({
    status: 0,
    out: [...done, "Nothing was done: this was a dry run.", ""].join("\n"),
  });
  expect(await stats("import", file)).toMatchObject({ status: 0, out: [...done, "3 in all.", ""].join("\n") });
  expect(await stats("import", file)).toMatchObject({
    out: "target access was there\nquery hosts was there\nquery later was there\n3 in all.\n",
  });
  expect(await stats("export")).toMatchObject({ status: 0, out: `${JSON.stringify(STATS, undefined, 2)}\n` });
  await stats("export", join(folder, "out.json"));
  expect(JSON.parse(readFileSync(join(folder, "out.json"), "utf8"))).toEqual(STATS);
});

test("what cannot be imported or exported is told", async () => {
  expect(await stats("export")).toMatchObject({ status: 1, err: expect.stringContaining("has no catalog.db") });
  expect(await stats("import", "nowhere.json")).toMatchObject({
    status: 2,
    err: expect.stringContaining("nowhere.json could not be read"),
  });
  writeFileSync(file, "{}");
  expect(await stats("import", file)).toMatchObject({
    status: 1,
    err: expect.stringContaining("HOTAKA_STATS_INVALID  targets: a list was wanted"),
  });
  const lock = await FolderLock.take(join(folder, "data"));
  expect(await stats("import", file)).toMatchObject({ status: 1, err: expect.stringContaining("HOTAKA_DATA_DIR") });
  lock.release();
});
