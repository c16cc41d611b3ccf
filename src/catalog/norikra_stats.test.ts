import { describe, expect, test } from "vitest";
import { SqlCatalog } from "../../test/fakes/sql_catalog.ts";
import { exportStats, importStats } from "./index.ts";

/** As Norikra 1.5 writes it, with the keys of older versions beside. */
const NORIKRA = {
  threads: { engine: {} },
  log: { level: null },
  targets: [
    {
      name: "access",
      fields: {
        host: { name: "host", type: "string", optional: false, nullable: false },
        size: { name: "size", type: "integer", optional: true, nullable: false },
        rate: { name: "rate", type: "float", optional: true, nullable: false },
        ok: { name: "ok", type: "boolean", optional: true, nullable: false },
        req: { name: "req", type: "hash", optional: true, nullable: false },
        "req.path": { name: "req.path", type: "string", optional: true, nullable: false },
      },
      auto_field: false,
    },
    { name: "lazy", fields: {}, auto_field: true },
  ],
  queries: [
    { name: "hosts", group: null, expression: "select host, count(*) as n from access.win:time_batch(1 min) group by host" },
    { name: "paths", group: "web", expression: "select req.path as path from access where size > 1" },
    { name: "later", group: null, expression: "select x from lazy" },
  ],
};

describe("the file of targets and queries that Norikra writes", () => {
  test("is imported: targets with their fields, queries with their groups", () => {
    const run = new SqlCatalog();
    expect(importStats(run.catalog, JSON.stringify(NORIKRA))).toEqual({
      targets: { opened: ["access", "lazy"], there: [] },
      queries: { running: ["hosts", "paths"], waiting: ["later"], edited: [], there: [] },
    });
    expect(run.catalog.targets()).toMatchObject([
      { name: "access", lazy: false, auto_field: false },
      { name: "lazy", lazy: true, auto_field: true },
    ]);
    run.send("access", { host: "a", size: 2, req: { path: "/" } });
    expect(run.taken()).toEqual(['paths@0 {"path":"/"}']);
  });

  test("comes out again as it went in, and goes in again without a change", () => {
    const run = new SqlCatalog();
    importStats(run.catalog, JSON.stringify(NORIKRA));
    run.catalog.suspend("paths");
    const text = exportStats(run.catalog);
    const { threads: _, log: __, ...stats } = NORIKRA;
    const suspended = stats.queries.map((query) => (query.name === "paths" ? { ...query, suspended: true } : query));
    expect(text).toBe(`${JSON.stringify({ ...stats, queries: suspended }, undefined, 2)}\n`);
    expect(importStats(run.catalog, text)).toEqual({
      targets: { opened: [], there: ["access", "lazy"] },
      queries: { running: [], waiting: [], edited: [], there: ["hosts", "paths", "later"] },
    });
    const other = new SqlCatalog();
    importStats(other.catalog, text);
    expect(other.catalog.query("paths")).toMatchObject({ state: "suspended" });
    expect(exportStats(other.catalog)).toBe(text);
  });

  test("adds the fields that a target lacks, and changes nothing when it is tried without", () => {
    const run = new SqlCatalog();
    run.catalog.openTarget("access", { fields: { host: "string" } });
    importStats(run.catalog, JSON.stringify(NORIKRA), { dryRun: true });
    expect(run.catalog.targets().map(({ name }) => name)).toEqual(["access"]);
    expect(run.catalog.queries()).toEqual([]);
  });

  test("is imported whole or not at all, and everything that is wrong is told", () => {
    const run = new SqlCatalog();
    run.catalog.openTarget("lazy", { fields: { x: "string" } });
    run.register("later", "SELECT x FROM lazy");
    const before = exportStats(run.catalog);
    const wrong = { ...NORIKRA, queries: [...NORIKRA.queries, { name: "bad", group: null, expression: "select from" }] };
    expect(() => importStats(run.catalog, JSON.stringify(wrong))).toThrow(
      /Nothing was imported\. query "later": there is another one of that name\.\nquery "bad": query "bad", line 1/,
    );
    expect(exportStats(run.catalog)).toBe(before);
  });

  test("edits what is there with another text, if that is wanted, and puts it back when the file is not taken up", () => {
    const run = new SqlCatalog();
    importStats(run.catalog, JSON.stringify(NORIKRA));
    const [first, ...others] = NORIKRA.queries;
    const before = exportStats(run.catalog);
    const edited = { ...first!, expression: "select host from access", group: "g" };
    const text = JSON.stringify({ ...NORIKRA, queries: [edited, ...others] });
    const wrong = JSON.stringify({ ...NORIKRA, queries: [edited, { name: "bad", group: null, expression: "select from" }] });
    expect(() => importStats(run.catalog, wrong, { edits: true })).toThrow('query "bad"');
    expect(exportStats(run.catalog)).toBe(before);
    expect(importStats(run.catalog, text, { edits: true })).toMatchObject({ queries: { running: [], edited: [first!.name] } });
    expect(run.catalog.query(first!.name)).toMatchObject({ sql: "select host from access", group: "g" });
  });

  test.each([
    ["", "the file is not JSON"],
    ["[]", "the file: an object was wanted"],
    ["{}", "targets: a list was wanted"],
    ['{"targets":[{}],"queries":[]}', "targets[0].name: a text was wanted"],
    ['{"targets":[{"name":"t","fields":{"a":{"type":"byte"}}}],"queries":[]}', 'cannot be of the type "byte"'],
    ['{"targets":[{"name":"__proto__","fields":{}}],"queries":[]}', "cannot be the name of a target"],
    ['{"targets":[],"queries":[{"name":"q","expression":1}]}', "queries[0].expression: a text was wanted"],
    ['{"targets":[],"queries":[{"name":"q","expression":"select 1","group":7}]}', "queries[0].group: a text or null was wanted"],
  ])("%j is refused with its place", (text, sentence) => {
    const run = new SqlCatalog();
    expect(() => importStats(run.catalog, text)).toThrow(sentence);
    expect(run.catalog.targets()).toEqual([]);
  });
});
