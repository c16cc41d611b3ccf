import { describe, expect, test } from "vitest";
import { batchOf, type Row, Schema } from "../../event/index.ts";
import { type Budget, DEFAULT_BUDGET } from "../statement.ts";
import { openStatement } from "../open.ts";

const FIELDS = { host: "string", path: "string", code: "integer" } as const;

/** Runs `pattern` over accesses given as [second, host, path, code]; gives the rows of the select list. */
function run(
  select: string,
  events: readonly (readonly [number, string, string, number])[],
  budget: Budget = DEFAULT_BUDGET,
): { rows: Row[]; refused: number } {
  const schema = new Schema("access", FIELDS);
  const rows: Row[] = [];
  const statement = openStatement({
    name: "q",
    text: select,
    schemas: new Map([["access", schema]]),
    startMs: 0,
    budget,
    sink: (delivery) => rows.push(...delivery.rows),
  });
  for (const [second, host, path, code] of events) statement.accept(batchOf(schema, [{ host, path, code }], [second * 1000]));
  return { rows, refused: statement.usage().refused };
}

describe("a pattern", () => {
  test("finds one event after another of the same client", () => {
    const { rows } = run(
      "select a.host as host, b.path as path from pattern [every a=access(code = 401) -> b=access(code = 200, host = a.host)]",
      [
        [1, "x", "/login", 401],
        [2, "y", "/", 200],
        [3, "x", "/admin", 200],
      ],
    );
    expect(rows).toEqual([{ host: "x", path: "/admin" }]);
  });

  test("every-distinct finds each key once, until its time is over", () => {
    const text = "select a.host as host from pattern [every-distinct(a.host, 10 sec) a=access]";
    const { rows } = run(text, [
      [1, "x", "/", 200],
      [2, "x", "/", 200],
      [3, "y", "/", 200],
      [12, "x", "/", 200],
    ]);
    expect(rows.map((row) => row["host"])).toEqual(["x", "y", "x"]);
  });

  test("@consume gives an event to the filter of the highest level alone", () => {
    const text = "select a.path as a, b.path as b from pattern [every (a=access(code = 404) @consume(2) or b=access @consume)]";
    const { rows } = run(text, [
      [1, "x", "/one", 404],
      [2, "x", "/two", 200],
    ]);
    expect(rows).toEqual([
      { a: "/one", b: null },
      { a: null, b: "/two" },
    ]);
  });

  test("puts out whole events as records", () => {
    const { rows } = run("select * from pattern [every a=access(code = 500)]", [[1, "x", "/", 500]]);
    expect(rows).toEqual([{ a: { host: "x", path: "/", code: 500 } }]);
  });

  test("gives up what has waited longest, and counts it, when as much waits as the budget allows", () => {
    const text = "select a.path as path from pattern [every a=access(code = 200) -> b=access(code = 1)]";
    const events = Array.from({ length: 20 }, (_, at) => [at, "x", `/${at}`, 200] as const);
    const { rows, refused } = run(text, [...events, [30, "x", "/", 1]], { groups_max: 10, events_max: 5, when_full: "refuse" });
    expect(rows.map(({ path }) => path)).toEqual(["/16", "/17", "/18", "/19"]);
    expect(refused).toBe(16);
  });

  test.each([
    ["a repetition", "select a[0].path as path, a.countOf() as n from pattern [a=access(code = 200) until access(code = 1)]", 17],
    ["all of several", "select a.path as path from pattern [every a=access(code = 200) and access(code = 1)]", 16],
    ["the keys of every-distinct", "select a.path as path from pattern [every-distinct(a.path) a=access(code = 200)]", 16],
  ])("gathers for %s what the budget allows, and counts the rest", (_what, text, least) => {
    const events = Array.from({ length: 20 }, (_, at) => [at, "x", `/${at}`, 200] as const);
    const { rows, refused } = run(text, [...events, [30, "x", "/", 1]], { groups_max: 10, events_max: 5, when_full: "refuse" });
    expect(rows[0]).toMatchObject({ path: "/0" });
    expect(refused).toBeGreaterThanOrEqual(least);
  });

  test("waits as long as a field of an event says, in seconds or in a unit", () => {
    const events = [
      [1, "x", "/", 2],
      [2, "y", "/", 5],
      [9, "z", "/", 600],
    ] as const;
    for (const duration of ["a.code", "a.code sec", "0 min a.code sec"])
      expect(run(`select a.host as host from pattern [every a=access -> timer:interval(${duration})]`, events).rows).toEqual([
        { host: "x" },
        { host: "y" },
      ]);
  });

  test("finds filters by what they ask, however many wait", () => {
    const waiting = Array.from({ length: 300 }, (_, at) => [at, `h${at}`, "/", 401] as const);
    const text = "select a.host as host, b.path as path from pattern [every a=access(code = 401) -> b=access(code = 200, host = a.host)]";
    expect(run(text, [...waiting, [400, "h7", "/x", 200], [401, "h7", "/y", 200], [402, "h299", "/z", 200]]).rows).toEqual([
      { host: "h7", path: "/x" },
      { host: "h299", path: "/z" },
    ]);
  });

  test.each([
    ["select a.v from pattern [a=access ->]", /expected/],
    ["select a.host from pattern [a=nosuch]", /there is no target "nosuch"/],
    ["select a.host from pattern [a=access(code > b.code)]", /there is no field "b.code"/],
    ["select b.host from pattern [a=access]", /there is no event "b" in the pattern/],
    ["select a.host from pattern [a=access where timer:nosuch(1)]", /there is no guard timer:nosuch/],
    ["select a.host from pattern [[3:1] a=access until access]", /the first is more than the second/],
  ])("that is wrong is refused when it is registered: %s", (text, message) => {
    expect(() => run(text, [])).toThrow(message);
  });
});
