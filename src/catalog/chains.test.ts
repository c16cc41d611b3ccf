import { describe, expect, test } from "vitest";
import { SqlCatalog } from "../../test/fakes/sql_catalog.ts";

describe("INSERT INTO", () => {
  test("makes the target with its fields, and what reads it sees the rows as events, at the time of the rows", () => {
    const run = new SqlCatalog();
    run.register("minutes", "INSERT INTO busy SELECT host, COUNT(*) AS n FROM access.win:time_batch(1 min) GROUP BY host");
    run.register("hosts", "SELECT COUNT(*) AS hosts FROM busy.win:time_batch(2 min)");
    run.register("loud", "SELECT host, n FROM busy WHERE n > 1");
    run.send("access", { host: "a" }, { host: "a" }, { host: "b" });
    run.pass(60_000);
    run.send("access", { host: "c" });
    run.pass(180_000);
    expect(run.taken()).toEqual([
      'minutes@60000 {"host":"a","n":2}',
      'minutes@60000 {"host":"b","n":1}',
      'loud@60000 {"host":"a","n":2}',
      'minutes@120000 {"host":"c","n":1}',
      'minutes@120000 {"host":"a","n":0}',
      'minutes@120000 {"host":"b","n":0}',
      'minutes@180000 {"host":"c","n":0}',
      // What is given at the end of the second batch is an event of the next.
      'hosts@180000 {"hosts":5}',
    ]);
    expect(run.catalog.fields("busy").map(({ name, type }) => `${name} ${type}`)).toEqual(["host string", "n integer"]);
  });

  test("adds the fields that an open target lacks, and refuses another type or a target whose fields are declared", () => {
    const run = new SqlCatalog();
    run.catalog.openTarget("t", { fields: { host: "string" } });
    run.catalog.openTarget("access", { fields: { host: "string", size: "integer" } });
    run.register("q", "INSERT INTO t SELECT host, size FROM access");
    expect(run.catalog.fields("t").map(({ name }) => name)).toEqual(["host", "size"]);
    expect(() => run.register("r", "INSERT INTO t SELECT size AS host FROM access")).toThrow('field "host" of target "t" is string');
    run.catalog.intake("fixed", { host: "string" });
    expect(() => run.register("s", "INSERT INTO fixed SELECT host, size FROM access")).toThrow('has no field "size"');
  });

  test("a query that waited for the target of another begins with it", () => {
    const run = new SqlCatalog();
    run.catalog.declare(
      [
        { name: "third", sql: "SELECT x FROM c" },
        { name: "second", sql: "SELECT x FROM b" },
      ],
      { mayWait: true },
    );
    run.register("first", "INSERT INTO b SELECT y AS x FROM a");
    run.send("a", { y: 1 });
    expect(run.taken()).toEqual(['first@0 {"x":1}', 'second@0 {"x":1}']);
    expect(run.catalog.query("third")).toMatchObject({ state: "waiting" });
  });

  test("queries of the settings may stand in any order", () => {
    const run = new SqlCatalog();
    run.catalog.intake("a", { x: "integer" });
    run.catalog.declare([
      { name: "last", sql: "SELECT z FROM c" },
      { name: "middle", sql: "INSERT INTO c SELECT y AS z FROM b" },
      { name: "first", sql: "INSERT INTO b SELECT x AS y FROM a" },
    ]);
    run.send("a", { x: 1 });
    expect(run.taken()).toEqual(['first@0 {"y":1}', 'middle@0 {"z":1}', 'last@0 {"z":1}']);
    expect(() => run.catalog.declare([{ name: "last", sql: "SELECT z FROM nowhere" }])).toThrow('no target "nowhere"');
    expect(run.catalog.queries()).toHaveLength(3);
  });
});

describe("loops", () => {
  test.each([
    ["INSERT INTO a SELECT x FROM a", undefined],
    ["SELECT x FROM a", "LOOPBACK(a)"],
    ["INSERT INTO c SELECT x FROM b", undefined],
  ])("%s is refused where it would come back to itself", (sql, group) => {
    const run = new SqlCatalog();
    for (const name of ["a", "b", "c"]) run.catalog.openTarget(name, { fields: { x: "integer" } });
    run.register("standing", "INSERT INTO b SELECT x FROM c");
    expect(() => run.register("loop", sql, group)).toThrow("would read what it gives itself");
    expect(run.catalog.queries()).toHaveLength(1);
  });

  test("a query that shows itself to be a loop only when its fields are known is suspended", () => {
    const run = new SqlCatalog();
    expect(run.register("loop", "INSERT INTO a SELECT x FROM a")).toBe(false);
    run.send("a", { x: 1 });
    expect(run.catalog.query("loop")).toMatchObject({ state: "suspended", reason: expect.stringContaining('itself: "a"') });
  });
});

describe("groups that are listeners", () => {
  test("LOOPBACK(target) gives the rows to a target, which is opened for it, and keeps them from the pool", () => {
    const run = new SqlCatalog();
    run.register("q", "SELECT host, COUNT(*) FROM access.win:time_batch(1 min) GROUP BY host", "LOOPBACK(counts)");
    run.register("all", "SELECT * FROM counts");
    run.send("access", { host: "a" });
    run.pass(60_000);
    expect(run.taken()).toEqual(['q@60000 {"host":"a","count(*)":1}', 'all@60000 {"host":"a","count___":1}']);
    expect(run.catalog.fetch("q")).toEqual([]);
    expect(run.catalog.fetch("all")).toHaveLength(1);
  });

  test("STDOUT() prints the rows as JSON behind the name of the query", () => {
    const lines: string[] = [];
    const run = new SqlCatalog({ print: (line) => lines.push(line) });
    run.register("q", "SELECT host FROM access", "STDOUT()");
    run.send("access", { host: "a" });
    expect(lines).toEqual(['q\t{"host":"a"}']);
    expect(run.catalog.fetch("q")).toEqual([]);
  });

  test("any other group is a label, by which rows are swept", () => {
    const run = new SqlCatalog();
    run.register("q", "SELECT host FROM access", "MAIL(x)");
    run.register("r", "SELECT host FROM access");
    run.register("s", "SELECT other FROM access");
    run.send("access", { host: "a" });
    expect([...run.catalog.sweep("MAIL(x)")].map(([name, rows]) => [name, rows.length])).toEqual([["q", 1]]);
    expect([...run.catalog.sweep(undefined).keys()]).toEqual(["r"]);
    expect(run.catalog.sweep(undefined).size).toBe(0);
    expect(run.catalog.sweep("unknown").size).toBe(0);
  });
});
