import { describe, expect, test } from "vitest";
import { batchOf, Schema, type Row } from "../event/index.ts";
import { HotakaError } from "../kit/index.ts";
import { openStatement } from "./open.ts";
import type { StatementOptions } from "./plan_of.ts";
import { aggregates, functions, windows } from "./standard.ts";
import type { Delivery, Statement } from "./statement.ts";

const ACCESS = {
  host: "string",
  time: "integer",
  method: "string",
  path: "string",
  code: "integer",
  size: "integer",
  agent: "string",
  rt: "float",
  ts: "integer",
} as const;

describe("a query with a mistake", () => {
  test.each([
    ["SELECT host FORM access", 'line 1, column 13: found "FORM"', 'Did you mean "from"'],
    ["SELECT host,\n  cuont(*) FROM access", "line 2, column 3: there is no function cuont.", 'Did you mean "count"?'],
    [
      "SELECT hots FROM access",
      'line 1, column 8: there is no field "hots" in target "access".',
      'Did you mean "host"? Fields: host, time',
    ],
    ["SELECT host FROM acess", 'there is no target "acess".', 'Did you mean "access"?'],
    ["SELECT host FROM access.win:tme(1 min)", "there is no window win:tme.", "win:ext_timed_batch"],
    ["SELECT host FROM access.win:time(0 sec)", "win:time: its age must be above 0.", ""],
    ["SELECT host FROM access WHERE host > 3", "a string cannot be compared with an integer.", ""],
    ["SELECT host FROM access WHERE count(*) > 3", "cannot stand in the WHERE clause", "use HAVING"],
    ["SELECT host FROM access WHERE code = ", "the query ends here; expected an expression", ""],
    ["SELECT host FROM access WHERE code == 200", 'found "=="', "an operator"],
    ["SELECT 'abc FROM access", "this string is never closed", ""],
    ["SELECT host AS a, size AS a FROM access", 'two columns are named "a"', ""],
    [`SELECT ${"(".repeat(200)}1 FROM access`, "nested more than 100 levels", ""],
  ])("is refused with its place and what was expected: %s", (text, sentence, hint) => {
    const refused = refusal(text);
    expect(refused.message).toContain(sentence);
    expect(refused.message).toContain(hint);
    expect(refused.message).toMatch(/^query "q", line \d+, column \d+: /);
    expect(refused.code).toMatch(/^HOTAKA_SQL_/);
  });

  test("that is longer than 65,536 characters is refused before it is read", () => {
    expect(refusal(`SELECT host FROM access WHERE host = '${"x".repeat(70_000)}'`).code).toBe("HOTAKA_SQL_LIMIT");
  });
});

describe("the dialect", () => {
  test.each([...windows, ...aggregates, ...functions].map((definition) => [definition.name, definition.example] as const))(
    "runs the example of %s",
    (_name, example) => {
      const { statement } = open(example);
      statement.accept(batch([{ host: "a", time: 1000, code: 200, size: 5 }], 1000));
      statement.advanceTo(10_000_000);
      expect(statement.columns.length).toBeGreaterThan(0);
    },
  );
});

describe("a statement", () => {
  const counting = "SELECT host, count(*) AS c FROM access.win:time_batch(1 min) GROUP BY host";

  test.each(["generated", "interpreted"] as const)(
    "groups by what is in an array or a hash, of which each event has its own (%s)",
    (engine) => {
      const schema = new Schema("access", { list: "array", req: "hash" });
      const rows: Row[] = [];
      const statement = openStatement({
        name: "q",
        text: "SELECT count(*) AS c FROM access.win:length(10) GROUP BY list, req",
        schemas: new Map([["access", schema]]),
        startMs: 0,
        engine,
        sink: (delivery) => rows.push(...delivery.rows),
      });
      const events = Array.from({ length: 3 }, (_, n) => ({ list: [1, "a"], req: { path: "/", n: n % 2 } }));
      statement.accept(batchOf(schema, events, [1, 2, 3]));
      expect(rows).toEqual([{ c: 1 }, { c: 1 }, { c: 2 }]);
    },
  );

  test("names its columns with their types", () => {
    expect(open("SELECT host, count(*), avg(size)+1 AS a FROM access.win:length(3) GROUP BY host").statement.columns).toEqual([
      { name: "host", type: "string" },
      { name: "count(*)", type: "long" },
      { name: "a", type: "double" },
    ]);
  });

  test("asks for the fields it reads and no others, as keys where it groups by them", () => {
    const { statement } = open("SELECT host, sum(size) FROM access(code = 200).win:time(1 min) WHERE path != '/' GROUP BY host");
    expect(Object.fromEntries(statement.demand.get("access")!)).toEqual({ host: "key", size: "value", code: "value", path: "value" });
  });

  test("closes a batch on the wall of its period even when no event arrives, and takes the groups back once", () => {
    const { statement, rows } = open(counting);
    statement.accept(batch([{ host: "a" }, { host: "a" }, { host: "b" }], 1000));
    statement.advanceTo(500_000);
    expect(rows()).toEqual([
      { at: 61_000, host: "a", c: 2 },
      { at: 61_000, host: "b", c: 1 },
      { at: 121_000, host: "a", c: 0 },
      { at: 121_000, host: "b", c: 0 },
    ]);
    expect(statement.nextDueMs()).toBeUndefined();
  });

  test("takes an event that is earlier than its clock at the present instant", () => {
    const { statement, rows } = open("SELECT count(*) AS c FROM access.win:time(10 sec)");
    statement.accept(batch([{ host: "a" }], 5000));
    statement.accept(batch([{ host: "a" }], 1000));
    expect(rows()).toEqual([
      { at: 5000, c: 1 },
      { at: 5000, c: 2 },
    ]);
  });

  test("gives the end of the window as the time of its rows, also where an event told it late", () => {
    const { statement, deliveries } = open("SELECT count(*) AS c FROM access.win:ext_timed_batch(time, 1 min, 0L)");
    statement.accept(batch([{ time: 59_000 }, { time: 185_000 }], 200_000));
    expect(deliveries.map(({ timeMs, endMs }) => [timeMs, endMs])).toEqual([[200_000, 60_000]]);
    statement.finish();
    expect(deliveries.at(-1)).toMatchObject({ endMs: 240_000, rows: [{ c: 1 }] });
  });

  test.each(["generated", "interpreted"] as const)(
    "refuses new groups at its budget, counts them, and goes on exactly with those that stand (%s)",
    (engine) => {
      const sliding = counting.replace("time_batch", "time");
      const { statement, rows } = open(sliding, { engine, budget: { groups_max: 2, events_max: 1000, when_full: "refuse" } });
      statement.accept(batch([{ host: "a" }, { host: "b" }, { host: "c" }, { host: "a" }, { host: "d" }], 1000));
      expect(rows().map(({ host, c }) => [host, c])).toEqual([
        ["a", 1],
        ["b", 1],
        ["a", 2],
      ]);
      expect(statement.usage()).toMatchObject({ refused: 2 });
    },
  );

  test.each(["generated", "interpreted"] as const)("refuses events at the budget of a sliding window and counts them (%s)", (engine) => {
    const { statement, rows } = open("SELECT count(*) AS c FROM access.win:time(1 min)", {
      engine,
      budget: { groups_max: 10, events_max: 2, when_full: "refuse" },
    });
    statement.accept(batch([{ host: "a" }, { host: "b" }, { host: "c" }], 1000));
    expect(rows().map(({ c }) => c)).toEqual([1, 2]);
    expect(statement.usage()).toMatchObject({ refused: 1, events: 2 });
  });

  test("gives slots of groups that are done to others, so that keys nobody sees again do not add up", () => {
    const { statement } = open(counting, { budget: { groups_max: 70_000, events_max: 1000, when_full: "refuse" } });
    for (let minute = 0; minute < 8; minute++) {
      const records = Array.from({ length: 20_000 }, (_, index) => ({ host: `${minute}.${index}` }));
      for (let from = 0; from < records.length; from += 5000)
        statement.accept(batch(records.slice(from, from + 5000), 1000 + minute * 60_000));
    }
    expect(statement.usage()).toMatchObject({ groups: 20_000, refused: 0 });
  });

  test("does not take up the state of another query", () => {
    const saved = open(counting).statement.save();
    expect(open("SELECT code, count(*) AS c FROM access.win:time_batch(1 min) GROUP BY code").statement.restore(saved)).toBe(false);
    expect(open("SELECT host, count(*) AS c FROM access.win:time_batch(2 min) GROUP BY host").statement.restore(saved)).toBe(false);
  });

  test("takes up the state of a query that differs in names alone", () => {
    const saved = open(counting).statement.save();
    expect(open("SELECT host, count(*) AS d FROM access.win:time_batch(1 min) GROUP BY host").statement.restore(saved)).toBe(true);
  });

  test("names a column as the user wrote it, whatever that is", () => {
    const { statement, rows } = open('SELECT host AS `__proto__`, size AS `a"]+process.exit()//` FROM access');
    statement.accept(batch([{ host: "a", size: 1 }], 1));
    expect(Object.entries(rows()[0]!)).toEqual([
      ["at", 1],
      ["__proto__", "a"],
      ['a"]+process.exit()//', 1],
    ]);
  });
});

function open(text: string, options: Partial<StatementOptions> = {}): { statement: Statement; deliveries: Delivery[]; rows: () => Row[] } {
  const deliveries: Delivery[] = [];
  const schemas = new Map([["access", new Schema("access", ACCESS)]]);
  const statement = openStatement({ name: "q", text, schemas, startMs: 0, sink: (delivery) => deliveries.push(delivery), ...options });
  const rows = (): Row[] =>
    deliveries.flatMap((delivery) => delivery.rows.map((row) => Object.fromEntries([["at", delivery.timeMs], ...Object.entries(row)])));
  return { statement, deliveries, rows };
}

function batch(records: readonly Row[], timeMs: number) {
  return batchOf(
    new Schema("access", ACCESS),
    records,
    records.map(() => timeMs),
  );
}

function refusal(text: string): HotakaError {
  try {
    open(text);
  } catch (thrown) {
    if (thrown instanceof HotakaError) return thrown;
  }
  throw new Error(`this was not refused: ${text}`);
}
