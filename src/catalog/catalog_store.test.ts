import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SqlCatalog } from "../../test/fakes/sql_catalog.ts";
import { type Database, openDatabase } from "../kit/index.ts";
import { CATALOG_MIGRATIONS, type CatalogOptions, CatalogStore } from "./index.ts";

describe("a catalog that is kept", () => {
  let folder = "";
  let databases: Database[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hotaka-catalog-"));
    databases = [];
  });

  afterEach(() => {
    for (const database of databases) database.close();
    rmSync(folder, { recursive: true });
  });

  /** A process that was killed and comes again has what is on the disk and the last checkpoint. */
  async function started(from?: SqlCatalog, options: Partial<CatalogOptions> = {}): Promise<SqlCatalog> {
    const saved = from?.catalog.save();
    for (const database of databases) database.close();
    const database = await openDatabase({ path: join(folder, "catalog.db"), migrations: CATALOG_MIGRATIONS });
    databases.push(database);
    const run = new SqlCatalog({ ...options, store: new CatalogStore(database) });
    if (from !== undefined) run.clock.advanceTo(from.clock.nowMs());
    run.catalog.restore(saved ?? new Map());
    return run;
  }

  function load({ catalog }: SqlCatalog, declared: readonly { name: string; sql: string }[] = []): void {
    catalog.loadTargets();
    catalog.declare(declared, { mayWait: true });
    catalog.loadQueries();
    catalog.restored();
  }

  test("has its targets, fields, queries, windows and rows again", async () => {
    const before = await started();
    before.catalog.openTarget("access", { autoField: false });
    before.catalog.openTarget("lazy");
    before.send("access", { host: "a", size: 1 });
    before.catalog.reserve("access", "req.path", "string");
    before.register("count", "SELECT host, COUNT(*) AS n FROM access.win:time_batch(1 min) GROUP BY host", "web");
    before.register("each", "SELECT size FROM access");
    before.register("waits", "SELECT agent FROM access");
    before.register("suspended", "SELECT host FROM access");
    before.catalog.suspend("suspended");
    before.register("removed", "SELECT host FROM access");
    before.catalog.remove("removed");
    before.send("access", { host: "a", size: 2 });

    const after = await started(before);
    load(after);
    const shown = ({ catalog }: SqlCatalog) => ({
      targets: catalog.targets().map(({ name, lazy, auto_field, fields }) => [name, lazy, auto_field, fields]),
      fields: catalog.allFields("access"),
      queries: catalog
        .queries()
        .map(({ name, group, sql, state, targets, events, rows }) => [name, group, sql, state, targets, events, rows]),
    });
    expect(shown(after)).toEqual({ ...shown(before) });
    expect(after.catalog.see("each").map(({ row }) => row)).toEqual([{ size: 2 }]);
    after.send("access", { host: "a", size: 3 });
    after.pass(60_000);
    expect(after.taken()).toEqual(['each@0 {"size":3}', 'count@60000 {"host":"a","n":2}']);
  });

  test("has the budgets of its queries again: their own, and of the others what all may hold, over windows that stand", async () => {
    const budget = { groups_max: 2, events_max: 1000, when_full: "refuse" } as const;
    const before = await started(undefined, { budget });
    const sql = "SELECT host, COUNT(*) AS n FROM access.win:time_batch(1 min) GROUP BY host";
    before.send("access", { host: "a" });
    before.register("usual", sql);
    before.catalog.register({ name: "own", sql, budget: { when_full: "evict" } }, { opensTargets: true });
    before.send("access", { host: "a" }, { host: "b" }, { host: "c" });
    const after = await started(before, { budget: { ...budget, groups_max: 3 } });
    load(after);
    after.send("access", { host: "d" }, { host: "e" });
    expect(after.catalog.queries().map(({ name, budget: own, refused, evicted }) => [name, own, refused, evicted])).toEqual([
      ["usual", { ...budget, groups_max: 3 }, 2, 0],
      ["own", { ...budget, groups_max: 3, when_full: "evict" }, 0, 2],
    ]);
    after.pass(60_000);
    expect(after.taken()).toEqual([
      'usual@60000 {"host":"a","n":1}',
      'usual@60000 {"host":"b","n":1}',
      'usual@60000 {"host":"d","n":1}',
      'own@60000 {"host":"c","n":1}',
      'own@60000 {"host":"e","n":1}',
      'own@60000 {"host":"d","n":1}',
    ]);
  });

  test("keeps fields as they come, without a checkpoint", async () => {
    const before = await started();
    before.catalog.openTarget("t");
    before.send("t", { a: 1 });
    before.send("t", { b: 1.5 }, { c: { d: 1 } });
    const after = await started();
    load(after);
    expect(after.catalog.targets()[0]).toMatchObject({ lazy: false, fields: { a: "integer", b: "float", c: "hash" } });
    expect(after.catalog.fields("t").map(({ optional }) => optional)).toEqual([false, true, true]);
    after.catalog.closeTarget("t");
    const last = await started();
    load(last);
    expect(last.catalog.targets()).toEqual([]);
  });

  test("a query of the settings stays suspended over a restart, until its text is another", async () => {
    const before = await started();
    before.catalog.intake("access", { host: "string" });
    load(before, [{ name: "q", sql: "SELECT host FROM access" }]);
    before.catalog.suspend("q");
    const after = await started();
    after.catalog.intake("access", { host: "string" });
    load(after, [{ name: "q", sql: "SELECT host FROM access" }]);
    expect(after.catalog.query("q")).toMatchObject({ state: "suspended" });
    after.catalog.declare([{ name: "q", sql: "SELECT host AS h FROM access" }]);
    expect(after.catalog.query("q")).toMatchObject({ state: "running" });
  });

  test("the settings own their names: a query that was registered under one is replaced", async () => {
    const before = await started();
    before.catalog.openTarget("t", { fields: { a: "int" } });
    before.register("q", "SELECT a FROM t");
    const after = await started();
    load(after, [{ name: "q", sql: "SELECT a AS b FROM t" }]);
    expect(after.catalog.queries().map(({ sql }) => sql)).toEqual(["SELECT a AS b FROM t"]);
    const last = await started();
    load(last);
    expect(last.catalog.queries()).toEqual([]);
  });

  test("a query that is wrong by now is there, suspended with the reason, and is tried again at the next start", async () => {
    const before = await started();
    before.catalog.openTarget("t", { fields: { a: "int" } });
    before.register("q", "SELECT a + 1 AS b FROM t");
    const after = await started();
    after.catalog.intake("t", { a: "string" });
    load(after);
    expect(after.catalog.query("q")).toMatchObject({ state: "suspended", reason: expect.stringContaining("+ takes numbers") });
    const last = await started();
    load(last);
    expect(last.catalog.query("q")).toMatchObject({ state: "running" });
  });

  test("what a query feeds comes again with it, and keeps its time", async () => {
    const before = await started();
    before.register("minutes", "SELECT COUNT(*) AS n FROM access.win:time_batch(1 min)", "LOOPBACK(counts)");
    before.register("sum", "SELECT SUM(n) AS total FROM counts.win:length_batch(2)");
    before.send("access", { host: "a" });
    before.pass(60_000);
    const after = await started(before);
    load(after);
    after.send("access", { host: "a" });
    after.pass(120_000);
    expect(after.taken()).toEqual(['minutes@120000 {"n":1}', 'sum@120000 {"total":2}', 'minutes@180000 {"n":0}']);
  });

  test("a disk that does not take a field does not stop the events; a query that cannot be kept is not registered", async () => {
    const run = await started();
    run.catalog.openTarget("t");
    run.register("q", "SELECT a FROM t");
    databases.pop()!.close();
    run.send("t", { a: 1 });
    expect(run.taken()).toEqual(['q@0 {"a":1}']);
    expect(() => run.register("r", "SELECT a FROM t")).toThrow("used after it was closed");
    expect(run.catalog.query("r")).toBeUndefined();
    const after = await started();
    load(after);
    expect(after.catalog.targets()[0]).toMatchObject({ lazy: true });
  });
});
