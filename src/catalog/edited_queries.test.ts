import { describe, expect, test } from "vitest";
import { SqlCatalog } from "../../test/fakes/sql_catalog.ts";
import { openDatabase } from "../kit/index.ts";
import { CATALOG_MIGRATIONS, CatalogStore } from "./index.ts";

const FIRST = "SELECT host, COUNT(*) AS n FROM access.win:time_batch(1 min) GROUP BY host HAVING COUNT(*) >= 3";

describe("a query that is put", () => {
  test("is registered where there is none, and left alone where it stands so", () => {
    const run = opened();
    expect(run.put(FIRST)).toEqual({ outcome: "created", isRunning: true, isStateKept: false });
    run.send(2);
    expect(run.put(FIRST)).toEqual({ outcome: "unchanged", isRunning: true, isStateKept: true });
    run.send(1);
    expect(run.minute()).toEqual(['q@60000 {"host":"a","n":3}']);
  });

  test.each([
    ["another HAVING", FIRST.replace(">= 3", ">= 2"), '{"host":"a","n":2}'],
    ["no HAVING", FIRST.replace(/ HAVING .*/, ""), '{"host":"a","n":2}'],
    [
      "other names and what is worked out of the aggregates",
      FIRST.replace("AS n", "* 10 AS tens").replace(">= 3", "> 0"),
      '{"host":"a","tens":20}',
    ],
    [
      "another order and other blanks",
      FIRST.replace(">= 3", ">=  1").replace("host, COUNT(*) AS n", "COUNT(*) AS n,   host"),
      '{"n":2,"host":"a"}',
    ],
  ])("keeps its window with %s", (_, sql, row) => {
    const run = opened();
    run.put(FIRST);
    run.send(2);
    expect(run.put(sql)).toEqual({ outcome: "changed", isRunning: true, isStateKept: true });
    expect(run.minute()).toEqual([`q@60000 ${row}`]);
  });

  test.each([
    ["another window", FIRST.replace("1 min", "2 min").replace(">= 3", ">= 1"), 120_000],
    ["another WHERE", FIRST.replace("GROUP", "WHERE host != 'b' GROUP").replace(">= 3", ">= 1"), 60_000],
    ["another aggregate", FIRST.replace("COUNT(*) AS n", "MAX(host) AS n").replace(">= 3", ">= 1"), 60_000],
  ])("begins a window of its own with %s", (_, sql, endMs) => {
    const run = opened();
    run.put(FIRST);
    run.send(2);
    expect(run.put(sql)).toEqual({ outcome: "changed", isRunning: true, isStateKept: false });
    run.send(1);
    expect([...run.minute(), ...run.minute()][0]).toMatch(new RegExp(`^q@${endMs} `));
  });

  test("keeps the rows that nobody has fetched, and is as it was when the new text is wrong", () => {
    const run = opened();
    run.put("SELECT host FROM access");
    run.send(1);
    expect(() => run.put("SELECT FROM access")).toThrow("line 1");
    expect(() => run.put("SELECT host FROM nowhere_")).toThrow("cannot be the name of a target");
    run.put("SELECT host AS h FROM access");
    run.send(1);
    expect(run.catalog.fetch("q").map(({ row }) => row)).toEqual([{ host: "a" }, { h: "a" }]);
  });

  test("stays suspended, and may come to wait for fields", () => {
    const run = opened();
    run.put("SELECT host FROM access");
    run.catalog.suspend("q");
    expect(run.put("SELECT host AS h FROM access")).toMatchObject({ outcome: "changed", isRunning: false });
    run.send(1);
    expect(run.rows).toEqual([]);
    run.catalog.resume("q");
    expect(run.put("SELECT other FROM access")).toMatchObject({ outcome: "changed", isRunning: false });
    expect(run.catalog.query("q")).toMatchObject({ state: "waiting" });
  });

  test("leaves a query of the settings to the settings", () => {
    const run = opened();
    run.catalog.declare([{ name: "q", sql: FIRST }]);
    expect(run.put(FIRST)).toMatchObject({ outcome: "unchanged" });
    expect(() => run.put("SELECT host FROM access")).toThrow("declared in the settings file");
    expect(() => run.catalog.remove("q")).toThrow("declared in the settings file");
    expect(() => run.catalog.closeTarget("access")).toThrow('query "q" is declared in the settings file');
    run.send(2);
    run.catalog.declare([{ name: "q", sql: FIRST.replace(">= 3", ">= 2") }]);
    expect(run.minute()).toEqual(['q@60000 {"host":"a","n":2}']);
    run.catalog.declare([]);
    expect(run.catalog.closeTarget("access")).toBe(true);
  });

  test("SELECT * over a window keeps what it holds when a field comes", () => {
    const run = opened();
    run.put("SELECT * FROM access.win:length_batch(2)");
    run.send(1);
    run.sql.send("access", { host: "b", agent: "x" });
    expect(run.sql.taken()).toEqual(['q@0 {"host":"a","agent":null}', 'q@0 {"host":"b","agent":"x"}']);
  });
});

function opened() {
  const sql = new SqlCatalog();
  sql.catalog.openTarget("access");
  sql.send("access", { host: "a" });
  return {
    sql,
    catalog: sql.catalog,
    rows: sql.rows,
    put: (text: string) => sql.catalog.put({ name: "q", sql: text }, { opensTargets: true }),
    send: (count: number) => sql.send("access", ...Array.from({ length: count }, () => ({ host: "a" }))),
    minute: () => {
      sql.pass(60_000);
      return sql.taken();
    },
  };
}

test("rows that nobody has fetched stay when a query is edited so that it waits, over a restart and another edit", async () => {
  const database = await openDatabase({ path: ":memory:", migrations: CATALOG_MIGRATIONS });
  const store = new CatalogStore(database);
  const run = new SqlCatalog({ store });
  run.catalog.openTarget("t", { fields: { a: "integer" } });
  run.catalog.put({ name: "q", sql: "SELECT a AS v FROM t" });
  run.send("t", { a: 1 });
  run.catalog.put({ name: "q", sql: "SELECT later AS v FROM t" });
  const again = new SqlCatalog({ store });
  again.catalog.restore(run.catalog.save());
  again.catalog.loadTargets();
  again.catalog.loadQueries();
  expect(again.catalog.queries()).toMatchObject([{ name: "q", state: "waiting", rows: 1, pooled: 1 }]);
  again.catalog.put({ name: "q", sql: "SELECT a + 1 AS v FROM t" });
  expect(again.catalog.fetch("q").map(({ row }) => row)).toEqual([{ v: 1 }]);
  database.close();
});
