import { describe, expect, test } from "vitest";
import { SqlCatalog } from "../../test/fakes/sql_catalog.ts";

describe("a target that types itself", () => {
  test("the first steps: it is lazy until an event comes, SELECT * gives every later event, and a second fetch gives none", () => {
    const run = new SqlCatalog();
    const { catalog } = run;
    expect(catalog.openTarget("test")).toBe(true);
    expect(catalog.openTarget("test")).toBe(false);
    expect(catalog.targets()[0]).toMatchObject({ name: "test", lazy: true, auto_field: true, fields: {} });
    run.send("test", { name: "spike", age: 27 });
    expect(catalog.targets()[0]).toMatchObject({ lazy: false });
    expect(catalog.fields("test")).toEqual([
      { name: "name", type: "string", optional: false },
      { name: "age", type: "integer", optional: false },
    ]);
    expect(run.register("get_all", "SELECT * FROM test")).toBe(true);
    run.send("test", { name: "jet", age: 36 });
    run.send("test", { name: "faye", age: 77 });
    expect(catalog.fetch("get_all").map(({ row }) => row)).toEqual([
      { name: "jet", age: 36 },
      { name: "faye", age: 77 },
    ]);
    expect(catalog.fetch("get_all")).toEqual([]);
  });

  test("SELECT * that was registered before any event waits, says so, and gives the first event too", () => {
    const run = new SqlCatalog();
    expect(run.register("get_all", "SELECT * FROM test")).toBe(false);
    expect(run.catalog.queries()[0]).toMatchObject({
      state: "waiting",
      reason: 'waits for the first event of target "test".',
      targets: ["test"],
    });
    run.send("test", { name: "spike", age: 27 }, { name: "jet", age: 36, ship: "Bebop" });
    run.send("test", { name: "ed" });
    expect(run.taken()).toEqual([
      'get_all@0 {"name":"spike","age":27}',
      'get_all@0 {"name":"jet","age":36,"ship":"Bebop"}',
      'get_all@0 {"name":"ed","age":null,"ship":null}',
    ]);
  });

  test("a query waits until all its fields are known, and the event that brings the last of them is its first", () => {
    const run = new SqlCatalog();
    run.catalog.openTarget("www", { autoField: false });
    run.send("www", { host: "a" });
    expect(run.register("q", "SELECT host, req.path AS path, size FROM www WHERE size > 1")).toBe(false);
    expect(run.catalog.queries()[0]).toMatchObject({ state: "waiting" });
    run.send("www", { host: "b", size: 3, req: {} });
    expect(run.catalog.queries()[0]).toMatchObject({ reason: expect.stringContaining('"req.path"') });
    run.send("www", { host: "c", size: 4, req: { path: "/" }, other: 1 }, { host: "d", size: 5, req: { path: "/d" } });
    expect(run.taken()).toEqual(['q@0 {"host":"c","path":"/","size":4}', 'q@0 {"host":"d","path":"/d","size":5}']);
    expect(run.catalog.fields("www").map(({ name }) => name)).toEqual(["host", "size"]);
  });

  test("a query sees only events that have its optional fields, also when they are null; NULLABLE sees them all", () => {
    const run = new SqlCatalog();
    run.send("www", {});
    run.catalog.openTarget("www");
    run.send("www", { host: "a" }, { host: "b", user: "root" });
    run.register("strict", "SELECT host, user FROM www");
    run.register("nullable", "SELECT host, NULLABLE(user) FROM www");
    run.register("hosts", "SELECT count(*) AS n FROM www.win:length(10)");
    run.send("www", { host: "c" }, { host: "d", user: null }, { user: "e" });
    expect(run.taken().toSorted()).toEqual([
      'hosts@0 {"n":1}',
      'hosts@0 {"n":2}',
      'hosts@0 {"n":3}',
      'nullable@0 {"host":"c","user":null}',
      'nullable@0 {"host":"d","user":null}',
      'nullable@0 {"host":null,"user":"e"}',
      'strict@0 {"host":"d","user":null}',
      'strict@0 {"host":null,"user":"e"}',
    ]);
  });

  test("a field keeps the type of its first value, and later values are made to fit", () => {
    const run = new SqlCatalog();
    run.catalog.openTarget("t");
    run.send("t", { s: "x", i: 1, f: 1.5, b: true });
    run.register("q", "SELECT s, i, f, b FROM t");
    run.send("t", { s: 12, i: "12ab", f: "2.5x", b: "FALSE" }, { s: true, i: 1.9, f: 7, b: 0 }, { s: 1.5, i: "x", f: null, b: null });
    run.send("t", { s: { a: 1 }, i: [1], f: {}, b: [] }, { s: null, i: true, f: true, b: "no" });
    expect(run.taken()).toEqual([
      'q@0 {"s":"12","i":12,"f":2.5,"b":false}',
      'q@0 {"s":"true","i":1,"f":7,"b":true}',
      'q@0 {"s":"1.5","i":0,"f":null,"b":null}',
      'q@0 {"s":null,"i":null,"f":null,"b":null}',
      'q@0 {"s":null,"i":null,"f":null,"b":true}',
    ]);
    expect(run.counted("target_values_unfit")).toBe(6);
  });

  test("fields within hashes and arrays are found by their path", () => {
    const run = new SqlCatalog();
    run.catalog.openTarget("t");
    run.register("q", "SELECT h.key AS k, a.$0 AS first, a.1 AS second, h.$$0 AS zero FROM t");
    run.send("t", { h: { key: "v", "0": "z" }, a: [1, 2] }, { h: { key: "w" }, a: [3, 4] }, { h: { key: "x", "0": 9 }, a: [5, "6"] });
    expect(run.taken()).toEqual(['q@0 {"k":"v","first":1,"second":2,"zero":"z"}', 'q@0 {"k":"x","first":5,"second":6,"zero":"9"}']);
    expect(run.catalog.fields("t")).toEqual([
      { name: "h", type: "hash", optional: true },
      { name: "a", type: "array", optional: true },
    ]);
  });

  test("keys that cannot be names are made to, or refused and counted", () => {
    const run = new SqlCatalog();
    run.catalog.openTarget("t");
    const event: unknown = JSON.parse('{"__proto__": "p", "user-agent": "x", "constructor": "c", "1st": 1, "": 2}');
    run.send("t", event, new Map<unknown, unknown>([[7, 1]]));
    expect(run.catalog.fields("t").map(({ name }) => name)).toEqual(["__proto__", "user_agent", "constructor"]);
    expect(run.counted("target_keys_refused")).toBe(3);
    run.register("q", "SELECT __proto__, constructor, user_agent FROM t");
    run.send("t", event);
    expect(run.taken()).toEqual(['q@0 {"__proto__":"p","constructor":"c","user_agent":"x"}']);
  });

  test("what is no object is skipped, and nothing is sent to a target that is not there", () => {
    const run = new SqlCatalog();
    run.catalog.openTarget("t");
    expect(run.send("t", 1, null, "x", [1], undefined, { a: 1 })).toBe(1);
    expect(run.send("u", { a: 1 })).toBeUndefined();
  });

  test("10,000 fields from an attacker are bounded and counted, and a field that a query waits for is still found", () => {
    const run = new SqlCatalog({ bounds: { targets_max: 2, fields_max: 100 } });
    run.catalog.openTarget("t");
    run.send("t", { host: "a" });
    run.send("t", Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`f${at}`, at])));
    expect(run.catalog.fields("t")).toHaveLength(100);
    expect(run.counted("target_fields_refused")).toBeGreaterThanOrEqual(9_901);
    expect(run.register("q", "SELECT user FROM t")).toBe(false);
    run.send("t", { user: "root" });
    expect(run.taken()).toEqual(['q@0 {"user":"root"}']);
    run.catalog.openTarget("u");
    expect(() => run.catalog.openTarget("v")).toThrow("there are 2 already (targets_max)");
  });

  test("a value that is nested ten thousand deep is null", () => {
    const run = new SqlCatalog();
    run.catalog.openTarget("t");
    run.send("t", { a: [1] });
    run.register("q", "SELECT a FROM t");
    let deep: unknown[] = [];
    for (let depth = 0; depth < 10_000; depth++) deep = [deep];
    run.send("t", { a: deep });
    expect(run.taken()).toEqual(['q@0 {"a":null}']);
    expect(run.counted("target_values_unfit")).toBe(1);
  });

  test("time goes on by the clock of the wall, so a window closes without a further event", () => {
    const run = new SqlCatalog();
    run.catalog.openTarget("access");
    run.send("access", { host: "a" });
    run.register("q", "SELECT host, COUNT(*) FROM access.win:time_batch(1 min) GROUP BY host");
    for (const count of [100, 200, 0, 0]) {
      run.send("access", ...Array.from({ length: count }, () => ({ host: "h" })));
      run.pass(60_000);
    }
    expect(run.taken()).toEqual([
      'q@60000 {"host":"h","count(*)":100}',
      'q@120000 {"host":"h","count(*)":200}',
      'q@180000 {"host":"h","count(*)":0}',
    ]);
  });
});

describe("opening and closing", () => {
  test("fields are declared with the types of Norikra and may be reserved", () => {
    const { catalog } = new SqlCatalog();
    catalog.openTarget("t", { fields: { a: "int", b: "LONG", c: "double", d: "bool", e: "string" } });
    expect(catalog.targets()[0]).toMatchObject({
      lazy: false,
      fields: { a: "integer", b: "integer", c: "float", d: "boolean", e: "string" },
    });
    expect(catalog.reserve("t", "f", "float")).toBe(true);
    expect(catalog.reserve("t", "f", "string")).toBe(false);
    expect(catalog.fields("t").at(-1)).toEqual({ name: "f", type: "float", optional: true });
    expect(() => catalog.reserve("u", "f", "string")).toThrow('there is no target "u".');
    expect(() => catalog.reserve("t", "g", "hash")).toThrow("is not declared as hash");
    expect(() => catalog.openTarget("u", { fields: { a: "byte" } })).toThrow('cannot be of the type "byte"');
    expect(() => catalog.openTarget("u", { fields: { "a b": "int" } })).toThrow("cannot be the name of a field");
    expect(catalog.targets()).toHaveLength(1);
  });

  test.each(["", "_a", "a_", "1a", "a.b", "a b", "__proto__", "a\n", "é", "a".repeat(256)])("a target cannot be named %j", (name) => {
    const { catalog } = new SqlCatalog();
    expect(() => catalog.openTarget(name)).toThrow("cannot be the name of a target");
    expect(catalog.openTarget("constructor")).toBe(true);
  });

  test("closing a target takes its queries with it, and what still comes is dropped", () => {
    const run = new SqlCatalog();
    run.register("waits", "SELECT a FROM t.win:keepall(), u.win:keepall() WHERE b = 1");
    run.register("other", "SELECT a FROM v");
    const intake = run.catalog.openIntake("t");
    expect(run.catalog.closeTarget("t")).toBe(true);
    expect(run.catalog.closeTarget("t")).toBe(false);
    expect(intake.isClosed).toBe(true);
    intake.columns.take({ a: 1 }, 0);
    intake.columns.flush();
    expect(run.catalog.queries().map(({ name }) => name)).toEqual(["other"]);
    expect(run.catalog.openIntake("t")).not.toBe(intake);
  });

  test("registering opens what the query reads, unless the query is wrong", () => {
    const run = new SqlCatalog();
    expect(() => run.register("q", "SELECT FROM t")).toThrow("line 1");
    expect(() => run.register("q", "SELECT a FROM bad_")).toThrow("cannot be the name of a target");
    expect(() => run.register(" ", "SELECT a FROM t")).toThrow("cannot be the name of a query");
    expect(run.catalog.targets()).toEqual([]);
    expect(run.register("q", "SELECT a FROM t")).toBe(false);
    expect(run.catalog.targets().map(({ name, lazy }) => [name, lazy])).toEqual([["t", true]]);
  });
});

test("a first event that has nothing but reserved fields is the first all the same: what comes later is optional", () => {
  const run = new SqlCatalog();
  run.catalog.openTarget("t");
  run.catalog.reserve("t", "b", "integer");
  run.send("t", { b: 1 }, { b: 2, c: 3 }, { b: 4 });
  expect(run.catalog.fields("t").map(({ name, optional }) => [name, optional])).toEqual([
    ["b", true],
    ["c", true],
  ]);
});
